import { type Action, hold, moveTo, type StrategyInput } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

/**
 * Changes the count by a fixed amount, by a percentage, or to a value, once enough values of the window lie within the
 * bounds: from the lower one on, and below the upper one.
 *
 * @throws `invalid_count` for a percentage that leads beyond 2^53.
 *
 * Compat: upstream's `threshold`; a result below zero becomes zero. Unlike there, 110 percent of 100 are 110 and not 111.
 */
export function threshold(input: StrategyInput<Config>): Action {
  const { count, metrics, config } = input;
  const { lowerBound = Number.NEGATIVE_INFINITY, upperBound = Number.POSITIVE_INFINITY } = config;
  const within = metrics.filter(({ value }) => lowerBound <= value && value < upperBound).length;
  if (within < config.withinBoundsTrigger) {
    const bounds = `from ${lowerBound} to below ${upperBound}, newest ${metrics.at(-1)?.value}`;
    return hold(input, `${within} of ${config.withinBoundsTrigger} data points in range (${bounds})`);
  }
  return moveTo(Math.max(wantedCount(count, config), 0), input, 'metric is within bounds');
}

function wantedCount(count: number, { delta, percentage, value }: Config): number {
  if (value !== undefined) return value;
  if (delta !== undefined) return count + delta;
  const exact = count * (1 + (percentage ?? 0) / 100);
  return Math.ceil(Math.round(exact * 1e9) / 1e9); // binary fractions make 100 * 1.1 a little more than 110
}
