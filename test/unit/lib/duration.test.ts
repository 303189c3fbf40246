import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { durationMs, formatDuration, parseDuration } from '../../../src/lib/duration.ts';
import { seeded } from '../../support/seed.ts';

const readable: readonly (readonly [text: string, ms: number])[] = [
  ['0', 0],
  ['+0', 0],
  ['0s', 0],
  ['5s', 5000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['-1.5h', -5_400_000],
  ['.5s', 500],
  ['5.s', 5000],
  ['750ms', 750],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['1μs', 0.001],
  ['1ns', 1e-6],
  ['2h45m30.5s', 9_930_500],
];
for (const [text, ms] of readable) {
  test(`the duration ${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
}

const unreadable: readonly (readonly [text: string, message: string])[] = [
  ['', 'time: invalid duration ""'],
  ['x', 'time: invalid duration "x"'],
  ['-', 'time: invalid duration "-"'],
  ['.s', 'time: invalid duration ".s"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5m3', 'time: missing unit in duration "5m3"'],
  ['5d', 'time: unknown unit "d" in duration "5d"'],
  ['1h 5m', 'time: unknown unit "h " in duration "1h 5m"'],
  ['5"', 'time: unknown unit "\\"" in duration "5\\""'],
  ['9999999h', 'time: invalid duration "9999999h"'],
];
for (const [text, message] of unreadable) {
  test(`the duration "${text}" is refused with Go's words`, () => {
    assert.throws(() => parseDuration(text), { code: 'invalid_duration', blame: 'usage', message });
  });
}

const shown: readonly (readonly [ms: number, text: string])[] = [
  [0, '0s'],
  [1e-6, '1ns'],
  [0.0015, '1.5µs'],
  [750, '750ms'],
  [0.25, '250µs'],
  [7500, '7.5s'],
  [60_000, '1m0s'],
  [300_000, '5m0s'],
  [5_400_000, '1h30m0s'],
  [-90_000, '-1m30s'],
  [4013.339228, '4.013339228s'],
  [1000 / 3, '333.333333ms'],
];
for (const [ms, text] of shown) {
  test(`${ms} ms are shown as ${text}`, () => {
    assert.equal(formatDuration(ms), text);
    assert.equal(String(durationMs(ms)), text);
  });
}

test('a duration that is shown is read as the same again', async () => {
  await seeded(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), (ns) => {
      const ms = ns / 1e6;
      assert.ok(Math.abs(parseDuration(formatDuration(ms)) - ms) < 1e-6);
    }),
  );
});
