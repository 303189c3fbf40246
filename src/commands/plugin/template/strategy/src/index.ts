/** Strategy `my-plugin`: so much of a metric for each instance. */
import { defineStrategy } from 'nomad-autoscaler/sdk';
import { config } from './config.ts';
import { decide } from './decide.ts';

export const plugin = defineStrategy({ name: 'my-plugin', config, run: decide });
