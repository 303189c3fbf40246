/** What is allowed in a policy and seldom meant. */
import type { Check, Policy } from '../model/policy.ts';
import { goFloat } from '../schema/go-text.ts';
import type { Remark } from './draft.ts';

/**
 * @param nomadApms  labels of the APMs that ask Nomad.
 * @returns          what deserves a look; none of it keeps the policy from running.
 */
export function adviseOn({ checks }: Policy, nomadApms: ReadonlySet<string>): readonly Remark[] {
  const bands = checks.map(bandOf).filter((band) => band !== undefined);
  return [
    ...checks.flatMap((one, at) => adviseOnCheck(one, at, nomadApms)),
    ...adviseOnOverlaps(bands),
    ...adviseOnOpenTops(bands),
  ];
}

function adviseOnCheck(
  { query, source, strategy }: Check,
  check: number,
  nomadApms: ReadonlySet<string>,
): readonly Remark[] {
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
  const trigger = numberIn(strategy.config['within_bounds_trigger'] || '5');
  if (strategy.name === 'threshold' && nomadApms.has(source) && trigger !== undefined && trigger > 1) {
    remarks.push({
      message: 'Threshold that is never reached',
      advice: `It wants ${trigger} data points within its bounds, and ${source} gives one; write within_bounds_trigger = 1.`,
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

const isSameData = (one: Band, other: Band): boolean =>
  one.check.source === other.check.source && one.check.query === other.check.query;

/** Two checks on one query whose bands overlap and lead apart: up always wins there. */
function adviseOnOverlaps(bands: readonly Band[]): readonly Remark[] {
  return bands.flatMap((one, at) =>
    bands.slice(at + 1).flatMap((other) => {
      const lower = Math.max(one.lower, other.lower);
      const upper = Math.min(one.upper, other.upper);
      if (!isSameData(one, other) || one.direction === other.direction || lower >= upper) return [];
      return {
        message: 'Overlapping thresholds',
        advice: `Between ${lower} and ${upper} both "${one.check.name}" and "${other.check.name}" fire, and up wins each time; let one begin where the other ends.`,
        at: { part: 'strategy', check: other.at },
      } as const;
    }),
  );
}

/** A check that scales out and falls silent where the load is highest, with no other to go on from there. */
function adviseOnOpenTops(bands: readonly Band[]): readonly Remark[] {
  const ups = bands.filter(({ direction }) => direction === 'up');
  return ups.flatMap((one) => {
    const { upper, lower, check } = one;
    const goesOn = ups.some((other) => isSameData(one, other) && other.lower <= upper && upper < other.upper);
    if (upper === Number.POSITIVE_INFINITY || lower >= upper || goesOn) return [];
    return {
      message: 'No scaling out at the top',
      advice: `"${check.name}" acts below ${upper} only: ${upper} itself is excluded, and so is all above. Leave upper_bound out.`,
      at: { part: 'strategy', check: one.at },
    } as const;
  });
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
