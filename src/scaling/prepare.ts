/** A policy made ready to run: whatever its ticks would otherwise do again and again is done here once. */
import type { World } from '../lib/world.ts';
import { type Meta, metaKeys } from '../model/action.ts';
import type { ApmCalls, StrategyCalls, TargetCalls } from '../model/plugin.ts';
import { type Check, type Policy, strategyWithoutMetrics, targetKeys } from '../model/policy.ts';
import { CheckLines, PolicyLines } from './lines.ts';
import type { Plugins } from './parts.ts';
import { type CheckSeries, checkSeries, PolicySeries } from './series.ts';

export interface ReadyPolicy {
  readonly policy: Policy;
  readonly target: TargetCalls;
  readonly isDryRun: boolean;
  readonly checks: readonly ReadyCheck[];
  /** Different queries among the checks; equal ones are asked once in a tick. */
  readonly queries: number;
  /** What the meta of every action begins with. */
  readonly meta: Meta;
  readonly lines: PolicyLines;
  readonly series: PolicySeries;
}

export interface ReadyCheck {
  readonly check: Check;
  /** Absent when the strategy needs no metrics. */
  readonly apm?: ApmCalls;
  readonly strategy: StrategyCalls;
  /** Which of the policy's different queries it asks, from 0. */
  readonly query: number;
  readonly lines: CheckLines;
  readonly series: CheckSeries;
}

/** The loggers of the heart's parts, made once. */
export interface Loggers {
  readonly policy: World['log'];
  readonly check: World['log'];
}

export function prepare(
  policy: Policy,
  plugins: Plugins,
  loggers: Loggers,
  telemetry: World['telemetry'],
): ReadyPolicy {
  const queries = new Map<string, number>();
  const numberOf = (check: Check) => {
    const key = JSON.stringify(questionOf(check));
    const number = queries.get(key) ?? queries.size;
    queries.set(key, number);
    return number;
  };
  const checks = policy.checks.map((check): ReadyCheck => {
    const needsMetrics = check.strategy.name !== strategyWithoutMetrics;
    return {
      check,
      ...(needsMetrics && { apm: plugins.apm(check.source) }),
      strategy: plugins.strategy(check.strategy.name),
      query: numberOf(check),
      lines: new CheckLines(loggers.check, policy, check),
      series: checkSeries(telemetry, policy, check),
    };
  });
  return {
    policy,
    target: plugins.target(policy.target.name),
    isDryRun: policy.target.config[targetKeys.dryRun] === 'true',
    checks,
    queries: queries.size,
    meta: { [metaKeys.policyId]: policy.id },
    lines: new PolicyLines(loggers.policy, policy),
    series: new PolicySeries(telemetry, policy),
  };
}

/** All that makes two checks ask the same. */
function questionOf({ source, query, queryWindowMs, queryWindowOffsetMs, queryInstant }: Check) {
  return [source, query, queryInstant ? 'instant' : queryWindowMs, queryWindowOffsetMs];
}

/** Of the Nomad APM's queries the one that has an answer for a pool without nodes. */
const answeredWithoutNodes = 'node_percentage-wanted_';

/** Source: spec policy.md §8.1: the Nomad APM cannot say anything else about a pool without nodes. */
export function keepOneNode(policy: Policy, apmLabelsOfNomadDriver: ReadonlySet<string>): Policy {
  const isConcerned = policy.type === 'cluster' && policy.min === 0 && policy.max > 0;
  const needsNode = ({ source, query }: Check) =>
    apmLabelsOfNomadDriver.has(source) && !query.startsWith(answeredWithoutNodes);
  return isConcerned && policy.checks.some(needsNode) ? { ...policy, min: 1 } : policy;
}

export const keptOneNode = 'min value set to 1 since scaling cluster to 0 is not supported by the Nomad APM';
