import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin } from '../../../../plugins/strategy/fixed-value/index.ts';
import { runStrategy } from '../../../support/plugin.ts';

const meta = { nomad_policy_id: 'p1' };

test('plugins #125: the fixed value is asked for, without any metric', async () => {
  await assert.rejects(runStrategy(plugin, {}, 2), { message: 'missing required field `value`' });
  await assert.rejects(runStrategy(plugin, { value: '1.5' }, 2), {
    message: 'invalid value for `value`: 1.5 (string)',
  });
  assert.deepEqual(await runStrategy(plugin, { value: '13' }, 2), {
    direction: 'up',
    count: 13,
    reason: 'scaling up because fixed value is 13',
    meta,
  });
  assert.deepEqual(await runStrategy(plugin, { value: '4' }, 10), {
    direction: 'down',
    count: 4,
    reason: 'scaling down because fixed value is 4',
    meta,
  });
  assert.deepEqual(await runStrategy(plugin, { value: '10' }, 10), {
    direction: 'none',
    count: 0,
    reason: 'staying at 10 because fixed value is 10',
    meta,
  });
});

test('a negative value is no count', async () => {
  await assert.rejects(runStrategy(plugin, { value: '-1' }, 2), { message: 'invalid value for `value`: -1 (string)' });
});

test('its steps can be limited', async () => {
  assert.equal((await runStrategy(plugin, { value: '13', max_scale_up: '3' }, 2))?.count, 5);
  assert.equal((await runStrategy(plugin, { value: '1', max_scale_down: '3' }, 10))?.count, 7);
});
