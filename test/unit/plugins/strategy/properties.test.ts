/** What holds for every strategy, whatever the count, the metric and the settings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inProcess, strategyConformance } from 'nomad-autoscaler/sdk/testing';
import { plugin as fixedValue } from '../../../../plugins/strategy/fixed-value/index.ts';
import { plugin as passThrough } from '../../../../plugins/strategy/pass-through/index.ts';
import { plugin as targetValue } from '../../../../plugins/strategy/target-value/index.ts';
import { plugin as threshold } from '../../../../plugins/strategy/threshold/index.ts';
import { AutoscalerError } from '../../../../src/lib/error.ts';
import type { Action } from '../../../../src/model/action.ts';
import type { PluginDefinition } from '../../../../src/model/plugin.ts';
import type { StringMap } from '../../../../src/model/policy.ts';
import { runStrategy } from '../../../support/plugin.ts';
import { seeded } from '../../../support/seed.ts';

const always = fc.constant({});
const count = fc.oneof(fc.nat(20), fc.nat(10_000), fc.constant(0));
const value = fc.oneof(fc.double(), fc.double({ min: -10, max: 200, noNaN: true }), fc.constantFrom(0, -0, 1e300));
const limit = fc.option(fc.nat(8), { nil: undefined });
const text = (name: string, arbitrary: fc.Arbitrary<number>) => arbitrary.map((one) => ({ [name]: String(one) }));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

interface Subject {
  readonly plugin: PluginDefinition<'strategy'>;
  /** Settings beside the step limits. */
  readonly config: fc.Arbitrary<StringMap>;
  /** Settings for the conformance suite. */
  readonly sample: StringMap;
}

const subjects: readonly Subject[] = [
  { plugin: fixedValue, config: text('value', count), sample: { value: '3' } },
  { plugin: passThrough, config: always, sample: {} },
  { plugin: targetValue, config: text('target', fc.oneof(finite, fc.constant(70))), sample: { target: '2' } },
  {
    plugin: threshold,
    config: fc
      .tuple(
        fc.oneof(
          text('delta', fc.integer({ min: -50, max: 50 })),
          text('percentage', fc.double()),
          text('value', count),
        ),
        fc.oneof(text('lower_bound', finite), text('upper_bound', finite)),
      )
      .map(([step, bound]) => ({ ...step, ...bound, within_bounds_trigger: '1' })),
    sample: { lower_bound: '0', delta: '1', within_bounds_trigger: '1' },
  },
];

function withLimits(config: StringMap, up: number | undefined, down: number | undefined): StringMap {
  return {
    ...config,
    ...(up !== undefined && { max_scale_up: String(up) }),
    ...(down !== undefined && { max_scale_down: String(down) }),
  };
}

/** @returns undefined for an error, which is what absurd numbers must be. */
async function outcomeOf(running: Promise<Action | undefined>): Promise<Action | undefined> {
  try {
    return await running;
  } catch (error) {
    assert.ok(error instanceof AutoscalerError, String(error));
    assert.ok(['invalid_count', 'invalid_config'].includes(error.code), error.stack);
    return undefined;
  }
}

for (const { plugin, config, sample } of subjects) {
  test(`an action of ${plugin.name} is a possible count in its direction, and never goes further than its limits`, () =>
    seeded(
      fc.asyncProperty(
        config,
        count,
        fc.array(value, { maxLength: 4 }),
        limit,
        limit,
        async (own, now, values, up, down) => {
          const action = await outcomeOf(runStrategy(plugin, withLimits(own, up, down), now, ...values));
          if (action === undefined || action.direction === 'none') return;
          assert.ok(Number.isSafeInteger(action.count) && action.count >= 0, `count ${action.count}`);
          assert.equal(action.direction, action.count > now ? 'up' : 'down');
          assert.notEqual(action.count, now);
          assert.ok(action.count - now <= (up ?? Number.POSITIVE_INFINITY), `${now} to ${action.count}`);
          assert.ok(now - action.count <= (down ?? Number.POSITIVE_INFINITY), `${now} to ${action.count}`);
          assert.notEqual(action.reason, '');
        },
      ),
      500,
    ));

  test(`a step limit of ${plugin.name} shortens an action, it never turns it round or hides an error`, () =>
    seeded(
      fc.asyncProperty(config, count, value, limit, limit, async (own, now, metric, up, down) => {
        const free = await outcomeOf(runStrategy(plugin, own, now, metric));
        const bound = await outcomeOf(runStrategy(plugin, withLimits(own, up, down), now, metric));
        if (free === undefined || bound === undefined) assert.equal(bound, free);
        else if (bound.direction !== 'none') assert.equal(bound.direction, free.direction);
      }),
      300,
    ));

  if (plugin !== fixedValue) {
    test(`without a usable metric ${plugin.name} takes nothing away`, async () => {
      for (const values of [[], [Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]]) {
        for (const now of [0, 1, 7]) {
          const limits = { max_scale_down: '1' };
          const within = plugin === threshold ? { ...sample, delta: '-1', lower_bound: '0', upper_bound: '5' } : sample;
          const action = await outcomeOf(runStrategy(plugin, { ...within, ...limits }, now, ...values));
          assert.notEqual(action?.direction, 'down', `${plugin.name} at ${now} with ${values}`);
        }
      }
    });
  }

  for (const { title, run } of strategyConformance(inProcess(plugin), {
    name: plugin.name,
    agentConfig: {},
    policyConfig: sample,
    runs: [
      { count: 0, values: [1] },
      { count: 4, values: [3, 2, 1] },
      { count: 2, values: [9] },
    ],
    badPolicyConfig: { ...sample, max_scale_up: 'x' },
  })) {
    test(`as any strategy, ${plugin.name}: ${title}`, run);
  }
}
