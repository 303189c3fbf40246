/** Strategy `target-value`: keeps a metric at a value. */
import { defineStrategy } from 'nomad-autoscaler/sdk';
import { config } from './config.ts';
import { targetValue } from './decide.ts';

export const plugin = defineStrategy({ name: 'target-value', config, run: targetValue });
