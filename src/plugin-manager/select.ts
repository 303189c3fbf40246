/** Where a plugin's code comes from: a bundled module, a bundled executable, or an executable of the plugin directory. */
import { join } from 'node:path';
import { usageError } from '../lib/error.ts';
import type { PluginDefinition, PluginType } from '../model/plugin.ts';
import type { PluginBlock } from './catalog.ts';

/** A program and the arguments that come before a plugin block's own. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
}

/** A plugin that comes with this program, both as a module and as an executable. */
export interface BundledPlugin {
  readonly driver: string;
  readonly type: PluginType;
  /** Imports the module; called when the plugin is first wanted. */
  load(): Promise<PluginDefinition>;
  readonly command: Command;
}

/** What tells one state of an executable from another: changes when somebody installs a new one. */
export type FileStamp = string;

/** @returns undefined when there is no such file, when it is a directory, or when nobody may execute it. */
export type FindExecutable = (path: string) => Promise<FileStamp | undefined>;

/** Where the code of one plugin comes from and where it runs. */
export type Placement =
  | { readonly kind: 'module'; readonly bundled: BundledPlugin }
  | {
      readonly kind: 'process';
      readonly command: Command;
      /** What the file looked like; undefined for a file that is not there, whose start will fail. */
      readonly stamp: FileStamp | undefined;
      /** Set when it is the executable of a bundled plugin. */
      readonly bundled?: BundledPlugin;
    };

export interface Shelf {
  readonly pluginDir: string;
  readonly bundled: readonly BundledPlugin[];
  readonly findExecutable: FindExecutable;
}

/**
 * An executable of the driver's name in the plugin directory wins, then the bundled plugin, and what is left is taken for an
 * executable whose start will say what is wrong.
 *
 * Compat: spec plugins.md §6.1. The type of a bundled plugin is not looked at: a wrong one fails by what the plugin says it is.
 *
 * @throws `plugin_isolation` (usage) when a foreign executable is to run inside the agent, `plugin_checksum` (usage) when a
 *         checksum is to pin what is bundled.
 */
export async function place(block: PluginBlock, shelf: Shelf): Promise<Placement> {
  const path = executablePath(shelf.pluginDir, block.driver);
  const stamp = await shelf.findExecutable(join(shelf.pluginDir, block.driver));
  const bundled = shelf.bundled.find(({ driver }) => driver === block.driver);
  if (stamp === undefined && bundled !== undefined) return placeBundled(block, bundled, shelf);
  if (block.isolation === 'in-process') {
    const why = 'only a bundled plugin can run inside the agent; remove isolation = "in-process"';
    throw usageError('plugin_isolation', `plugin ${block.label} is the executable ${path}: ${why}`);
  }
  return { kind: 'process', command: { path, args: [] }, stamp };
}

async function placeBundled(block: PluginBlock, bundled: BundledPlugin, shelf: Shelf): Promise<Placement> {
  if (block.checksum !== undefined) {
    const why = `checksum pins an executable, but there is none in ${shelf.pluginDir} and the bundled plugin would run`;
    throw usageError('plugin_checksum', `plugin ${block.label}: ${why}`);
  }
  const isolation = block.isolation ?? (bundled.type === 'target' ? 'process' : 'in-process');
  if (isolation === 'in-process') return { kind: 'module', bundled };
  const stamp = await shelf.findExecutable(bundled.command.path);
  return { kind: 'process', command: bundled.command, stamp, bundled };
}

/** Compat: a trailing `.exe` of the driver is left out of the path. */
function executablePath(pluginDir: string, driver: string): string {
  return join(pluginDir, driver.replace(/\.exe$/, ''));
}

/** Equal texts: the running plugin would be started in exactly the same way again. */
export function launchKey(block: PluginBlock, placement: Placement): string {
  if (placement.kind === 'module') return JSON.stringify(['module', block.driver]);
  const { command, stamp } = placement;
  return JSON.stringify([block.driver, command, stamp ?? null, block.args, block.autoMtls, block.checksum ?? null]);
}
