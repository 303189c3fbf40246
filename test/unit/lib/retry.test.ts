import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { AutoscalerError, usageError } from '../../../src/lib/error.ts';
import { backoffMs, retry } from '../../../src/lib/retry.ts';

const backoff = { firstMs: 100, longestMs: 1000 };
const passing = () => new AutoscalerError('away', 'not there', { blame: 'remote', retryable: true });

test('each wait is about twice the last, up to the longest, and never less than half of it', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 90].map((failures) => backoffMs(failures, backoff, () => 0)),
    [50, 100, 200, 400, 500, 500],
  );
  assert.deepEqual(
    [1, 4, 2000].map((failures) => backoffMs(failures, backoff, () => 0.999)),
    [99.95, 799.6, 999.5],
  );
});

test('what may pass is tried again until it succeeds', async () => {
  const clock = virtualClock();
  let calls = 0;
  const done = retry(
    { clock, random: () => 0 },
    { ...backoff, tries: 5 },
    async () => {
      calls++;
      if (calls < 3) throw passing();
      return calls;
    },
    new AbortController().signal,
  );
  await clock.advance(49);
  assert.equal(calls, 1);
  await clock.advance(1);
  assert.equal(calls, 2);
  await clock.advance(100);
  assert.equal(await done, 3);
});

test('what will not pass, or has been tried often enough, is thrown as it is', async () => {
  const clock = virtualClock();
  const world = { clock, random: () => 0 };
  const { signal } = new AbortController();
  for (const error of [usageError('wrong', 'wrong'), new Error('a fault')]) {
    await assert.rejects(
      retry(world, { ...backoff, tries: 5 }, () => Promise.reject(error), signal),
      error,
    );
  }
  const last = passing();
  const given = assert.rejects(
    retry(world, { ...backoff, tries: 2 }, () => Promise.reject(last), signal),
    last,
  );
  await clock.advance(50);
  await given;
});

test('an abort ends the waiting between tries', async () => {
  const clock = virtualClock();
  const stop = new AbortController();
  const plan = { ...backoff, tries: Number.POSITIVE_INFINITY };
  const done = retry({ clock, random: () => 0 }, plan, () => Promise.reject(passing()), stop.signal);
  await clock.advance(10);
  stop.abort();
  await assert.rejects(done, { name: 'AbortError' });
  assert.equal(clock.pending, 0);
});
