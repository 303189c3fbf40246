import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberText, parseNumber } from '../../../src/hcl/literal.ts';
import { guardStackTraces } from '../../support/hcl.ts';

const numbers: readonly (readonly [string, number | bigint | undefined, string?])[] = [
  ['0', 0],
  ['007', 7, '7'],
  ['70.0', 70, '70'],
  ['4e1', 40, '40'],
  ['4e-06', 0.000004, '0.000004'],
  ['1.5E+3', 1500, '1500'],
  ['0.50', 0.5, '0.5'],
  ['1e21', 10n ** 21n, '1000000000000000000000'],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', 9007199254740993n],
  ['90071992547409930e-1', 9007199254740993n, '9007199254740993'],
  ['1.2345e-7', 1.2345e-7, '0.00000012345'],
  ['0e999999999', 0, '0'],
  ['1e1000', 10n ** 1000n, `1${'0'.repeat(1000)}`],
  ['1e99999', undefined],
  ['1.2.3', undefined],
  ['1e', undefined],
  ['', undefined],
];

test('numbers keep integers exact, and their text has no exponent', () => {
  for (const [text, value, back = text] of numbers) {
    assert.equal(parseNumber(text), value, text);
    if (value !== undefined) assert.equal(numberText(value), back, text);
  }
  assert.equal(numberText(-3.5e-7), '-0.00000035');
  assert.equal(numberText(-0), '0');
  assert.equal(numberText(1.5e300).length, 301);
});

guardStackTraces();
