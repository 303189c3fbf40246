/** Target `my-plugin`: scales a number in a file. */
import { join } from 'node:path';
import { defineTarget } from 'nomad-autoscaler/sdk';
import { agentConfig, policyConfig } from './config.ts';
import { scale } from './scale.ts';
import { status } from './status.ts';

export const plugin = defineTarget({
  name: 'my-plugin',
  agentConfig,
  policyConfig,
  open: ({ folder }, { log }) => ({
    status: ({ file }, signal) => status(join(folder, file), signal),
    scale: (action, { file }, signal) => scale(join(folder, file), action, log, signal),
  }),
});
