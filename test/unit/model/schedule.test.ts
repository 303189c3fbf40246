import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCron } from '../../../src/lib/cron.ts';
import { parseDuration } from '../../../src/lib/duration.ts';
import { isActive, type Schedule } from '../../../src/model/schedule.ts';

const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
const until = (start: string, end: string): Schedule => ({ start: parseCron(start), end: parseCron(end) });
const lasting = (start: string, duration: string): Schedule => ({
  start: parseCron(start),
  durationMs: parseDuration(duration),
});

/** 2026-11-23 is a Monday. */
const anHour = [
  ['2026-11-25 13:59:00', false],
  ['2026-11-25 13:59:59.999', false],
  ['2026-11-25 14:00:00', true],
  ['2026-11-25 14:30:00', true],
  ['2026-11-25 14:59:59.999', true],
  ['2026-11-25 15:00:00', false],
  ['2026-11-25 16:00:00', false],
  ['2026-11-26 14:00:00', true],
] as const;
const windows: readonly (readonly [string, Schedule, readonly (readonly [now: string, isActive: boolean])[]])[] = [
  ['14 to 15 by its end', until('0 14 * * *', '0 15 * * *'), anHour],
  ['14 to 15 by its length', lasting('0 14 * * *', '1h'), anHour],
  [
    'overnight',
    until('30 16 * * *', '0 9 * * *'),
    [
      ['2026-11-25 16:29:00', false],
      ['2026-11-25 17:00:00', true],
      ['2026-11-26 08:59:00', true],
      ['2026-11-26 09:00:00', false],
    ],
  ],
  [
    'the working week',
    until('0 0 * * Mon', '59 23 * * Fri'),
    [
      ['2026-11-23 00:00:00', true],
      ['2026-11-25 12:00:00', true],
      ['2026-11-27 23:59:00', false],
      ['2026-11-28 12:00:00', false],
    ],
  ],
  ['a weekly start with a daily end', until('0 1 * * Mon', '0 2 * * *'), [['2026-11-26 03:00:00', false]]],
  [
    'leap day',
    until('0 0 29 2 *', '0 12 29 2 *'),
    [
      ['2028-02-29 11:59:00', true],
      ['2028-02-29 12:00:00', false],
    ],
  ],
  [
    'the 31st',
    until('0 0 31 * *', '0 12 31 * *'),
    [
      ['2026-01-31 11:59:00', true],
      ['2026-04-30 12:00:00', false],
    ],
  ],
  ['new year', until('0 0 1 1 *', '0 0 2 1 *'), [['2026-01-01 12:00:00', true]]],
];
for (const [name, schedule, instants] of windows) {
  test(`policy #P163: the window "${name}" is open when it should be`, () => {
    for (const [now, expected] of instants) assert.equal(isActive(schedule, at(now)), expected, now);
  });
}

test('a start and an end at the same instant leave the window closed', () => {
  assert.equal(isActive(until('0 12 * * *', '0 12 * * *'), at('2026-11-25 12:00')), false);
});

test('a window of several days opened by one start outlasts the next start', () => {
  const schedule = lasting('0 0 * * Mon', '200h');
  for (const now of ['2026-11-23 00:00', '2026-11-29 23:00', '2026-11-30 00:00'])
    assert.equal(isActive(schedule, at(now)), true);
});

test('policy #P164: a start that never occurs opens nothing: there is no such schedule', () => {
  for (const never of ['0 0 30 2 *', '0 22-6 * * *']) {
    assert.throws(() => lasting(never, '1h'), { code: 'invalid_cron' });
    assert.throws(() => until(never, '0 0 * * *'), { code: 'invalid_cron' });
  }
});
