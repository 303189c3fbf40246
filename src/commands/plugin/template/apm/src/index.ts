/** APM `my-plugin`: the number in a file, as it is now. */
import { defineApm } from 'nomad-autoscaler/sdk';
import { agentConfig } from './config.ts';
import { queryFile } from './query.ts';

export const plugin = defineApm({
  name: 'my-plugin',
  agentConfig,
  open: ({ folder }, { clock }) => ({
    query: (query, _range, signal) => queryFile(folder, query, clock.now(), signal),
  }),
});
