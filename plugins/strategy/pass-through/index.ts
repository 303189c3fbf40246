/** Strategy `pass-through`: the metric is the count. */
import { defineStrategy } from 'nomad-autoscaler/sdk';
import { config } from './config.ts';
import { passThrough } from './decide.ts';

/** Compat: upstream complains about a bad configuration also when there are no metrics. */
export const plugin = defineStrategy({ name: 'pass-through', config, needsMetrics: false, run: passThrough });
