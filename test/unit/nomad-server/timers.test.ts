import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { Timers } from '../../../src/nomad-server/timers.ts';

test('deadlines come in order, never early, and at most a slot late', async () => {
  const clock = virtualClock();
  const timers = new Timers(clock);
  const began = clock.now();
  const seen: (readonly [number, number])[] = [];
  for (const ms of [250, 7, 0, 95, 7]) timers.after(ms, () => seen.push([ms, clock.now() - began]));
  await clock.advance(300);
  assert.deepEqual(
    seen.map(([ms]) => ms),
    [0, 7, 7, 95, 250],
  );
  for (const [ms, at] of seen) assert.ok(at >= ms && at <= ms + 10, `${ms} came at ${at}`);
});

test('however many wait, the clock holds one call', async () => {
  const clock = virtualClock();
  const timers = new Timers(clock);
  let count = 0;
  for (let ms = 1000; ms > 0; ms--) timers.after(ms, () => count++);
  assert.equal(clock.pending, 1);
  await clock.advance(1000);
  assert.equal(count, 1000);
  assert.equal(clock.pending, 0);
});

test('a call that was taken back does not come, and none comes after the end', async () => {
  const clock = virtualClock();
  const timers = new Timers(clock);
  const seen: string[] = [];
  const cancel = timers.after(10, () => seen.push('cancelled'));
  timers.after(10, () => seen.push('kept'));
  timers.after(50, () => seen.push('too late'));
  cancel();
  await clock.advance(20);
  timers.close();
  timers.after(5, () => seen.push('closed'));
  await clock.advance(100);
  assert.deepEqual(seen, ['kept']);
});
