/** Which plugins are configured: the blocks of the agent's configuration, the defaults, and what they inherit. Pure. */
import { goBool } from '../lib/go-bool.ts';
import { inheritKey, type PluginType } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';

export type Isolation = 'process' | 'in-process';

/** One `apm`, `strategy` or `target` block of the agent's configuration. */
export interface PluginBlock {
  readonly type: PluginType;
  /** The name that policies use. One label exists once per type. */
  readonly label: string;
  /** Name of a bundled plugin, or of an executable in the plugin directory. */
  readonly driver: string;
  /** Command-line arguments of an executable. */
  readonly args: readonly string[];
  readonly config: StringMap;
  /** Where keys of `config` were written, as `agent.hcl:3:5`; for messages. */
  readonly places?: Readonly<Record<string, string>>;
  /** Where a bundled plugin runs. Unset: targets in a process of their own, APMs and strategies in the agent's. */
  readonly isolation?: Isolation;
  /** Certificates between agent and plugin, made for one run of the plugin. On unless switched off. */
  readonly autoMtls: boolean;
  /** `sha256:<hex>`: the only executable that may be started. */
  readonly checksum?: string;
  /** How long its process may take from its start to its first answer; unset is a minute. */
  readonly startTimeoutMs?: number;
}

/** A block together with what it may inherit. */
export interface ConfiguredPlugin extends PluginBlock {
  /** The agent's way to Nomad as `nomad_*` keys; what is unset is not among them. */
  readonly nomad: StringMap;
}

/** What is there without any configuration. Source: spec plugins.md §4. */
export const defaultBlocks: readonly PluginBlock[] = [
  defaultBlock('apm', 'nomad-apm'),
  defaultBlock('target', 'nomad-target'),
  defaultBlock('strategy', 'fixed-value'),
  defaultBlock('strategy', 'pass-through'),
  defaultBlock('strategy', 'target-value'),
  defaultBlock('strategy', 'threshold'),
];

function defaultBlock(type: PluginType, name: string): PluginBlock {
  return { type, label: name, driver: name, args: [], config: {}, autoMtls: true };
}

/** What identifies a plugin among all: its type and label. */
export const blockKey = ({ type, label }: { readonly type: PluginType; readonly label: string }): string =>
  `${type} ${label}`;

/** For people, in upstream's form: `"os-nova" (target)`. */
export const pluginName = ({ type, label }: { readonly type: PluginType; readonly label: string }): string =>
  `${JSON.stringify(label)} (${type})`;

/**
 * Lays later blocks over earlier ones, per type and label. `args` and `config` replace as a whole, and only when they hold
 * something; everything else is taken from the later block.
 *
 * Compat: spec plugins.md §4; unlike upstream a later `driver` counts too (agent.md D-A1).
 */
export function mergeBlocks(base: readonly PluginBlock[], over: readonly PluginBlock[]): readonly PluginBlock[] {
  const merged = new Map(base.map((block) => [blockKey(block), block]));
  for (const block of over) {
    const below = merged.get(blockKey(block));
    const { config, places } = Object.keys(block.config).length > 0 ? block : (below ?? block);
    merged.set(blockKey(block), {
      ...below,
      ...block,
      args: block.args.length > 0 ? block.args : (below?.args ?? []),
      config,
      ...(places && { places }),
    });
  }
  return [...merged.values()];
}

/**
 * Fills what a block leaves out or empty with the agent's Nomad settings, unless `nomad_config_inherit` says no.
 *
 * @param nomad    the agent's way to Nomad as `nomad_*` keys; what is unset is not among them.
 * @param badBool  told about an inherit switch that is no boolean; nothing is inherited then.
 */
export function inherit(config: StringMap, nomad: StringMap, badBool: (text: string) => void): StringMap {
  const written = config[inheritKey];
  if (written !== undefined) {
    const isWanted = goBool(written);
    if (isWanted === undefined) badBool(written);
    if (!isWanted) return config;
  }
  const missing = Object.entries(nomad).filter(([key]) => (config[key] ?? '') === '');
  return missing.length === 0 ? config : { ...config, ...Object.fromEntries(missing) };
}
