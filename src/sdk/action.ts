/** The words in which a strategy answers. Pure. */
import { AutoscalerError, usageError } from '../lib/error.ts';
import type { Action } from '../model/action.ts';
import type { Metric } from '../model/metric.ts';
import type { StrategyInput } from '../model/plugin.ts';
import { integer, optional } from '../schema/field.ts';

/** Leaves the count as it is. @param why  for the record: what was seen, and what would have been needed. */
export const hold = ({ meta }: Pick<StrategyInput<unknown>, 'meta'>, why = ''): Action => ({
  direction: 'none',
  count: 0,
  reason: why,
  meta,
});

/**
 * The newest point, for a strategy that goes by one value.
 *
 * @returns undefined when there are no points.
 * @throws  `several_values` (usage) when several series each have a value at that moment: none of them speaks for all.
 */
export function newestOf(metrics: readonly Metric[]): Metric | undefined {
  const newest = metrics.at(-1);
  const before = metrics.at(-2);
  if (newest?.series === undefined || before?.at !== newest.at || before.series === newest.series) return newest;
  const rivals = metrics.filter(({ at }) => at === newest.at).map(({ series }) => series);
  const shown = rivals.slice(0, 3).join(', ');
  throw usageError(
    'several_values',
    `query returned ${rivals.length} values at once, for ${shown}${rivals.length > 3 ? ', …' : ''}; only 1 is expected: aggregate them, as with sum(…) or max(…)`,
  );
}

/** How far one action may go from the present count; undefined is without limit. */
export interface StepLimits {
  readonly maxScaleUp?: number | undefined;
  readonly maxScaleDown?: number | undefined;
}

/**
 * Asks for `wanted` instances, or for as many in that direction as one step may bring; for as many as there are, it holds.
 *
 * @param input  the strategy's input. What its config says under the names of `stepFields` limits the step.
 * @param why    completes the sentences `scaling up because …` and `staying at 3 because …`.
 * @throws       `invalid_count` for a fraction, NaN, what is infinite or beyond 2^53, and for what is below zero: a limit
 *               must not hide that this is no number of instances at all.
 */
export function moveTo(
  wanted: number,
  { count, config, meta }: Pick<StrategyInput<object>, 'count' | 'config' | 'meta'>,
  why: string,
): Action {
  const { maxScaleUp = Number.POSITIVE_INFINITY, maxScaleDown = Number.POSITIVE_INFINITY } = limitsOf(config);
  if (!Number.isSafeInteger(wanted) || wanted < 0) {
    throw new AutoscalerError('invalid_count', `${wanted} is no count of instances: ${why}`, { blame: 'remote' });
  }
  const limited = Math.min(Math.max(wanted, count - maxScaleDown), count + maxScaleUp);
  if (limited === count) return hold({ meta }, `staying at ${count} because ${why}`);
  const direction = limited > count ? 'up' : 'down';
  // + 0 makes a negative zero a plain one.
  return { direction, count: limited + 0, reason: `scaling ${direction} because ${why}`, meta };
}

function limitsOf(config: object): StepLimits {
  const limit = (key: keyof StepLimits) => {
    const value: unknown = Reflect.get(config, key);
    return typeof value === 'number' ? value : undefined;
  };
  return { maxScaleUp: limit('maxScaleUp'), maxScaleDown: limit('maxScaleDown') };
}

/** Upstream's text about a value that cannot be read. */
export const invalidValue = (key: string) => (raw: string) => `invalid value for \`${key}\`: ${raw} (string)`;

/** Upstream's text about a value that is not there. */
export const missingField = (key: string) => `missing required field \`${key}\``;

/** Fields that give a strategy step limits: spread them into its block, and answer with `moveTo`. */
export const stepFields = {
  maxScaleUp: optional(
    integer({ doc: 'Most instances that one action adds.', min: 0, invalid: invalidValue('max_scale_up') }),
  ),
  maxScaleDown: optional(
    integer({ doc: 'Most instances that one action takes away.', min: 0, invalid: invalidValue('max_scale_down') }),
  ),
};
