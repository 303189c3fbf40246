import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessOf } from '../../../src/nomad-server/acl-access.ts';
import { parseRules, type Rules } from '../../../src/nomad-server/acl-rules.ts';

function rules(text: string): Rules {
  const read = parseRules(text);
  assert.ok(!('problem' in read), JSON.stringify(read));
  return read;
}

test('a policy word stands for its capabilities', () => {
  const access = accessOf([rules('namespace "default" {\n policy = "scale"\n}')]);
  assert.ok(access.namespace('default', 'scale-job'));
  assert.ok(!access.namespace('default', 'list-jobs', 'submit-job'));
  assert.ok(!access.namespace('other', 'scale-job'));
});

test('the exact name beats patterns, and of these the longest wins', () => {
  const access = accessOf([
    rules(
      'namespace "*" {\n policy = "read"\n}\nnamespace "prod-*" {\n policy = "deny"\n}\nnamespace "prod-web" {\n policy = "write"\n}',
    ),
  ]);
  assert.ok(access.namespace('qa', 'read-job'));
  assert.ok(!access.namespace('prod-db', 'read-job'));
  assert.ok(access.namespace('prod-web', 'submit-job'));
  assert.ok(!access.seesNamespace('prod-db'));
});

test('what one policy denies no other gives back', () => {
  const access = accessOf([
    rules('node {\n policy = "write"\n}\nnamespace "default" {\n policy = "write"\n}'),
    rules('node {\n policy = "deny"\n}\nnamespace "default" {\n policy = "deny"\n}'),
  ]);
  assert.ok(!access.node('read'));
  assert.ok(!access.namespace('default', 'read-job'));
});

test('a level of writing is one of reading, and not the other way round', () => {
  const access = accessOf([rules('node {\n policy = "write"\n}\nagent {\n policy = "read"\n}')]);
  assert.deepEqual(
    [access.node('read'), access.agent('read'), access.agent('write'), access.operator('read')],
    [...[true, true, false, false]],
  );
});

test('variables are allowed by path, and reading lets list', () => {
  const text =
    'namespace "default" {\n variables {\n path "lock/*" {\n capabilities = ["read", "write"]\n }\n path "lock/mine" {\n capabilities = ["deny"]\n }\n }\n}';
  const access = accessOf([rules(text)]);
  assert.ok(access.variable('default', 'lock/a', 'list'));
  assert.ok(access.variable('default', 'lock/a', 'write'));
  assert.ok(!access.variable('default', 'lock/a', 'destroy'));
  assert.ok(!access.variable('default', 'lock/mine', 'read'));
  assert.ok(!access.variable('default', 'other', 'read'));
});

test('patterns of many stars are matched in no time', () => {
  const began = process.hrtime.bigint();
  const access = accessOf([rules(`namespace "${'a*'.repeat(60)}b" {\n policy = "read"\n}`)]);
  assert.ok(!access.namespace('a'.repeat(128), 'read-job'));
  assert.ok(process.hrtime.bigint() - began < 1_000_000_000n);
});

test('rules that cannot be read say where, and unknown words are refused', () => {
  const problem = (text: string) => {
    const read = parseRules(text);
    return 'problem' in read ? read.problem : '';
  };
  assert.match(problem('zz {'), /At 1:6: object expected closing RBRACE got: EOF$/);
  assert.match(problem('namespac "x" {\n policy = "read"\n}'), /namespac/);
  assert.match(problem('namespace "x" {\n policy = "all"\n}'), /Invalid namespace policy: "all"/);
});
