/** What plugins publish about the maps in policies, for whoever checks policies without starting a plugin. */
import type { CheckConfig, PluginSchemas } from '../model/plugin.ts';
import { blockKey, type PluginBlock } from './catalog.ts';
import { place, type Shelf } from './select.ts';

/** Loads the modules of the bundled plugins among the blocks; nothing is opened. */
export async function readSchemas(blocks: readonly PluginBlock[], shelf: Shelf): Promise<PluginSchemas> {
  const checks = new Map<string, CheckConfig>();
  await Promise.all(
    blocks.map(async (block) => {
      const { bundled } = await place(block, shelf);
      const definition = await bundled?.load();
      if (definition !== undefined) checks.set(blockKey(block), definition.checkPolicyConfig);
    }),
  );
  return { policyConfig: (type, label) => checks.get(blockKey({ type, label })) };
}
