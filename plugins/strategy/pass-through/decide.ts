import { type Action, moveTo, newestOf, type StrategyInput } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

/**
 * Takes the newest metric, without its fraction, for the count.
 *
 * @throws `invalid_count` when it is NaN, infinite, beyond 2^53 or below zero; `several_values`.
 *
 * Compat: upstream's `pass-through`. Where upstream says "up" because of a fraction alone, this holds.
 */
export function passThrough(input: StrategyInput<Config>): Action | undefined {
  const newest = newestOf(input.metrics);
  if (newest === undefined) return undefined;
  const wanted = newest.value < 0 ? Math.floor(newest.value) : Math.trunc(newest.value); // below zero is none, however near
  return moveTo(wanted, input, `metric is ${wanted}`);
}
