/** InfluxDB APM: what a query in InfluxQL says, InfluxDB 1.x. */
import { defineApm, mostSeriesBytes, onlySeries, openHttpService } from 'nomad-autoscaler/sdk';
import { agentConfig } from './config.ts';
import { queryInfluxdb } from './query.ts';
import { readSettings } from './settings.ts';

export const plugin = defineApm({
  name: 'influxdb',
  agentConfig,
  async open(config, world) {
    const settings = readSettings(config);
    const headers = { Accept: 'application/json' };
    const service = await openHttpService({ address: settings.address, headers, maxBytes: mostSeriesBytes }, world);
    const influxdb = { ...settings, service };
    return {
      query: async (query, range, signal) => onlySeries(await queryInfluxdb(influxdb, query, range, world, signal)),
      queryMultiple: (query, range, signal) => queryInfluxdb(influxdb, query, range, world, signal),
      close: () => service.close(),
    };
  },
});
