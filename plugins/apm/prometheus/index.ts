/** Prometheus APM: whatever PromQL can say. */
import { defineApm, onlySeries } from 'nomad-autoscaler/sdk';
import { agentConfig } from './config.ts';
import { connect } from './connect.ts';
import { queryPrometheus } from './query.ts';

export const plugin = defineApm({
  name: 'prometheus',
  agentConfig,
  async open(config, world) {
    const prometheus = await connect(config, world);
    return {
      query: async (query, range, signal) => onlySeries(await queryPrometheus(prometheus, query, range, world, signal)),
      queryMultiple: (query, range, signal) => queryPrometheus(prometheus, query, range, world, signal),
      close: () => prometheus.close(),
    };
  },
});
