import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeadlineExceeded,
  sleep,
  systemClock,
  virtualClock,
  waitAtMost,
  withDeadline,
} from '../../../src/lib/clock.ts';

test('the virtual clock runs planned calls in the order of their time, at their time', async () => {
  const clock = virtualClock(1000);
  const seen: (readonly [string, number])[] = [];
  const note = (name: string) => () => seen.push([name, clock.now()]);
  clock.after(20, note('late'));
  clock.after(10, note('first'));
  clock.after(10, note('second'));
  clock.after(-5, note('now'));
  const cancel = clock.after(15, note('never'));
  cancel();
  cancel();
  await clock.advance(19);
  assert.deepEqual(seen, [
    ['now', 1000],
    ['first', 1010],
    ['second', 1010],
  ]);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  assert.deepEqual(seen.at(-1), ['late', 1020]);
  assert.equal(clock.elapsed(), 20);
});

test('what a planned call plans in turn runs within the same advance', async () => {
  const clock = virtualClock(0);
  let ticks = 0;
  const again = () => {
    ticks++;
    clock.after(10, again);
  };
  clock.after(10, again);
  await clock.advance(100);
  assert.equal(ticks, 10);
});

test('a sleep ends in time, or with the reason of an abort', async () => {
  const clock = virtualClock();
  let isAwake = false;
  const slept = sleep(clock, 100).then(() => {
    isAwake = true;
  });
  await clock.advance(99);
  assert.equal(isAwake, false);
  await clock.advance(1);
  await slept;
  const stop = new AbortController();
  const aborted = sleep(clock, 100, stop.signal);
  const reason = new Error('stop');
  stop.abort(reason);
  await assert.rejects(aborted, reason);
  await assert.rejects(sleep(clock, 100, stop.signal), reason);
  assert.equal(clock.pending, 0);
});

test('a deadline aborts the work, and ends the waiting even when the work does not listen', async () => {
  const clock = virtualClock();
  let heard: unknown;
  const done = withDeadline(clock, 500, undefined, (signal) => {
    signal.addEventListener('abort', () => {
      heard = signal.reason;
    });
    return new Promise<never>(() => undefined);
  });
  const refused = assert.rejects(done, (error) => error instanceof DeadlineExceeded && error.afterMs === 500);
  await clock.advance(500);
  await refused;
  assert.ok(heard instanceof DeadlineExceeded);
});

test('work within its deadline leaves no timer behind, and a parent aborts it', async () => {
  const clock = virtualClock();
  assert.equal(await withDeadline(clock, 500, undefined, async () => 7), 7);
  assert.equal(clock.pending, 0);
  const parent = new AbortController();
  const stopped = withDeadline(clock, 500, parent.signal, () => new Promise<never>(() => undefined));
  parent.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  await assert.rejects(
    withDeadline(clock, 500, parent.signal, async () => 7),
    { name: 'AbortError' },
  );
  assert.equal(clock.pending, 0);
});

test('waiting at most so long ends with the value or without it, and leaves no timer behind', async () => {
  const clock = virtualClock();
  assert.deepEqual(await waitAtMost(clock, 500, Promise.resolve(undefined)), { value: undefined });
  await assert.rejects(waitAtMost(clock, 500, Promise.reject(new Error('no'))), /no/);
  assert.equal(clock.pending, 0);
  const late = waitAtMost(clock, 500, new Promise<never>(() => undefined));
  await clock.advance(500);
  assert.equal(await late, undefined);
});

test('the system clock calls when the time has come, and measures forwards', async () => {
  const before = systemClock.elapsed();
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  assert.ok(systemClock.elapsed() - before >= 4);
  let isCalled = false;
  systemClock.after(0, () => {
    isCalled = true;
  })();
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  assert.equal(isCalled, false);
});
