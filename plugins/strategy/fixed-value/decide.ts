import { type Action, moveTo, type StrategyInput } from 'nomad-autoscaler/sdk';
import type { Config } from './config.ts';

/** Asks for the configured count, whatever the metrics say. Compat: upstream's `fixed-value`; its steps can be limited here. */
export function fixedValue(input: StrategyInput<Config>): Action {
  return moveTo(input.config.value, input, `fixed value is ${input.config.value}`);
}
