/** What every strategy must do. */
import assert from 'node:assert/strict';
import type { Action } from '../model/action.ts';
import type { Metric } from '../model/metric.ts';
import type { StrategyInput } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { type CommonSample, commonCases, ruleMaker } from './conformance.ts';
import { type ConformanceCase, leftOut } from './conformance-case.ts';
import type { Subject } from './subject.ts';

/** What the suite of a strategy is tried with. */
export interface StrategySample extends CommonSample {
  /** A policy's strategy block that works. */
  readonly policyConfig: StringMap;
  /** Counts and values to run it on; all must be taken. Left out, some that any strategy should take. */
  readonly runs?: readonly Run[];
  /** A block that is an error when there are metrics. Left out, there is none. */
  readonly badPolicyConfig?: StringMap;
}

interface Run {
  readonly count: number;
  readonly values: readonly number[];
}

const usualRuns: readonly Run[] = [
  { count: 0, values: [3] },
  { count: 2, values: [1, 2, 3, 4, 50] },
  { count: 10, values: [10, 10, 10, 10, 10] },
];

/** The suite of a strategy. */
export function strategyConformance(subject: Subject<'strategy'>, sample: StrategySample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig, runs = usualRuns, badPolicyConfig } = sample;
  const inputs = runs.map(({ count, values }) => inputOf(policyConfig, count, values));
  const any = inputOf(policyConfig, runs[0]?.count ?? 1, runs[0]?.values ?? [1]);
  const rule = ruleMaker(subject, agentConfig);
  const bad = 'a bad block of a policy is an error of that call only';
  return [
    ...commonCases(subject, sample, async (strategy, signal) => strategy.run(any, signal)),
    rule('an action is a direction, a count and a reason, and agrees with itself', async (strategy, signal) => {
      for (const input of inputs) assertAction(await strategy.run(input, signal), input.count);
    }),
    rule('the same input gives the same action', async (strategy, signal) => {
      for (const input of inputs) {
        const first = await strategy.run(input, signal);
        assert.deepEqual(await strategy.run(input, signal), first);
      }
    }),
    rule('without metrics it does not fail', async (strategy, signal) => {
      assertAction(await strategy.run({ ...any, metrics: [] }, signal), any.count);
    }),
    badPolicyConfig === undefined
      ? leftOut(bad, 'no bad block of a policy is given')
      : rule(bad, async (strategy, signal) => {
          await assert.rejects(async () => strategy.run({ ...any, config: badPolicyConfig }, signal), 'it took it');
          await strategy.run(any, signal);
        }),
  ];
}

/** Frozen: a strategy must not change what it is given. */
function inputOf(config: StringMap, count: number, values: readonly number[]): StrategyInput {
  const metrics: readonly Metric[] = values.map((value, at) => Object.freeze({ at: at * 1000, value }));
  return Object.freeze({
    check: 'conformance',
    source: 'source',
    query: 'query',
    queryWindowMs: 60_000,
    strategy: 'strategy',
    config: Object.freeze({ ...config }),
    count,
    metrics: Object.freeze(metrics),
    meta: Object.freeze({ nomad_policy_id: 'conformance' }),
  });
}

function assertAction(action: Action | undefined, present: number): void {
  if (action === undefined || action.direction === 'none') return;
  const { direction, count } = action;
  assert.ok(direction === 'up' || direction === 'down', `unknown direction ${direction}`);
  assert.ok(Number.isSafeInteger(count) && count >= 0, `no count: ${count}`);
  assert.ok(direction === 'up' ? count >= present : count <= present, `${direction} from ${present} to ${count}`);
  assert.equal(action.meta['nomad_policy_id'], 'conformance', 'what the meta began with is lost');
}
