import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin } from '../../../../plugins/strategy/pass-through/index.ts';
import { runStrategy } from '../../../support/plugin.ts';

const meta = { nomad_policy_id: 'p1' };
const none = (reason: string) => ({ direction: 'none', count: 0, reason, meta });

test('plugins #110, #122: the newest metric is the count', async () => {
  assert.equal(await runStrategy(plugin, {}, 2), undefined);
  assert.deepEqual(await runStrategy(plugin, {}, 2, 7, 13), {
    direction: 'up',
    count: 13,
    reason: 'scaling up because metric is 13',
    meta,
  });
  assert.deepEqual(await runStrategy(plugin, {}, 2, 0), {
    direction: 'down',
    count: 0,
    reason: 'scaling down because metric is 0',
    meta,
  });
  assert.deepEqual(await runStrategy(plugin, {}, 10, 10), none('staying at 10 because metric is 10'));
  assert.deepEqual(await runStrategy(plugin, {}, 2, 2.5), none('staying at 2 because metric is 2'));
});

test('plugins #123: the steps are limited, and the reason tells the metric', async () => {
  const up = await runStrategy(plugin, { max_scale_up: '3' }, 2, 13);
  assert.deepEqual([up?.count, up?.reason], [5, 'scaling up because metric is 13']);
  const down = await runStrategy(plugin, { max_scale_down: '1' }, 10, 3);
  assert.deepEqual([down?.count, down?.reason], [9, 'scaling down because metric is 3']);
});

test('plugins #124: a bad step limit is an error with and without metrics', async () => {
  for (const key of ['max_scale_up', 'max_scale_down']) {
    for (const values of [[], [13]]) {
      const message = `invalid value for \`${key}\`: x (string)`;
      await assert.rejects(runStrategy(plugin, { [key]: 'x' }, 2, ...values), { message });
    }
  }
});

test('a metric that is no count is an error, also where a step limit would make one of it', async () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, -0.3, 1e300]) {
    const config = { max_scale_up: '1', max_scale_down: '1' };
    await assert.rejects(runStrategy(plugin, config, 2, value), { code: 'invalid_count' });
  }
});
