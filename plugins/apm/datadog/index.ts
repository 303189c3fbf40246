/** Datadog APM: what its metric queries say. */
import { defineApm, onlySeries } from 'nomad-autoscaler/sdk';
import { agentConfig } from './config.ts';
import { apiOf, connect } from './connect.ts';
import { queryDatadog } from './query.ts';

/** The plugin, with the API of a site elsewhere than Datadog has it. */
export const datadogAt = (addressOf: typeof apiOf) =>
  defineApm({
    name: 'datadog',
    agentConfig,
    async open(config, world) {
      const datadog = await connect(config, world, addressOf);
      return {
        query: async (query, range, signal) => onlySeries(await queryDatadog(datadog, query, range, world.log, signal)),
        queryMultiple: (query, range, signal) => queryDatadog(datadog, query, range, world.log, signal),
        close: () => datadog.close(),
      };
    },
  });

export const plugin = datadogAt(apiOf);
