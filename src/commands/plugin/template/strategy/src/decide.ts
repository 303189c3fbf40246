import { type Action, moveTo, newestOf, type StrategyInput, usageError } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

/** As many instances as the newest value needs, when each takes `per_instance` of it. */
export function decide(input: StrategyInput<Config>): Action | undefined {
  const { metrics, config } = input;
  if (config.perInstance <= 0) throw usageError('bad_per_instance', 'per_instance must be above 0');
  const newest = newestOf(metrics);
  if (newest === undefined) return undefined;
  const wanted = Math.ceil(newest.value / config.perInstance);
  return moveTo(wanted, input, `the metric is ${newest.value}, and an instance takes ${config.perInstance}`);
}
