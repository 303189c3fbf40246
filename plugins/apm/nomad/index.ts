/** Nomad APM: what task groups use, and how full node pools are, as Nomad itself knows it. */
import { defineApm, inContext, type PluginWorld } from 'nomad-autoscaler/sdk';
import { nomadSettings, shareNomad } from 'nomad-autoscaler/sdk/nomad';
import { agentConfig, type Config } from './config.ts';
import { queryNomad } from './query.ts';

export const plugin = defineApm({
  name: 'nomad-apm',
  agentConfig,
  async open(config, world) {
    const nomad = await connect(config, world);
    const asked = { nomad, config, world, warned: new Set<string>() };
    return {
      query: (query, range, signal) => queryNomad(asked, query, range, signal),
      close: () => nomad.close(),
    };
  },
});

async function connect(config: Config, world: PluginWorld) {
  try {
    return await shareNomad(nomadSettings(config), world);
  } catch (cause) {
    throw inContext('failed to instantiate Nomad client', cause);
  }
}
