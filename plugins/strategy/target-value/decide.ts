import type { Action, StrategyInput } from 'nomad-autoscaler/sdk';
import { hold, moveTo, newestOf } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

/**
 * Scales so that the newest metric lands on the target, taking load to spread evenly: twice the target wants twice the
 * instances. From zero instances there is nothing to spread over, so the factor itself is the count.
 *
 * @throws `invalid_count` when the factor is infinite or leads below zero or beyond 2^53; `several_values`.
 *
 * Compat: upstream's `target-value`; with target 0 the metric is the factor, and NaN changes nothing. Upstream turns an
 * infinite factor into the policy's minimum.
 */
export function targetValue(input: StrategyInput<Config>): Action | undefined {
  const { count, metrics, config } = input;
  const newest = newestOf(metrics);
  if (newest === undefined) return undefined;
  const factor = factorOf(newest.value, config.target);
  const why = `factor is ${sixDecimals(factor)}`;
  if (isOnTarget(factor, count, config.threshold)) return hold(input, `staying at ${count} because ${why}`);
  return moveTo(Math.ceil(factor * Math.max(count, 1)), input, why);
}

/** How many times the target the metric is. */
export function factorOf(metric: number, target: number): number {
  return target === 0 ? metric : metric / target;
}

/** The threshold spares running instances only: where none runs, any load at all is a reason to start one. */
export function isOnTarget(factor: number, count: number, threshold: number): boolean {
  if (count === 0) return !(factor > 0);
  return !(factor < 1 - threshold || factor > 1 + threshold);
}

/** Go's `%f`: six decimals, exact halves to the even digit, no exponent. */
function sixDecimals(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Math.abs(value) >= 2 ** 53) return `${BigInt(value)}.000000`;
  const isHalf = Math.abs(value * 2 ** 7) % 2 === 1; // only odd multiples of 1/128 lie half way between two sixth decimals
  const cut = value.toFixed(7).slice(0, -1);
  return isHalf && Number(cut.at(-1)) % 2 === 0 ? cut : value.toFixed(6);
}
