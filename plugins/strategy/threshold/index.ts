/** Strategy `threshold`: a step when a metric has been within bounds for long enough. */
import { defineStrategy } from 'nomad-autoscaler/sdk';
import { config, rule } from './config.ts';
import { threshold } from './decide.ts';

export const plugin = defineStrategy({ name: 'threshold', config, rule, run: threshold });
