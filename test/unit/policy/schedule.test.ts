import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSchedule } from '../../../src/policy/schedule.ts';

function read(start?: string, end?: string, duration?: string) {
  const got = readSchedule({ start, end, duration });
  return got.ok ? 'ok' : `${got.at}: ${got.why}`;
}

test('policy #P95: a schedule has a start and either an end or a length', () => {
  assert.equal(read('0 9 * * *', '0 17 * * *'), 'ok');
  assert.equal(read('0 9 * * *', undefined, '8h'), 'ok');
  assert.equal(read('0 9 * * *', '', '8h'), 'ok');
  assert.equal(read(undefined, '0 17 * * *'), 'start: start is required');
  assert.equal(read('0 9 * * *'), 'start: must define exactly one of end or duration');
  assert.equal(read('0 9 * * *', '0 17 * * *', '8h'), 'duration: must define exactly one of end or duration');
  assert.equal(read('0 9 * *', '0 17 * * *'), 'start: start: must use strict 5-field cron format');
  assert.equal(read('0 9 * * *', '@daily'), 'end: end: must use strict 5-field cron format');
  assert.equal(
    read('99 9 * * *', '0 17 * * *'),
    "start: start: invalid cron expression: syntax error in minute field: '99'",
  );
  assert.equal(read('0 9 * * *', undefined, 'x'), 'duration: duration must have time.Duration format, found "x"');
  assert.equal(read('0 9 * * *', undefined, '0s'), 'duration: duration must be greater than zero');
  assert.equal(read('0 9 * * *', undefined, '-1h'), 'duration: duration must be greater than zero');
});

test('what a schedule says is kept', () => {
  const got = readSchedule({ start: '30 16 * * *', end: undefined, duration: '90m' });
  assert.ok(got.ok && 'durationMs' in got.schedule);
  assert.equal(got.schedule.start.text, '30 16 * * *');
  assert.equal(got.schedule.durationMs, 5_400_000);
});
