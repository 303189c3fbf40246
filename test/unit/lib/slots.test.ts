import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { slots } from '../../../src/lib/slots.ts';

const never = new AbortController().signal;

test('a free slot is given at once, without a promise', () => {
  const permits = slots(virtualClock(), 1);
  const release = permits.acquire(1000, never);
  assert.ok(typeof release === 'function');
  assert.equal(permits.inUse, 1);
  release();
  release();
  assert.equal(permits.inUse, 0);
});

test('those who wait are served in the order in which they came', async () => {
  const clock = virtualClock();
  const permits = slots(clock, 1);
  const first = await permits.acquire(1000, never);
  const served: string[] = [];
  const wait = async (name: string) => {
    const release = await permits.acquire(1000, never);
    served.push(name);
    return release;
  };
  const second = wait('second');
  const third = wait('third');
  await clock.advance(10);
  assert.deepEqual(served, []);
  first();
  await clock.advance(10);
  assert.deepEqual(served, ['second']);
  (await second)();
  (await third)();
  assert.deepEqual([permits.inUse, clock.pending], [0, 0]);
});

test('waiting ends after the time that was given for it', async () => {
  const clock = virtualClock();
  const permits = slots(clock, 0);
  const refused = assert.rejects(Promise.resolve(permits.acquire(1000, never)), {
    code: 'slot_timeout',
    message: 'timeout while waiting for slot',
    retryable: true,
  });
  await clock.advance(1000);
  await refused;
  permits.resize(1);
  assert.equal(permits.inUse, 0, 'a slot was given to somebody who had left');
});

test('an abort ends the waiting with its reason and leaves nothing behind', async () => {
  const clock = virtualClock();
  const permits = slots(clock, 1);
  const release = await permits.acquire(1000, never);
  const stop = new AbortController();
  const waiting = Promise.resolve(permits.acquire(1000, stop.signal));
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(Promise.resolve(permits.acquire(1000, stop.signal)), reason);
  assert.equal(clock.pending, 0);
  release();
  assert.equal(permits.inUse, 0);
});

test('more slots serve those who wait; fewer take effect as slots come back', async () => {
  const clock = virtualClock();
  const permits = slots(clock, 1);
  const first = await permits.acquire(1000, never);
  const waiting = permits.acquire(1000, never);
  permits.resize(2);
  const second = await waiting;
  assert.equal(permits.inUse, 2);
  permits.resize(1);
  const third = Promise.resolve(permits.acquire(1000, never));
  first();
  await clock.advance(1);
  assert.equal(permits.inUse, 1);
  second();
  (await third)();
  assert.equal(permits.inUse, 0);
});
