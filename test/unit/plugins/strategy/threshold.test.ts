import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin } from '../../../../plugins/strategy/threshold/index.ts';
import type { StringMap } from '../../../../src/model/policy.ts';
import { runStrategy } from '../../../support/plugin.ts';

test('plugins #110: without metrics there is nothing to say, however bad the configuration', async () => {
  assert.equal(await runStrategy(plugin, {}, 1), undefined);
});

test('plugins #126: the lower bound is inside, the upper one outside, and enough values must be within', async () => {
  const config = { lower_bound: '10', upper_bound: '20', delta: '1' };
  const values = [9.99, 10, 19.99, 20, 30];
  assert.equal((await runStrategy(plugin, { ...config, within_bounds_trigger: '3' }, 1, ...values))?.direction, 'none');
  assert.deepEqual(await runStrategy(plugin, { ...config, within_bounds_trigger: '2' }, 1, ...values), {
    direction: 'up',
    count: 2,
    reason: 'scaling up because metric is within bounds',
    meta: { nomad_policy_id: 'p1' },
  });
});

test('plugins #127: delta, percentage and value', async () => {
  const cases: readonly [StringMap, number, number | 'none'][] = [
    [{ delta: '1' }, 1, 2],
    [{ delta: '-1' }, 1, 0],
    [{ delta: '-1' }, 0, 'none'],
    [{ percentage: '30' }, 10, 13],
    [{ percentage: '-30' }, 10, 7],
    [{ percentage: '0' }, 10, 'none'],
    [{ percentage: '10' }, 100, 110],
    [{ value: '10' }, 1, 10],
    [{ value: '10' }, 20, 10],
    [{ value: '10' }, 10, 'none'],
    [{ value: '10', max_scale_up: '2' }, 1, 3],
    [{ delta: '-5', max_scale_down: '1' }, 3, 2],
  ];
  for (const [config, count, wanted] of cases) {
    const action = await runStrategy(plugin, { lower_bound: '0', within_bounds_trigger: '1', ...config }, count, 5);
    assert.equal(action?.direction === 'none' ? 'none' : action?.count, wanted, JSON.stringify(config));
  }
});

test('plugins #128: five values must be within the bounds unless told otherwise', async () => {
  const config = { lower_bound: '0', delta: '1' };
  assert.equal((await runStrategy(plugin, config, 1, 5))?.direction, 'none');
  assert.equal((await runStrategy(plugin, config, 1, 5, 5, 5, 5, 5))?.direction, 'up');
  assert.equal((await runStrategy(plugin, { ...config, within_bounds_trigger: '1' }, 1, 5))?.direction, 'up');
});

test('plugins #129: a bad configuration is refused in upstream words', async () => {
  const bounds = { lower_bound: '0' };
  const cases: readonly [StringMap, string][] = [
    [{ delta: '1' }, 'missing required field, must have either "lower_bound" or "upper_bound"'],
    [{ upper_bound: 'x', delta: '1' }, 'invalid value for "upper_bound": x (string)'],
    [{ lower_bound: 'x', delta: '1' }, 'invalid value for "lower_bound": x (string)'],
    [{ lower_bound: 'NaN', delta: '1' }, 'invalid value for "lower_bound": NaN (string)'],
    [{ ...bounds, within_bounds_trigger: 'x', delta: '1' }, 'invalid value for "within_bounds_trigger": x (string)'],
    [bounds, 'missing required field, must have either "delta", "percentage" or "value"'],
    [{ ...bounds, delta: '1', value: '2' }, 'only one of "delta", "percentage" or "value" must be provided'],
    [{ ...bounds, delta: '1.5' }, '"delta" value 1.5 is not an interger'],
    [{ ...bounds, value: 'x' }, '"value" value x is not an interger'],
    [{ ...bounds, percentage: 'x' }, '"percentage" value x is not a number'],
    [{ ...bounds, value: '-1' }, '"value" value -1 is negative'],
  ];
  for (const [config, message] of cases) await assert.rejects(runStrategy(plugin, config, 1, 5), { message });
});

test('a hold tells how many values are within the bounds, how many are needed, and the newest', async () => {
  const config = { lower_bound: '60', delta: '2' };
  assert.equal(
    (await runStrategy(plugin, config, 2, 90))?.reason,
    '1 of 5 data points in range (from 60 to below Infinity, newest 90)',
  );
  const full = { lower_bound: '80', upper_bound: '100', delta: '1', within_bounds_trigger: '1' };
  assert.equal(
    (await runStrategy(plugin, full, 2, 100))?.reason,
    '0 of 1 data points in range (from 80 to below 100, newest 100)',
  );
  assert.equal((await runStrategy(plugin, full, 2, 99.9))?.count, 3);
});

test('an absurd percentage is an error', async () => {
  const config = { lower_bound: '0', within_bounds_trigger: '1', max_scale_up: '1' };
  for (const percentage of ['Inf', 'NaN', '1e300']) {
    await assert.rejects(runStrategy(plugin, { ...config, percentage }, 2, 5), { code: 'invalid_count' });
  }
});
