/** What every strategy must do. */
import assert from 'node:assert/strict';
import type { Action } from '../model/action.ts';
import type { Metric } from '../model/metric.ts';
import type { StrategyInput } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import { type CommonSample, type ConformanceCase, commonCases, withSession } from './conformance.ts';
import type { Subject } from './subject.ts';

export interface StrategySample extends CommonSample {
  /** A policy's strategy block that works. */
  readonly policyConfig: StringMap;
  /** Counts and values to run it on. All must be taken. */
  readonly runs: readonly { readonly count: number; readonly values: readonly number[] }[];
  /** A block that is an error when there are metrics. Left out, there is none. */
  readonly badPolicyConfig?: StringMap;
}

/** The suite of a strategy. */
export function strategyConformance(subject: Subject<'strategy'>, sample: StrategySample): readonly ConformanceCase[] {
  const { agentConfig, policyConfig, runs, badPolicyConfig } = sample;
  const inputs = runs.map(({ count, values }) => inputOf(policyConfig, count, values));
  const any = inputOf(policyConfig, runs[0]?.count ?? 1, runs[0]?.values ?? [1]);
  const cases: ConformanceCase[] = [
    ...commonCases(subject, sample, async (strategy, signal) => strategy.run(any, signal)),
    {
      title: 'an action is a direction, a count and a reason, and agrees with itself',
      run: () =>
        withSession(subject, agentConfig, async (strategy, signal) => {
          for (const input of inputs) assertAction(await strategy.run(input, signal), input.count);
        }),
    },
    {
      title: 'the same input gives the same action',
      run: () =>
        withSession(subject, agentConfig, async (strategy, signal) => {
          for (const input of inputs) {
            const first = await strategy.run(input, signal);
            assert.deepEqual(await strategy.run(input, signal), first);
          }
        }),
    },
    {
      title: 'without metrics it does not fail',
      run: () =>
        withSession(subject, agentConfig, async (strategy, signal) => {
          assertAction(await strategy.run({ ...any, metrics: [] }, signal), any.count);
        }),
    },
  ];
  if (badPolicyConfig !== undefined) {
    cases.push({
      title: 'a bad block of a policy is an error of that call only',
      run: () =>
        withSession(subject, agentConfig, async (strategy, signal) => {
          await assert.rejects(async () => strategy.run({ ...any, config: badPolicyConfig }, signal), 'it took it');
          await strategy.run(any, signal);
        }),
    });
  }
  return cases;
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
