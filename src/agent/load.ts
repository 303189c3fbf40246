/** The configuration of an agent with what its plugins say about their settings; start and reload do exactly this. */
import { errorList, usageError } from '../lib/error.ts';
import { strangeSettings } from '../plugin-manager/schemas.ts';
import { type ConfigInputs, type ConfigReader, type LoadedConfig, loadConfig } from './config-files.ts';
import type { AgentParts } from './parts.ts';

/**
 * Keys that a plugin does not know are warnings; with `policy { strict = true }` they keep the configuration from holding. A
 * key that was only misspelled never does.
 *
 * @throws `config_invalid` (usage), as `loadConfig` does.
 */
export async function loadAgentConfig(
  inputs: ConfigInputs,
  { bundled, findExecutable, env }: Pick<AgentParts, 'bundled' | 'findExecutable' | 'env'>,
  reader?: ConfigReader,
): Promise<LoadedConfig> {
  const { config, warnings } = await loadConfig(inputs, reader);
  const found = await strangeSettings(config.plugins, { pluginDir: config.pluginDir, bundled, findExecutable }, env);
  const refused = config.policy.strict ? found.filter(({ kind }) => kind === 'unknown') : [];
  if (refused.length > 0) {
    throw usageError('config_invalid', `invalid configuration. ${errorList(refused.map(({ text }) => text))}`);
  }
  return { config, warnings: [...warnings, ...found.map(({ text }) => text)] };
}
