/** What is allowed in a policy and seldom meant. */
import type { Check, Policy } from '../model/policy.ts';
import { goFloat } from '../schema/go-text.ts';
import type { Remark } from './draft.ts';

/** @returns what deserves a look; none of it keeps the policy from running. */
export function adviseOn(policy: Policy): readonly Remark[] {
  return [...policy.checks.flatMap(adviseOnCheck), ...adviseOnThresholds(policy.checks)];
}

function adviseOnCheck({ query, strategy }: Check, check: number): readonly Remark[] {
  const remarks: Remark[] = [];
  if (/\bor\s+(?:on\s*\([^)]*\)\s*)?vector\s*\(\s*0(?:\.0*)?\s*\)/.test(query)) {
    remarks.push({
      message: 'Missing data counts as 0',
      advice:
        'With "or vector(0)" a query without data says 0, and 0 scales in. Leave it out: a check without data never removes anything.',
      at: { part: 'query', check },
    });
  }
  if (strategy.name === 'target-value' && numberIn(strategy.config['target']) === 0) {
    remarks.push({
      message: 'Target value 0',
      advice:
        'With target = 0 the metric itself multiplies the count: a metric of 3 triples it, and 0 leads straight to min.',
      at: { part: 'strategy', check },
    });
  }
  return remarks;
}

/** Bounds in which a threshold check acts, and where it leads. */
interface Band {
  readonly at: number;
  readonly check: Check;
  readonly lower: number;
  readonly upper: number;
  readonly direction: 'up' | 'down';
}

/** Two checks on one query whose bands overlap and lead apart: up always wins there. */
function adviseOnThresholds(checks: readonly Check[]): readonly Remark[] {
  const bands = checks.map(bandOf).filter((band) => band !== undefined);
  return bands.flatMap((one, at) =>
    bands.slice(at + 1).flatMap((other) => {
      const lower = Math.max(one.lower, other.lower);
      const upper = Math.min(one.upper, other.upper);
      const sameData = one.check.source === other.check.source && one.check.query === other.check.query;
      if (!sameData || one.direction === other.direction || lower >= upper) return [];
      return {
        message: 'Overlapping thresholds',
        advice: `Between ${lower} and ${upper} both "${one.check.name}" and "${other.check.name}" fire, and up wins each time; let one begin where the other ends.`,
        at: { part: 'strategy', check: other.at },
      } as const;
    }),
  );
}

function bandOf(check: Check, at: number): Band | undefined {
  const { name, config } = check.strategy;
  if (name !== 'threshold') return undefined;
  const step = numberIn(config['delta'] || config['percentage']);
  if (!step) return undefined;
  return {
    at,
    check,
    lower: numberIn(config['lower_bound']) ?? Number.NEGATIVE_INFINITY,
    upper: numberIn(config['upper_bound']) ?? Number.POSITIVE_INFINITY,
    direction: step > 0 ? 'up' : 'down',
  };
}

function numberIn(text: string | undefined): number | undefined {
  const got = text ? goFloat(text) : undefined;
  return got?.ok ? got.value : undefined;
}
