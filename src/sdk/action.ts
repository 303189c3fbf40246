/** The words in which a strategy answers. Pure. */
import { AutoscalerError } from '../lib/error.ts';
import type { Action } from '../model/action.ts';
import type { StrategyInput } from '../model/plugin.ts';
import { integer, optional } from '../schema/field.ts';

/** Leaves the count as it is. */
export const hold = ({ meta }: Pick<StrategyInput<unknown>, 'meta'>): Action => ({
  direction: 'none',
  count: 0,
  reason: '',
  meta,
});

/** How far one action may go from the present count; undefined is without limit. */
export interface StepLimits {
  readonly maxScaleUp?: number | undefined;
  readonly maxScaleDown?: number | undefined;
}

/**
 * Asks for `wanted` instances, or as many in that direction as one step may bring; for as many as there are, it holds.
 *
 * @param input  the strategy's input; its config may hold step limits.
 * @param why    completes the sentence `scaling up because …`.
 * @throws       `invalid_count` for a fraction, NaN, what is infinite or beyond ±2^53, and for a result below zero.
 */
export function moveTo(
  wanted: number,
  { count, config, meta }: Pick<StrategyInput<StepLimits>, 'count' | 'config' | 'meta'>,
  why: string,
): Action {
  const { maxScaleUp = Number.POSITIVE_INFINITY, maxScaleDown = Number.POSITIVE_INFINITY } = config;
  const limited = Math.min(Math.max(wanted, count - maxScaleDown), count + maxScaleUp);
  // A limit must not hide that what is wanted is no number of instances at all.
  if (!Number.isSafeInteger(wanted) || limited < 0) {
    throw new AutoscalerError('invalid_count', `${wanted} is no count of instances: ${why}`, { blame: 'remote' });
  }
  if (limited === count) return hold({ meta });
  const direction = limited > count ? 'up' : 'down';
  // + 0 makes a negative zero a plain one.
  return { direction, count: limited + 0, reason: `scaling ${direction} because ${why}`, meta };
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
