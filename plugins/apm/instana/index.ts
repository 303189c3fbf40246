/** Instana APM: what its infrastructure metrics say. */
import { defineApm, onlySeries } from 'nomad-autoscaler/sdk';
import { agentConfig } from './config.ts';
import { connect } from './connect.ts';
import { queryInstana } from './query.ts';

export const plugin = defineApm({
  name: 'instana',
  agentConfig,
  async open(config, world) {
    const instana = await connect(config, world);
    return {
      query: async (query, range, signal) => onlySeries(await queryInstana(instana, query, range, world.log, signal)),
      queryMultiple: (query, range, signal) => queryInstana(instana, query, range, world.log, signal),
      close: () => instana.close(),
    };
  },
});
