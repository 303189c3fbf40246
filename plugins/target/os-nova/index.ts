/** OpenStack Nova target: a node pool is every server that carries the pool's tag. */
import { defineTarget } from 'nomad-autoscaler/sdk';
import { drainsAtOnce, OwnNode } from 'nomad-autoscaler/sdk/nodepool';
import { nomadSettings, openNomad } from 'nomad-autoscaler/sdk/nomad';
import { poolAdvice } from './advice.ts';
import { poolConfig, tagRule } from './config.ts';
import { cloudConfig } from './config-cloud.ts';
import { openCloud } from './openstack/open.ts';
import { NovaSession } from './session.ts';
import { settingsOf } from './settings.ts';

/** Compat: what upstream's plugin of the same abilities says of itself. */
const describedVersion = 'v0.6.1';

/** A drain holds two for each node. */
const heldQueries = 2 * drainsAtOnce;

export const plugin = defineTarget({
  name: 'os-nova',
  agentConfig: cloudConfig,
  policyConfig: poolConfig,
  policyRule: tagRule,
  policyAdvice: poolAdvice,
  async open(config, world, signal) {
    const settings = settingsOf(config);
    const cloud = await openCloud(config, world, { signal });
    const { clock, random, log } = world;
    const nomad = await openNomad(nomadSettings(config), world, heldQueries).catch(async (error: unknown) => {
      await cloud.close();
      throw error;
    });
    const ownNode = new OwnNode(nomad.client, world.env['NOMAD_ALLOC_ID'], log);
    const session = new NovaSession({
      ...{ cloud, settings, world },
      parts: { clock, random, log, nomad: nomad.client, ownNode },
    });
    log.info('completed set-up of plugin', { version: describedVersion });
    return {
      status: (pool, within) => session.status(pool, within),
      scale: (action, pool, within) => session.scale(action, pool, within),
      async close() {
        await session.close();
        await Promise.all([cloud.close(), nomad.close()]);
      },
    };
  },
});
