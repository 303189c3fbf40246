/** What plugins publish about their settings, for whoever checks them without starting a plugin. */
import type { CheckConfig, PluginDefinition, PluginSchemas } from '../model/plugin.ts';
import type { Env } from '../schema/parse.ts';
import type { Problem } from '../schema/strings.ts';
import { blockKey, type PluginBlock, pluginName } from './catalog.ts';
import { place, type Shelf } from './select.ts';

/** The checks of the maps in policies. Loads the modules of the bundled plugins among the blocks; nothing is opened. */
export async function readSchemas(blocks: readonly PluginBlock[], shelf: Shelf): Promise<PluginSchemas> {
  const checks = new Map<string, CheckConfig>();
  await Promise.all(
    blocks.map(async (block) => {
      const definition = await definitionOf(block, shelf);
      if (definition !== undefined) checks.set(blockKey(block), definition.checkPolicyConfig);
    }),
  );
  return { policyConfig: (type, label) => checks.get(blockKey({ type, label })) };
}

/** A key in the `config` map of a plugin block that its plugin does not know by that name. */
export interface SettingFinding {
  readonly kind: Exclude<Problem['kind'], 'invalid'>;
  /** One line, with its place where that is known. */
  readonly text: string;
}

/** Looks at the `config` maps of the bundled plugins among the blocks. What is wrong with a value is for the plugin to say. */
export async function strangeSettings(
  blocks: readonly PluginBlock[],
  shelf: Shelf,
  env: Env,
): Promise<readonly SettingFinding[]> {
  const written = blocks.filter(({ config }) => Object.keys(config).length > 0);
  const found = await Promise.all(
    written.map(async (block) => {
      const problems = (await definitionOf(block, shelf))?.checkAgentConfig(block.config, env) ?? [];
      return problems.flatMap(({ kind, key, detail }): readonly SettingFinding[] => {
        if (kind === 'invalid') return [];
        const at = block.places?.[key];
        return [{ kind, text: `${at === undefined ? '' : `${at}: `}plugin ${pluginName(block)}: ${detail}` }];
      });
    }),
  );
  return found.flat();
}

/** @returns undefined for a foreign plugin, and for one whose start will say why it cannot run. */
async function definitionOf(block: PluginBlock, shelf: Shelf): Promise<PluginDefinition | undefined> {
  const placement = await place(block, shelf).catch(() => undefined);
  return placement?.bundled?.load();
}
