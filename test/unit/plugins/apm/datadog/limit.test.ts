/** How many queries Datadog is asked at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin } from '../../../../../plugins/apm/datadog/index.ts';
import { tokenBucket } from '../../../../../plugins/apm/datadog/limit.ts';
import { virtualClock } from '../../../../../src/lib/clock.ts';
import { AutoscalerError } from '../../../../../src/lib/error.ts';
import { noTelemetry, type Telemetry } from '../../../../../src/lib/telemetry.ts';
import { fakeDatadog, keys, timeSeries } from '../../../../support/datadog.ts';
import { halfMinute, refusalOfApm } from '../../../../support/http-apm.ts';
import { never } from '../../../../support/nomad.ts';

const unable = 'error querying metrics from datadog: transport: unable to ratelimit';

test('the limit is how many may ask at once; after that each second lets one more', async () => {
  const clock = virtualClock();
  const bucket = tokenBucket(clock, 3);
  const passedAt: number[] = [];
  for (let nth = 0; nth < 6; nth++) void bucket.take(10_000, never).then(() => passedAt.push(clock.elapsed()));
  await clock.advance(10_000);
  assert.deepEqual(passedAt, [0, 0, 0, 1_000, 2_000, 3_000]);

  passedAt.length = 0;
  for (let nth = 0; nth < 4; nth++) void bucket.take(10_000, never).then(() => passedAt.push(clock.elapsed()));
  await clock.advance(2_000);
  assert.deepEqual(passedAt, [10_000, 10_000, 10_000, 11_000], 'it fills up to its size, not beyond');
});

test('who would wait too long is told at once, and takes nothing', async () => {
  const clock = virtualClock();
  const bucket = tokenBucket(clock, 1);
  await bucket.take(0, never);
  await assert.rejects(
    bucket.take(999, never),
    (error: unknown) => error instanceof AutoscalerError && error.retryable,
  );
  await clock.advance(1_000);
  await bucket.take(0, never);
});

test('who stops waiting gives the turn back', async () => {
  const clock = virtualClock();
  const bucket = tokenBucket(clock, 1);
  await bucket.take(0, never);
  const stop = new AbortController();
  const waiting = bucket.take(5_000, stop.signal);
  stop.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  assert.equal(clock.pending, 0);
  await clock.advance(1_000);
  await bucket.take(0, never);
});

test('a query waits for its turn, is asked once it comes, and fails at once when it would come too late', async (t) => {
  const clock = virtualClock();
  const { session, seen, whyNot } = await fakeDatadog(
    t,
    () => timeSeries([[1_000, 1]]),
    { dd_api_rate_per_sec: '1' },
    { clock },
  );
  await session.query('m', halfMinute, never);
  const waiting = Array.from({ length: 10 }, () => session.query('m', halfMinute, never));
  assert.equal(await whyNot(), `${unable}: rate: Wait(n=1) would exceed context deadline`);
  assert.equal(seen.length, 1);
  for (let second = 2; second <= 9; second++) {
    await clock.advance(1_000);
    while (seen.length < second) await clock.advance(0);
    assert.equal(seen.length, second);
    await waiting[second - 2];
  }
  await Promise.allSettled([clock.advance(2_000), ...waiting]);
});

test('a limit of 0, or below -1, lets no query through', async (t) => {
  for (const limit of ['0', '-5']) {
    const { seen, whyNot } = await fakeDatadog(t, () => timeSeries(), { dd_api_rate_per_sec: limit });
    assert.equal(await whyNot(), `${unable}: rate: Wait(n=1) exceeds limiter's burst ${limit}`);
    assert.equal(seen.length, 0);
  }
});

test('a limit that is no whole number is refused', async () => {
  const refusal = (limit: string) => refusalOfApm(plugin, { ...keys, dd_api_rate_per_sec: limit });
  const invalid = (text: string) => `strconv.Atoi: parsing "${text}": invalid syntax`;
  assert.equal(await refusal('many'), `invalid rate limiter value: many, ${invalid('many')}`);
  assert.equal(await refusal('1.5'), `invalid rate limiter value: 1.5, ${invalid('1.5')}`);
  const huge = '99999999999999999999';
  const outOfRange = `strconv.Atoi: parsing "${huge}": value out of range`;
  assert.equal(await refusal(huge), `invalid rate limiter value: ${huge}, ${outOfRange}`);
});

test('with a limit, also with none of -1, requests are measured; without one they are not', async (t) => {
  const measured = async (config: Record<string, string>) => {
    const found: string[] = [];
    const write =
      (kind: string) =>
      (name: string, labels: object = {}) => ({
        add: (n: number) => found.push(`${kind} ${name} ${JSON.stringify(labels)} ${n}`),
        observe: () => found.push(`${kind} ${name} ${JSON.stringify(labels)}`),
      });
    const telemetry: Telemetry = { ...noTelemetry, counter: write('counter'), sample: write('sample') };
    const { session } = await fakeDatadog(t, () => timeSeries(), config, { telemetry });
    for (let nth = 0; nth < 3; nth++) await session.query('m', halfMinute, never);
    return found;
  };
  const labels = '{"method":"GET","source":"datadog"}';
  const once = [`counter http.req ${labels} 1`, `sample http.dur ${labels}`];
  assert.deepEqual(await measured({ dd_api_rate_per_sec: '-1' }), [...once, ...once, ...once]);
  assert.deepEqual(await measured({ dd_api_rate_per_sec: '5' }), [...once, ...once, ...once]);
  assert.deepEqual(await measured({}), []);
});
