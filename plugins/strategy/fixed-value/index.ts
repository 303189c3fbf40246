/** Strategy `fixed-value`: always the same count. */
import { defineStrategy } from 'nomad-autoscaler/sdk';
import { config } from './config.ts';
import { fixedValue } from './decide.ts';

export const plugin = defineStrategy({ name: 'fixed-value', config, needsMetrics: false, run: fixedValue });
