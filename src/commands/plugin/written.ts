/** What an operator's files say about one plugin: the agent's configuration, and the policies that use it. */
import { loadConfig } from '../../agent/config-files.ts';
import { nomadAccess } from '../../agent/nomad-settings.ts';
import { policySettings } from '../../agent/policy-settings.ts';
import { usageError } from '../../lib/error.ts';
import { formatDiagnostic } from '../../lib/source.ts';
import type { PluginInfo } from '../../model/plugin.ts';
import type { Policy, StringMap } from '../../model/policy.ts';
import { settingsToConfig } from '../../nomad/settings.ts';
import { inherit } from '../../plugin-manager/catalog.ts';
import { validatePaths } from '../../policy/validate.ts';
import type { Env } from '../../schema/parse.ts';

export interface Written {
  /** The `config` of the agent's plugin block, with what it inherits of the agent's way to Nomad. */
  readonly config: StringMap;
  readonly args: readonly string[];
  /** The target or strategy block of a policy. */
  readonly policy: StringMap;
  /** Of a check that asks the plugin, when it is an APM. */
  readonly query?: string;
  readonly windowMs?: number;
}

interface Paths {
  readonly config: readonly string[];
  readonly policy: readonly string[];
}

/** @throws `config_invalid`, and `invalid_flag` when a file says nothing about the plugin (usage). */
export async function writtenFiles(
  { name, type }: PluginInfo,
  paths: Paths,
  { cwd, env }: { readonly cwd: string; readonly env: Env },
): Promise<Written> {
  const { config } = await loadConfig({ paths: paths.config, flags: {}, cwd });
  const block = config.plugins.find((one) => one.type === type && one.driver === name);
  if (block === undefined && paths.config.length > 0) {
    throw usageError('invalid_flag', `${paths.config.join(', ')}: there is no ${type} block with driver = "${name}"`);
  }
  const nomad = paths.config.length === 0 ? {} : settingsToConfig(nomadAccess(config.nomad, env).settings);
  const base = {
    config: block === undefined ? {} : inherit(block.config, nomad, () => undefined),
    args: block?.args ?? [],
    policy: {},
  };
  if (paths.policy.length === 0) return base;
  const plugins = { policyConfig: () => undefined };
  const found = await validatePaths(paths.policy, { settings: policySettings(config), plugins });
  const wrong = found.diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
  if (wrong.length > 0) throw usageError('invalid_flag', wrong.join('; '));
  const use = found.policies
    .map((policy) => useOf(policy, type, block?.label ?? name))
    .find((one) => one !== undefined);
  if (use === undefined)
    throw usageError(
      'invalid_flag',
      `${paths.policy.join(', ')}: no enabled policy uses the ${type} "${block?.label ?? name}"`,
    );
  return { ...base, ...use };
}

/** What a policy says of a plugin that it calls by this label. */
function useOf(policy: Policy, type: PluginInfo['type'], label: string): Partial<Written> | undefined {
  const { target, checks } = policy;
  if (type === 'target') return target.name === label ? { policy: target.config } : undefined;
  if (type === 'strategy') {
    const strategy = checks.map((check) => check.strategy).find((one) => one.name === label);
    return strategy && { policy: strategy.config };
  }
  const check = checks.find(({ source }) => source === label);
  return check && { query: check.query, windowMs: check.queryInstant ? 0 : check.queryWindowMs };
}
