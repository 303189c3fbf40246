import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFunctions } from '../../../src/hcl/functions.ts';
import { errorsOf, evaluated, guardStackTraces } from '../../support/hcl.ts';

const scope = { functions: policyFunctions };

test('jsonencode sorts keys, writes no blanks, and escapes what HTML would read', () => {
  assert.equal(
    evaluated(
      'jsonencode({ plugin = "host", b = [1, 2.50, 1e3, true, null], "a<b" = "x & y > z", ü = "\\n\\"" })',
      scope,
    ),
    '{"a\\u003cb":"x \\u0026 y \\u003e z","b":[1,2.5,1000,true,null],"plugin":"host","ü":"\\n\\""}',
  );
  assert.equal(evaluated('jsonencode(9007199254740993)', scope), '9007199254740993');
  assert.equal(evaluated('jsonencode(null)', scope), 'null');
});

test('any other function in a policy is an error that names it', () => {
  assert.deepEqual(errorsOf('file("x")', scope), [
    't.hcl:1:1: Call to unknown function; There is no function named "file". The only one is "jsonencode".',
  ]);
  assert.deepEqual(errorsOf('jsonencod({})', scope), [
    't.hcl:1:1: Call to unknown function; There is no function named "jsonencod". Did you mean "jsonencode"?',
  ]);
  assert.deepEqual(errorsOf('var.x', scope), [
    't.hcl:1:1: Variables not allowed; Variables may not be used here. Write the value itself; for a literal "${" in a text, write "$${".',
  ]);
});

guardStackTraces();
