import { type Action, moveTo, type StrategyInput } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

/**
 * Takes the newest metric, without its fraction, for the count.
 *
 * @throws `invalid_count` when it is NaN, infinite, beyond 2^53 or leads below zero.
 *
 * Compat: upstream's `pass-through`. Where upstream says "up" because of a fraction alone, this holds.
 */
export function passThrough(input: StrategyInput<Config>): Action | undefined {
  const newest = input.metrics.at(-1);
  if (newest === undefined) return undefined;
  const wanted = Math.trunc(newest.value);
  return moveTo(wanted, input, `metric is ${wanted}`);
}
