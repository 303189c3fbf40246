import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrategyInput } from 'nomad-autoscaler/sdk';
import { inProcess, strategyConformance } from 'nomad-autoscaler/sdk/testing';
import type { Config } from '../src/config.ts';
import { decide } from '../src/decide.ts';
import { plugin } from '../src/index.ts';

/** What the strategy is asked, with the parts that it goes by. */
function input(count: number, values: readonly number[], config: Partial<Config> = {}): StrategyInput<Config> {
  return {
    check: 'queue',
    source: 'prometheus',
    query: 'queue_length',
    queryWindowMs: 60_000,
    strategy: 'my-plugin',
    config: { perInstance: 10, maxScaleUp: undefined, maxScaleDown: undefined, ...config },
    count,
    metrics: values.map((value, at) => ({ at, value })),
    meta: {},
  };
}

test('the newest value decides how many instances there are to be', () => {
  assert.equal(decide(input(1, [99, 25]))?.count, 3);
  assert.equal(decide(input(5, [25]))?.direction, 'down');
  assert.equal(decide(input(3, [25]))?.direction, 'none');
  assert.equal(decide(input(3, [])), undefined);
});

test('one step goes no further than it may', () => {
  assert.equal(decide(input(1, [500], { maxScaleUp: 2 }))?.count, 3);
});

test('an instance that takes nothing is an error', () => {
  assert.throws(() => decide(input(1, [25], { perInstance: 0 })), { code: 'bad_per_instance' });
});

const rules = strategyConformance(inProcess(plugin), {
  name: 'my-plugin',
  agentConfig: {},
  policyConfig: { per_instance: '10' },
  badPolicyConfig: { per_instance: '0' },
});
for (const { title, skip, run } of rules) test(title, { skip }, run);
