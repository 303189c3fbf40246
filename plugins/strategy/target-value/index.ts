/** Strategy `target-value`: keeps a metric at a value. */
import { defineStrategy } from 'nomad-autoscaler/sdk';
import { config, rule } from './config.ts';
import { factorOf, targetValue } from './decide.ts';

export const plugin = defineStrategy({
  name: 'target-value',
  config,
  rule,
  run: targetValue,
  facts: ({ metrics, config }) => ({ factor: factorOf(metrics.at(-1)?.value ?? Number.NaN, config.target) }),
});
