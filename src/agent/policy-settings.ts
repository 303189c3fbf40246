/** What policies take from the agent's configuration. Pure. */
import type { PluginType } from '../model/plugin.ts';
import type { PolicySettings } from '../policy/complete.ts';
import type { Labels } from '../policy/findings.ts';
import type { AgentConfig } from './config.ts';

export function policySettings(config: AgentConfig): PolicySettings {
  return {
    defaultCooldownMs: config.policy.defaultCooldownMs,
    defaultEvaluationIntervalMs: config.policy.defaultEvaluationIntervalMs,
    nomadApms: nomadApmLabels(config),
  };
}

/** What a policy may call its plugins. */
export function pluginLabels({ plugins }: AgentConfig): Labels {
  const ofType = (wanted: PluginType) =>
    new Set(plugins.filter(({ type }) => type === wanted).map(({ label }) => label));
  return { apm: ofType('apm'), strategy: ofType('strategy'), target: ofType('target') };
}

/** Labels of the APMs that ask Nomad, in order: queries to them have short forms, and node policies of them keep one node. */
export function nomadApmLabels({ plugins }: AgentConfig): ReadonlySet<string> {
  const ofNomad = plugins.filter(({ type, driver }) => type === 'apm' && driver === 'nomad-apm');
  return new Set(ofNomad.map(({ label }) => label));
}
