/** Ready-made values of the model, each field changeable. */
import type { Action } from '../../src/model/action.ts';
import type { Metric } from '../../src/model/metric.ts';
import type { Check, Policy } from '../../src/model/policy.ts';
import type { TargetStatus } from '../../src/model/target.ts';

export function check(changes: Partial<Check> = {}): Check {
  return {
    name: 'cpu',
    source: 'apm',
    query: 'load',
    queryWindowMs: 60_000,
    queryWindowOffsetMs: 0,
    queryInstant: false,
    group: '',
    onError: undefined,
    strategy: { name: 'strategy', config: {} },
    ...changes,
  };
}

/** A horizontal policy, 1 to 10, that ticks every 10 s and rests for 60 s. */
export function policy(changes: Partial<Policy> = {}): Policy {
  const cooldownMs = changes.cooldownMs ?? 60_000;
  return {
    id: '00000000-0000-4000-8000-000000000001',
    name: 'web',
    source: 'file',
    type: 'horizontal',
    min: 1,
    max: 10,
    cooldownMs,
    cooldownOnScaleUpMs: cooldownMs,
    evaluationIntervalMs: 10_000,
    onCheckError: undefined,
    checks: [check()],
    target: { name: 'target', config: { Job: 'web', Group: 'app', Namespace: 'default' } },
    warnings: [],
    ...changes,
  };
}

export function status(changes: Partial<TargetStatus> = {}): TargetStatus {
  return { ready: true, count: 2, meta: {}, ...changes };
}

export function action(changes: Partial<Action> = {}): Action {
  return { direction: 'none', count: 0, reason: '', meta: {}, ...changes };
}

export const up = (count: number, reason = `up to ${count}`): Action => action({ direction: 'up', count, reason });
export const down = (count: number, reason = `down to ${count}`): Action =>
  action({ direction: 'down', count, reason });
export const none = (reason = ''): Action => action({ reason });

/** Points ten seconds apart, the last of them at `until`. */
export function metrics(values: readonly number[], until = Date.UTC(2026, 0, 1)): readonly Metric[] {
  return values.map((value, at) => ({ at: until - (values.length - 1 - at) * 10_000, value }));
}
