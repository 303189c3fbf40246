import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cron as Croner } from 'croner';
import fc from 'fast-check';
import { lastUntil, nextAfter, parseCron } from '../../../src/lib/cron.ts';
import { seeded } from '../../support/seed.ts';

const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
const shown = (instant: number | undefined) =>
  instant === undefined ? undefined : new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
const next = (expression: string, from: string) => shown(nextAfter(parseCron(expression), at(from)));
const last = (expression: string, from: string) => shown(lastUntil(parseCron(expression), at(from)));

/** 2026-11-25 is a Wednesday. */
const cases: readonly (readonly [expression: string, from: string, next: string])[] = [
  ['* * * * *', '2026-11-25 10:00', '2026-11-25 10:01'],
  ['?  ? ?\t? ?', '2026-11-25 10:00', '2026-11-25 10:01'],
  ['30 9 * * *', '2026-11-25 09:30', '2026-11-26 09:30'],
  ['*/20 * * * *', '2026-11-25 10:41', '2026-11-25 11:00'],
  ['5/20 * * * *', '2026-11-25 10:00', '2026-11-25 10:05'],
  ['10-30/10 * * * *', '2026-11-25 10:30', '2026-11-25 11:10'],
  ['0 0 L * *', '2026-02-01 00:00', '2026-02-28 00:00'],
  ['0 0 lw * *', '2026-01-01 00:00', '2026-01-30 00:00'],
  ['0 0 15W * *', '2026-02-01 00:00', '2026-02-16 00:00'],
  ['0 0 1W * *', '2026-07-31 00:00', '2026-08-03 00:00'],
  ['0 0 31W * *', '2026-05-01 00:00', '2026-05-29 00:00'],
  ['0 0 29 2 *', '2026-01-01 00:00', '2028-02-29 00:00'],
  ['0 0 * December *', '2026-11-25 00:00', '2026-12-01 00:00'],
  ['0 0 * dec,JAN *', '2026-12-31 00:00', '2027-01-01 00:00'],
  ['0 0 * * Mon', '2026-11-25 00:00', '2026-11-30 00:00'],
  ['0 0 * * 7', '2026-11-25 00:00', '2026-11-29 00:00'],
  ['0 0 * * 5L', '2026-11-25 00:00', '2026-11-27 00:00'],
  ['0 0 * * friL', '2026-11-28 00:00', '2026-12-25 00:00'],
  ['0 0 * * 5#3', '2026-11-25 00:00', '2026-12-18 00:00'],
  ['0 0 * * Friday#5', '2026-11-25 00:00', '2027-01-29 00:00'],
  ['0 0 13 * Fri', '2026-11-25 00:00', '2026-11-27 00:00'],
  ['0 0 13 * *', '2026-11-25 00:00', '2026-12-13 00:00'],
];
for (const [expression, from, expected] of cases) {
  test(`cron ${expression} comes after ${from} at ${expected}`, () => {
    assert.equal(next(expression, from), expected);
    assert.equal(last(expression, expected), expected);
  });
}

test('a range of weekdays that ends in Sunday includes it', () => {
  for (const days of ['Fri-Sun', '5-7', '5-0', 'fri,sat,sun']) {
    const from = ['2026-11-25 00:00', '2026-11-27 00:00', '2026-11-28 00:00', '2026-11-29 00:00'];
    const to = ['2026-11-27 00:00', '2026-11-28 00:00', '2026-11-29 00:00', '2026-12-04 00:00'];
    assert.deepEqual(
      from.map((instant) => next(`0 0 * * ${days}`, instant)),
      to,
      days,
    );
  }
  assert.equal(next('0 0 * * 1-7', '2026-11-28 00:00'), '2026-11-29 00:00');
});

const refused: readonly (readonly [expression: string, message: RegExp])[] = [
  ['* * * *', /^must use strict 5-field cron format$/],
  ['* * * * * *', /^must use strict 5-field cron format$/],
  ['@daily', /^must use strict 5-field cron format$/],
  ['', /^must use strict 5-field cron format$/],
  ['99 1 * * *', /^invalid cron expression: syntax error in minute field: '99'$/],
  ['0 24 * * *', /^invalid cron expression: syntax error in hour field: '24'$/],
  ['0 0 0 * *', /^invalid cron expression: syntax error in day-of-month field: '0'$/],
  ['0 0 32W * *', /^invalid cron expression: syntax error in day-of-month field: '32W'$/],
  ['0 0 * jane *', /^invalid cron expression: syntax error in month field: 'jane'$/],
  ['0 0 * * 8', /^invalid cron expression: syntax error in day-of-week field: '8'$/],
  ['0 0 * * 5#6', /^invalid cron expression: syntax error in day-of-week field: '5#6'$/],
  ['0 0 * * L', /^invalid cron expression: syntax error in day-of-week field: 'L'$/],
  ['-5 0 * * *', /^invalid cron expression: syntax error in minute field: '-5'$/],
  ['*/0 * * * *', /^invalid cron expression: invalid interval \*\/0$/],
  ['*/60 * * * *', /^invalid cron expression: invalid interval \*\/60$/],
  [', * * * *', /^invalid cron expression: minute field: missing directive$/],
  ['50-10 * * * *', /^invalid cron expression: minute field: range 50-10 runs backwards$/],
  ['0 22-6 * * *', /^invalid cron expression: hour field: range 22-6 runs backwards$/],
  ['0 0 1 11-2 *', /^invalid cron expression: month field: range 11-2 runs backwards$/],
  ['0 0 * * Fri-Mon', /^invalid cron expression: day-of-week field: range Fri-Mon runs backwards$/],
  ['0 0 30 2 *', /^invalid cron expression: '0 0 30 2 \*' never occurs$/],
  ['0 0 31W 2,4 *', /^invalid cron expression: '0 0 31W 2,4 \*' never occurs$/],
];
for (const [expression, message] of refused) {
  test(`cron "${expression}" is refused`, () => {
    assert.throws(() => parseCron(expression), { code: 'invalid_cron', blame: 'usage', message });
  });
}

test('nothing is found before 1970 back, nor after 2099', () => {
  const leapDay = parseCron('0 0 29 2 *');
  assert.equal(nextAfter(leapDay, at('2096-03-01 00:00')), undefined);
  assert.equal(shown(lastUntil(leapDay, at('2026-11-25 00:00'))), '2024-02-29 00:00');
});

/** Fields of the part of the grammar that both know and mean alike. */
const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    number(min, max),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 1, max: Math.min(max, 20) }).map((step) => `*/${step}`),
    fc.array(number(min, max), { minLength: 1, maxLength: 4 }).map((values) => values.join(',')),
  );
const expression = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));
const instant = fc.integer({ min: at('2000-01-01 00:00'), max: at('2060-01-01 00:00') });

test('the next occurrence is the one that croner finds', async () => {
  await seeded(
    fc.property(expression, instant, (text, from) => {
      const expected = new Croner(text, { timezone: 'UTC', legacyMode: true }).nextRun(new Date(from));
      assert.equal(shown(nextAfter(parseCron(text), from)), shown(expected?.getTime()), `${text} after ${shown(from)}`);
    }),
    300,
  );
});

test('looking back finds the last occurrence: nothing lies between it and where one looks from', async () => {
  await seeded(
    fc.property(expression, instant, (text, from) => {
      const cron = parseCron(text);
      const found = lastUntil(cron, from);
      assert.ok(found !== undefined && found <= from);
      assert.equal(lastUntil(cron, found), found);
      assert.ok((nextAfter(cron, found) ?? Number.POSITIVE_INFINITY) > from);
    }),
    300,
  );
});
