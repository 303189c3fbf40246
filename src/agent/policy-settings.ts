/** What policies take from the agent's configuration. Pure. */
import type { PolicySettings } from '../policy/complete.ts';
import type { AgentConfig } from './config.ts';

export function policySettings(config: AgentConfig): PolicySettings {
  return {
    defaultCooldownMs: config.policy.defaultCooldownMs,
    defaultEvaluationIntervalMs: config.policy.defaultEvaluationIntervalMs,
    nomadApms: nomadApmLabels(config),
  };
}

/** Labels of the APMs that ask Nomad, in order: queries to them have short forms, and node policies of them keep one node. */
export function nomadApmLabels({ plugins }: AgentConfig): ReadonlySet<string> {
  const ofNomad = plugins.filter(({ type, driver }) => type === 'apm' && driver === 'nomad-apm');
  return new Set(ofNomad.map(({ label }) => label));
}
