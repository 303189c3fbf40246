import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hiding, jsonObject, refusalText } from '../../../src/sdk/index.ts';

test('of a long secret that a server repeats not even the beginning is quoted', () => {
  const secret = 'eyJhbGciOiJSUzI1NiJ9.'.padEnd(900, 'x');
  const hide = hiding([secret]);
  const body = `no such token: ${secret}`;
  assert.equal(refusalText({ status: 401, headers: {}, body }, hide), 'no such token: <redacted>');
  assert.throws(() => jsonObject({ body }, hide), {
    code: 'bad_answer',
    message: 'the answer is no JSON object, or not all of it: no such token: <redacted>',
  });
});
