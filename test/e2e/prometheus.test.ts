/** The prometheus plugin against the real thing, which scrapes small endpoints of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asProcess, inProcess, noLog, testWorld } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../plugins/apm/prometheus/index.ts';
import { sleep, systemClock } from '../../src/lib/clock.ts';
import { AutoscalerError, explain } from '../../src/lib/error.ts';
import type { ApmSession } from '../../src/model/plugin.ts';
import { never } from '../support/nomad.ts';
import { login, needsPrometheus, startPrometheus } from '../support/real-prometheus.ts';

const deadlineMs = 60_000;
const exposed = ['jobs_waiting 42', 'shard_load{shard="1"} 1', 'shard_load{shard="2"} 3', 'nothing_known NaN', ''].join(
  '\n',
);

const lastMinute = () => ({ from: systemClock.now() - 60_000, to: systemClock.now() });
const atOnce = () => {
  const now = systemClock.now();
  return { from: now, to: now };
};

/** Waits until each of these has data, and had some a second ago: the jobs are not scraped at the same moment. */
async function scraped(session: ApmSession, wanted: readonly string[]): Promise<void> {
  const until = systemClock.now() + deadlineMs;
  for (;;) {
    const seen = await Promise.all(
      wanted.map((query) => Promise.resolve(session.query(query, lastMinute(), never)).catch(() => [])),
    );
    if (seen.every((points) => points.length >= 2)) return;
    assert.ok(systemClock.now() < until, 'Prometheus did not scrape');
    await sleep(systemClock, 200);
  }
}

test(
  'a real Prometheus is asked by range and by instant, and its refusals read as upstream’s',
  needsPrometheus,
  async (t) => {
    const address = await startPrometheus(t, exposed);
    const warnings: unknown[] = [];
    const log = { ...noLog, warn: (_: string, fields?: object) => warnings.push(fields) };
    const session = plugin.open(testWorld({ log }));
    t.after(() => session.close());
    await session.setConfig({ address, ...login, header_X_Test: '1' }, never);
    await scraped(session, ['jobs_waiting{job="test"}', 'histogram_count(latency)']);
    const query = async (text: string, range = lastMinute()) => session.query(text, range, never);
    const failure = (text: string, range = lastMinute()) =>
      query(text, range).then(
        () => assert.fail('it answered'),
        (error: unknown) => {
          assert.ok(error instanceof AutoscalerError);
          return { blame: error.blame, text: explain(error) };
        },
      );
    const whyNot = async (text: string, range = lastMinute()) => (await failure(text, range)).text;

    await t.test('matrix, vector and scalar', async () => {
      const points = await query('jobs_waiting{job="test"}');
      assert.ok(points.every(({ value, at }) => value === 42 && at % 1_000 === 0));
      assert.deepEqual(
        (await query('sum(shard_load{job="test"}) * 2', atOnce())).map(({ value }) => value),
        [8],
      );
      assert.equal((await query('scalar(jobs_waiting{job="test"})', atOnce()))[0]?.value, 42);
      assert.equal((await query('vector(1) / vector(0)', atOnce()))[0]?.value, Number.POSITIVE_INFINITY);
      assert.deepEqual(
        (await query('shard_load{job="test"}', atOnce())).map(({ series, value }) => [series, value]),
        [
          ['shard="1"', 1],
          ['shard="2"', 3],
        ],
      );
      assert.equal((await session.queryMultiple('shard_load{job="test"}', lastMinute(), never)).length, 2);
      assert.deepEqual(warnings, []);
    });

    await t.test('no data', async () => {
      assert.deepEqual(await query('no_such_metric'), []);
      assert.deepEqual(await query('no_such_metric', atOnce()), []);
    });

    await t.test('a window of 30 days ends with its end', async () => {
      const range = { from: systemClock.now() - 30 * 86_400_000, to: systemClock.now() };
      const newest = (await query('jobs_waiting{job="test"}', range)).at(-1);
      assert.equal(newest?.at, Math.trunc(range.to / 1_000) * 1_000);
    });

    await t.test('what is no series of numbers', async () => {
      assert.equal(await whyNot('shard_load{job="test"}'), 'query returned 2 metric streams, only 1 is expected');
      assert.equal(await whyNot('nothing_known{job="test"}'), 'query result value is not-a-number');
      assert.equal(await whyNot('"text"', atOnce()), 'result type (`string`) is not supported');
      for (const range of [lastMinute(), atOnce()]) {
        assert.match(await whyNot('latency', range), /^query returned native histograms, which are no numbers; /);
      }
      assert.equal((await query('histogram_count(latency)', atOnce()))[0]?.value, 3);
    });

    await t.test('400, 422 and 401', async () => {
      const typo = await failure('sum(');
      assert.equal(typo.blame, 'usage');
      assert.match(typo.text, /^failed to query: bad_data: .*1:5: parse error: unclosed left parenthesis$/);
      const matching = await failure('shard_load{job="test"} * on(job) shard_load{job="test"}');
      assert.match(matching.text, /^failed to query: execution: .*many-to-many matching not allowed/);
      await session.setConfig({ address, ...login, basic_auth_password: 'wrong-password' }, never);
      const refused = await failure('vector(1)');
      assert.deepEqual(refused, {
        blame: 'usage',
        text: 'failed to query: client_error: client error: 401: Unauthorized',
      });
      await session.setConfig({ address, ...login }, never);
    });

    await t.test('a remote store that is out of reach makes the answer partial', async () => {
      const [one] = await query('sum(shard_load{job="remote"})', atOnce());
      assert.equal(one?.value, 4);
      assert.match(one?.partial ?? '', /remote_read: .*connection refused/);
      assert.equal(warnings.length, 1);
    });
  },
);

test('the plugin as a process of its own gives the same points, marks included', needsPrometheus, async (t) => {
  const address = await startPrometheus(t, exposed);
  const main = new URL('../../plugins/apm/prometheus/main.ts', import.meta.url).pathname;
  const command = { path: process.execPath, args: ['--conditions=source', main], env: process.env };
  const inside = await inProcess(plugin).open();
  const outside = await asProcess('apm', command).open();
  t.after(() => Promise.all([inside.session.close(), outside.session.close()]));
  for (const { session } of [inside, outside]) await session.setConfig({ address, ...login }, never);
  await scraped(inside.session, ['jobs_waiting{job="test"}', 'sum(shard_load{job="remote"})']);
  const until = systemClock.now() - 1_000;
  const ranges = [
    ['jobs_waiting{job="test"}', { from: until - 30_000, to: until }],
    ['shard_load{job="test"}', { from: until, to: until }],
    ['sum(shard_load{job="remote"})', { from: until, to: until }],
  ] as const;
  for (const [query, range] of ranges) {
    const expected = await inside.session.query(query, range, never);
    assert.ok(expected.length > 0);
    assert.deepEqual(await outside.session.query(query, range, never), expected, query);
  }
});
