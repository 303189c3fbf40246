import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainDigits, textOf } from '../../../src/schema/scalar.ts';

test('a number becomes text in plain digits, never with an exponent', () => {
  const texts: readonly (readonly [number, string])[] = [
    [70, '70'],
    [1_000_000, '1000000'],
    [0.5, '0.5'],
    [4e-6, '0.000004'],
    [1.5e-9, '0.0000000015'],
    [-2e-7, '-0.0000002'],
    [1e21, '1000000000000000000000'],
    [-1.25e22, '-12500000000000000000000'],
    [1.2345e21, '1234500000000000000000'],
  ];
  for (const [value, want] of texts) assert.equal(plainDigits(value), want);
});

test('text takes strings, numbers, bools and integers beyond 2^53, nothing else', () => {
  assert.deepEqual(textOf(9_007_199_254_740_993n), { ok: true, value: '9007199254740993' });
  assert.deepEqual(textOf(true), { ok: true, value: 'true' });
  assert.deepEqual(textOf([1]), { ok: false, why: 'string required, but have tuple' });
  assert.deepEqual(textOf({}), { ok: false, why: 'string required, but have object' });
  assert.deepEqual(textOf(null), { ok: false, why: 'string required, but have null' });
});
