/** Nomad target: a task group of a job. */
import { defineTarget } from 'nomad-autoscaler/sdk';
import { nomadSettings, shareNomad } from 'nomad-autoscaler/sdk/nomad';
import { agentConfig, policyConfig } from './config.ts';
import { scaleGroup } from './scale.ts';
import { groupStatus, jobOf } from './status.ts';

export const plugin = defineTarget({
  name: 'nomad-target',
  agentConfig,
  policyConfig,
  async open(config, world) {
    const nomad = await shareNomad(nomadSettings(config), world);
    return {
      status: (group, signal) => groupStatus(nomad, group, signal),
      holds: (group, onEnd) => nomad.jobs.holds(jobOf(group), onEnd),
      scale: (action, group, signal) => scaleGroup(nomad, action, group, signal),
      close: () => nomad.close(),
    };
  },
});
