import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCron } from '../../../src/lib/cron.ts';
import { inContext, usageError } from '../../../src/lib/error.ts';
import { type Action, metaKeys } from '../../../src/model/action.ts';
import type { Metric } from '../../../src/model/metric.ts';
import type { OnError } from '../../../src/model/policy.ts';
import { rangeOf, readPoints } from '../../../src/scaling/check.ts';
import { action, check, down, metrics, none, policy, up } from '../../support/builders.ts';
import { fakeApm, fakeTarget } from '../../support/fakes.ts';
import { startHeart } from '../../support/heart.ts';

const minute = 60_000;
const logger = 'policy_manager.policy_handler.check_handler';
const fails = () => {
  throw new Error('no idea');
};

/** What becomes of a failing check. */
const table: readonly (readonly [onError: OnError, onCheckError: OnError, outcome: 'ends' | 'ignored' | 'barred'])[] = [
  ['ignore', 'ignore', 'ignored'],
  ['ignore', 'fail', 'ignored'],
  ['ignore', undefined, 'ignored'],
  ['fail', 'ignore', 'ends'],
  ['fail', 'fail', 'ends'],
  ['fail', undefined, 'ends'],
  [undefined, 'ignore', 'ignored'],
  [undefined, 'fail', 'ends'],
  [undefined, undefined, 'barred'],
];
const failures = {
  'a strategy error': {
    decide: fails,
    error: 'failed to execute strategy: no idea',
    doing: 'failed get count from metrics',
  },
  'an APM error': {
    answer: new Error('connection refused'),
    error: 'failed to query source: connection refused',
    doing: 'failed to query source',
  },
  'an empty answer': { answer: [], error: 'no metrics available', doing: 'failed to query source' },
  'a metric that is no number': {
    answer: metrics([1, 2, Number.NaN]),
    error: 'query result value is not-a-number',
    doing: 'failed to query source',
  },
};
for (const [name, failure] of Object.entries(failures)) {
  for (const [onError, onCheckError, outcome] of table) {
    const title = `${name} with on_error ${onError ?? 'unset'} and on_check_error ${onCheckError ?? 'unset'}`;
    test(`policy #P151${'answer' in failure ? ', #P155' : ''}: ${title} ${outcome === 'ends' ? 'ends the tick' : `leaves the check ${outcome}`}`, async () => {
      const bad = check({ name: 'bad', onError });
      const good = check({ name: 'good', strategy: { name: 'fixed-value', config: {} } });
      const heart = startHeart({
        policies: [policy({ onCheckError, checks: [bad, good] })],
        strategies: { 'fixed-value': () => up(5) },
        ...('decide' in failure && { decide: failure.decide }),
      });
      if ('answer' in failure) heart.apm.answer = failure.answer;
      const report = await heart.tick();
      const [seen] = report.checks;
      assert.deepEqual([seen?.error, seen?.action], [failure.error, undefined]);
      assert.equal(seen?.leftOut, outcome === 'ends' ? undefined : outcome);
      const ended = `handler: unable to execute policy ID: ${policy().id}, failed to run check and cap count: ${failure.doing}: ${failure.error}`;
      assert.deepEqual([report.result, report.why], outcome === 'ends' ? ['failed', ended] : ['scaled', 'up to 5']);
      const warning = `WARN ${logger}: failed to run check check=bad on_error=${onError ?? ''} on_check_error=${onCheckError ?? ''} error=${failure.error}`;
      assert.ok(heart.said('warn').includes(warning));
    });
  }
}

test('policy #P153: an ignored strategy error leaves the direction none', async () => {
  const heart = startHeart({ policies: [policy({ onCheckError: 'ignore' })], decide: fails });
  const report = await heart.tick();
  assert.deepEqual([report.decision?.direction, report.to], ['none', 2]);
  assert.deepEqual(report.decision?.meta, {});
});

test('policy #P154: a query asks for its window up to now, an instant for one point', async () => {
  const now = Date.UTC(2026, 0, 1, 12);
  const range = (changes: Parameters<typeof check>[0]) => {
    const { from, to } = rangeOf(check(changes), now);
    return [(from - now) / minute, (to - now) / minute];
  };
  assert.deepEqual(range({}), [-1, 0]);
  assert.deepEqual(range({ queryWindowMs: 5 * minute, queryWindowOffsetMs: 2 * minute }), [-7, -2]);
  assert.deepEqual(range({ queryInstant: true }), [0, 0]);
  assert.deepEqual(range({ queryInstant: true, queryWindowOffsetMs: 10 * minute }), [-10, -10]);
  const heart = startHeart();
  const { at } = await heart.tick();
  assert.deepEqual(heart.apm.asked, [{ query: 'load', range: { from: at - minute, to: at } }]);
});

test('the points reach the strategy by time, oldest first', () => {
  const point = (at: number, value: number, atNanos?: number): Metric => ({
    at,
    value,
    ...(atNanos !== undefined && { atNanos }),
  });
  const mixed = [point(3, 30), point(1, 10), point(2, 21, 700), point(2, 20, 5)];
  assert.deepEqual(readPoints(mixed), { points: [point(1, 10), point(2, 20, 5), point(2, 21, 700), point(3, 30)] });
  const sorted = metrics([1, 2, 3]);
  const read = readPoints(sorted);
  assert.ok('points' in read && read.points === sorted, 'what is in order need not be copied');
});

test('points of the past that are no numbers are left out and counted; the newest one decides', async () => {
  const heart = startHeart({ apm: fakeApm([Number.NaN, Number.POSITIVE_INFINITY, 62.5, 71]), decide: () => up(5) });
  const { checks } = await heart.tick();
  assert.deepEqual([checks[0]?.points, checks[0]?.dropped, checks[0]?.newest?.value], [2, 2, 71]);
  assert.deepEqual(
    heart.strategy.asked[0]?.metrics.map(({ value }) => value),
    [62.5, 71],
  );
});

test('values of several series at the newest moment must all be numbers', () => {
  const three = [12, Number.NaN, 15].map((value) => ({ at: 1_000, value }));
  assert.deepEqual(readPoints(three), { error: 'query result value is not-a-number' });
});

test('an answer that may be less than the whole scales out, but neither in nor does it let others scale in', async () => {
  const incomplete = [
    { at: 1_000, value: 30, partial: 'store 2 is away' },
    { at: 2_000, value: 31 },
  ];
  const checks = [check({ name: 'partial', group: 'a' }), check({ name: 'whole', query: 'other', group: 'a' })];
  for (const [vote, result, to] of [
    [up(4), 'scaled', 4],
    [none(), 'hold', 2],
    [down(1), 'hold', 2],
  ] as const) {
    const heart = startHeart({
      policies: [policy({ checks })],
      decide: (input) => (input.check === 'partial' ? vote : down(1)),
    });
    heart.apm.answer = (query) => (query === 'other' ? metrics([1]) : incomplete);
    const report = await heart.tick();
    assert.deepEqual([report.result, report.to], [result, to], vote.reason);
    assert.equal(report.checks[0]?.partial, 'store 2 is away');
    assert.equal(report.checks[0]?.error, to === 4 ? undefined : 'the answer is incomplete: store 2 is away');
  }
});

test('the record says who can mend an error, where that is known', async () => {
  const heart = startHeart();
  heart.apm.answer = inContext('failed to query', usageError('prometheus_failed', 'bad_data: 1:14: parse error'));
  const [seen] = (await heart.tick()).checks;
  assert.deepEqual(
    [seen?.error, seen?.blame],
    ['failed to query source: failed to query: bad_data: 1:14: parse error', 'usage'],
  );
});

test('policy #P156: checks that ask the same cause one query, whose result or error all of them get', async () => {
  const checks = [check({ name: 'a' }), check({ name: 'b' }), check({ name: 'c' })];
  const heart = startHeart({ policies: [policy({ checks })], decide: () => none(), apm: fakeApm([7, 8]) });
  await heart.tick();
  assert.equal(heart.apm.asked.length, 1);
  assert.deepEqual(
    heart.strategy.asked.map((input) => input.metrics.at(-1)?.value),
    [8, 8, 8],
  );
  assert.equal(
    heart.world.series.get(`plugin.apm.query.invoke_ms{plugin_name=apm,policy_id=${policy().id}}`)?.length,
    1,
  );
  assert.equal(heart.said('trace').filter((line) => line === `TRACE ${logger}: using cached query result`).length, 2);
  heart.apm.answer = new Error('down');
  const report = await heart.tick();
  assert.equal(heart.apm.asked.length, 2);
  assert.deepEqual(
    report.checks.map(({ error }) => error),
    Array(3).fill('failed to query source: down'),
  );
});

test('checks that differ in source, query, window, offset or in asking for an instant each get their own answer', async () => {
  const checks = [
    check({ name: 'a' }),
    check({ name: 'b', query: 'other' }),
    check({ name: 'c', queryWindowMs: 5 * minute }),
    check({ name: 'd', queryWindowOffsetMs: minute }),
    check({ name: 'e', queryInstant: true }),
    check({ name: 'f', source: 'nomad-apm' }),
  ];
  const heart = startHeart({ policies: [policy({ checks })], decide: () => none() });
  await heart.tick();
  assert.equal(heart.apm.asked.length, 6);
});

test('policy #P157: a check outside its schedule asks neither APM nor strategy', async () => {
  const schedule = { start: parseCron('0 1 * * *'), durationMs: minute };
  const heart = startHeart({ policies: [policy({ checks: [check({ schedule })] })] });
  const report = await heart.tick();
  assert.deepEqual([heart.apm.asked.length, heart.strategy.asked.length], [0, 0]);
  assert.equal(report.checks[0]?.leftOut, 'outside-schedule');
});

test('policy #P158, plugins #130: a fixed-value check works without any APM', async () => {
  for (const source of ['apm', 'not configured']) {
    const fixed = check({ source, strategy: { name: 'fixed-value', config: { value: '5' } } });
    const heart = startHeart({ policies: [policy({ checks: [fixed] })], strategies: { 'fixed-value': () => up(5) } });
    heart.apm.answer = new Error('broken');
    await heart.tick();
    assert.deepEqual([heart.target.scaledTo, heart.apm.asked.length], [[5], 0]);
  }
});

const impossible = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 2 ** 53, -(2 ** 63), -1, 2.5];
for (const count of impossible) {
  test(`policy #P174: a strategy that wants ${count} instances is in error, and nothing is scaled`, async () => {
    const heart = startHeart({ target: fakeTarget({ count: 5 }), decide: () => up(count) });
    const report = await heart.tick();
    assert.deepEqual([report.result, heart.target.scaledTo], ['hold', []]);
    assert.equal(report.checks[0]?.error, `failed to execute strategy: ${count} is not a possible count`);
  });
}

test('policy #P174: an infinite metric is an error of its check', async () => {
  const heart = startHeart({ target: fakeTarget({ count: 5 }), apm: fakeApm([1, Number.POSITIVE_INFINITY]) });
  const report = await heart.tick();
  assert.deepEqual([report.checks[0]?.error, heart.target.scaledTo], ['query result value is infinite', []]);
  assert.equal(heart.strategy.asked.length, 0);
});

test('a strategy is told all it may want to know', async () => {
  const config = { target: '70' };
  const heart = startHeart({ policies: [policy({ checks: [check({ strategy: { name: 'strategy', config } })] })] });
  await heart.tick();
  assert.deepEqual(heart.strategy.asked, [
    {
      check: 'cpu',
      source: 'apm',
      query: 'load',
      queryWindowMs: minute,
      strategy: 'strategy',
      config,
      count: 2,
      metrics: metrics([1]),
      meta: { [metaKeys.policyId]: policy().id },
    },
  ]);
});

test('a strategy that says nothing votes none', async () => {
  const checks = [check({ name: 'silent' }), check({ name: 'down', strategy: { name: 'other', config: {} } })];
  const heart = startHeart({
    policies: [policy({ checks })],
    decide: () => undefined,
    strategies: { other: () => down(1) },
  });
  assert.equal((await heart.tick()).decision?.direction, 'none');
});

test('what a strategy adds to the meta stays, and the id of the policy is always there', async () => {
  const answers: Action[] = [action({ direction: 'up', count: 4, meta: { factor: 1.5 } }), up(4)];
  for (const answer of answers) {
    const heart = startHeart({ decide: () => answer });
    await heart.tick();
    assert.deepEqual(heart.target.actions[0]?.meta, { [metaKeys.policyId]: policy().id, ...answer.meta });
  }
});

test('answers that come later are waited for, and how long they took is measured', async () => {
  const heart = startHeart();
  const { clock } = heart.world;
  const later = <T>(value: T) => new Promise<T>((resolve) => clock.after(300, () => resolve(value)));
  heart.apm.answer = () => later(metrics([1]));
  await clock.advance(heart.state().nextTickAt - clock.now() + 299);
  assert.deepEqual(heart.target.scaledTo, []);
  await clock.advance(1);
  assert.deepEqual(heart.target.scaledTo, [3]);
  const { series } = heart.world;
  const id = policy().id;
  assert.deepEqual(series.get(`plugin.apm.query.invoke_ms{plugin_name=apm,policy_id=${id}}`), [300]);
  assert.deepEqual(series.get(`plugin.strategy.run.invoke_ms{plugin_name=strategy,policy_id=${id}}`), [0]);
  assert.deepEqual(series.get(`scale.evaluate_ms{policy_id=${id},target_name=target}`), [300]);
  assert.equal(heart.reports[0]?.tookMs, 300);
});
