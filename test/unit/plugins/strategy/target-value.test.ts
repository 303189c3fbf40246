import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOnTarget } from '../../../../plugins/strategy/target-value/decide.ts';
import { plugin } from '../../../../plugins/strategy/target-value/index.ts';
import type { StringMap } from '../../../../src/model/policy.ts';
import { runStrategy } from '../../../support/plugin.ts';

const meta = { nomad_policy_id: 'p1' };
const staying = (count: number, factor: string) => ({
  direction: 'none',
  count: 0,
  reason: `staying at ${count} because factor is ${factor}`,
  meta,
});
const run = (config: StringMap, count: number, ...values: readonly number[]) =>
  runStrategy(plugin, config, count, ...values);

test('plugins #109: a bad configuration is refused in upstream words', async () => {
  const cases: readonly [StringMap, string][] = [
    [{}, 'missing required field `target`'],
    [{ target: '' }, 'missing required field `target`'],
    [{ target: 'not-a-float' }, 'invalid value for `target`: not-a-float (string)'],
    [{ target: 'NaN' }, 'invalid value for `target`: NaN (string)'],
    [{ target: '+Inf' }, 'invalid value for `target`: Infinity (string)'],
    [{ target: '10', threshold: 'NaN' }, 'invalid value for `threshold`: NaN (string)'],
    [{ target: '10', threshold: 'x' }, 'invalid value for `threshold`: x (string)'],
    [{ target: '10', max_scale_up: '1.5' }, 'invalid value for `max_scale_up`: 1.5 (string)'],
    [{ target: '10', max_scale_down: 'many' }, 'invalid value for `max_scale_down`: many (string)'],
  ];
  for (const [config, message] of cases) {
    await assert.rejects(run(config, 1, 5), { code: 'invalid_config', message });
  }
});

test('plugins #110: without metrics there is nothing to say, however bad the configuration', async () => {
  assert.equal(await run({ target: '10' }, 1), undefined);
  assert.equal(await run({}, 1), undefined);
});

test('plugins #111, #114, #118: on target, rounded up to the same count, and by the newest metric: nothing changes', async () => {
  assert.deepEqual(await run({ target: '13' }, 2, 13), staying(2, '1.000000'));
  assert.deepEqual(await run({ target: '10' }, 1, 9), staying(1, '0.900000'));
  assert.deepEqual(await run({ target: '16' }, 2, 13, 14, 15, 16), staying(2, '1.000000'));
});

test('plugins #112, #113, #115, #116, #119, #120: the count follows the factor, within the steps', async () => {
  const cases: readonly [StringMap, number, number, string, number, string][] = [
    [{ target: '13' }, 2, 26, 'up', 4, '2.000000'],
    [{ target: '10' }, 0, 20, 'up', 2, '2.000000'],
    [{ target: '10' }, 0, 1, 'up', 1, '0.100000'],
    [{ target: '0' }, 5, 0, 'down', 0, '0.000000'],
    [{ target: '50', max_scale_up: '2' }, 1, 210, 'up', 3, '4.200000'],
    [{ target: '210', max_scale_down: '1' }, 5, 10, 'down', 4, '0.047619'],
  ];
  for (const [config, count, value, direction, wanted, factor] of cases) {
    const reason = `scaling ${direction} because factor is ${factor}`;
    assert.deepEqual(await run(config, count, value), { direction, count: wanted, reason, meta });
  }
});

test('plugins #117: the threshold is what a change has to exceed', async () => {
  assert.deepEqual(await run({ target: '5' }, 8, 5.00001), staying(8, '1.000002'));
  assert.deepEqual(await run({ target: '5', threshold: '0.000001' }, 8, 5.00001), {
    direction: 'up',
    count: 9,
    reason: 'scaling up because factor is 1.000002',
    meta,
  });
});

test('plugins #121: the threshold counts on both sides, its bounds included', () => {
  const onTarget = [1.0001, 1.02, 0.99, 0.98].map((factor) => isOnTarget(factor, 5, 0.01));
  assert.deepEqual(onTarget, [true, false, true, false]);
});

test('plugins #157: an infinite, absurd or negative result is an error and never a number', async () => {
  const cases: readonly [StringMap, number][] = [
    [{ target: '10' }, Number.POSITIVE_INFINITY],
    [{ target: '10', max_scale_up: '2' }, Number.POSITIVE_INFINITY],
    [{ target: '10', max_scale_down: '2' }, Number.NEGATIVE_INFINITY],
    [{ target: '1e-300' }, 1e10],
    [{ target: '10' }, 1e300],
    [{ target: '10' }, -20],
    [{ target: '10', max_scale_down: '1' }, -20],
  ];
  for (const [config, value] of cases) {
    await assert.rejects(run(config, 2, value), { code: 'invalid_count' });
  }
});

test('NaN changes nothing', async () => {
  assert.deepEqual(await run({ target: '10' }, 2, Number.NaN), staying(2, 'NaN'));
  assert.deepEqual(await run({ target: '10' }, 0, Number.NaN), staying(0, 'NaN'));
});

test('a factor is written as Go writes it: exact halves go to the even digit', async () => {
  const reasonOf = async (metric: number) => (await run({ target: '0' }, 1, metric))?.reason;
  assert.equal(await reasonOf(2 + 1 / 128), 'scaling up because factor is 2.007812');
  assert.equal(await reasonOf(2 + 3 / 128), 'scaling up because factor is 2.023438');
  assert.equal(await reasonOf(2.0000014), 'scaling up because factor is 2.000001');
});
