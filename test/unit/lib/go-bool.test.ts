import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goBool, goBoolProblem } from '../../../src/lib/go-bool.ts';

test('twelve words are booleans to Go, and nothing else is', () => {
  for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True']) assert.equal(goBool(word), true, word);
  for (const word of ['0', 'f', 'F', 'FALSE', 'false', 'False']) assert.equal(goBool(word), false, word);
  for (const word of ['', 'yes', 'tRUE', ' true', '2', 'constructor']) assert.equal(goBool(word), undefined, word);
});

test('what is none is told in the words of Go', () => {
  assert.equal(goBoolProblem('ye"s'), 'strconv.ParseBool: parsing "ye\\"s": invalid syntax');
});
