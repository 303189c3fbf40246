/** A host and a plugin that it started, whichever of the two is written in Go, as one thing that a test can drive. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AutoMtls } from '../../src/goplugin/connect.ts';
import type { HostWorld } from '../../src/goplugin/host.ts';
import type { PluginProcess } from '../../src/goplugin/plugin-process.ts';
import type { ApmSession, PluginInfo, PluginType, StrategySession, TargetSession } from '../../src/model/plugin.ts';
import { launch } from '../../src/wire/launch.ts';
import { hostWorld, LogBook, never } from './goplugin.ts';

export type Network = 'unix' | 'tcp';

export interface Command {
  readonly path: string;
  readonly args: readonly string[];
}

export interface Pair {
  /** Where the plugin listens. */
  readonly address: string;
  readonly pluginPid: number;
  readonly isEncrypted: boolean;
  /** What the host logs, lines of the plugin among it. */
  readonly log: LogBook;
  /** What the plugin printed, message by message. */
  readonly printed: { readonly stdout: string[]; readonly stderr: string[] };
  info(): Promise<PluginInfo>;
  setConfig(config: Readonly<Record<string, string>>): Promise<void>;
  readonly apm: ApmSession;
  readonly strategy: StrategySession;
  readonly target: TargetSession;
  /** Ends the plugin. @returns whether it took force, and how long it took. */
  kill(): Promise<{ readonly forced: boolean; readonly ms: number }>;
  /** Ends the host too. */
  close(): Promise<void>;
}

/** Our twin of the Go plugin. */
export const ourPlugin = (type: string, network: Network = 'unix'): Command => ({
  path: process.execPath,
  args: [
    '--conditions=source',
    fileURLToPath(new URL('../interop/plugin.ts', import.meta.url)),
    ...[type, ...(network === 'tcp' ? ['tcp'] : [])],
  ],
});

/** The Go plugin. @param folder  of the Go programs. */
export const goPlugin = (folder: string, type: string, network: Network = 'unix'): Command => ({
  path: join(folder, 'plugin'),
  args: [type, ...(network === 'tcp' ? ['tcp'] : [])],
});

/** An executable of the build. */
export const builtPlugin = (name: string): Command => ({
  path: fileURLToPath(new URL(`../../dist/bin/plugins/${name}`, import.meta.url)),
  args: [],
});

export interface OurPair extends Pair {
  readonly process: PluginProcess;
}

/** The host is this process. */
export async function ourPair(
  command: Command,
  type: PluginType,
  autoMtls: AutoMtls,
  overrides: Partial<HostWorld> = {},
): Promise<OurPair> {
  const log = new LogBook();
  const printed = { stdout: [] as string[], stderr: [] as string[] };
  const output = {
    stdout: (chunk: Uint8Array) => void printed.stdout.push(Buffer.from(chunk).toString()),
    stderr: (chunk: Uint8Array) => void printed.stderr.push(Buffer.from(chunk).toString()),
  };
  const world = hostWorld(log, overrides);
  const plugin = await launch(command.path, command.args, {}, { autoMtls, output }, world, never);
  const { apm, strategy, target } = { apm: plugin.apm(), strategy: plugin.strategy(), target: plugin.target() };
  const sessions = { apm, strategy, target };
  return {
    ...{ address: plugin.process.address, pluginPid: plugin.process.pid, isEncrypted: plugin.process.isEncrypted },
    ...{ log, printed, process: plugin.process, ...sessions },
    info: () => plugin.info(never),
    setConfig: async (config) => sessions[type].setConfig(config, never),
    async kill() {
      const began = performance.now();
      const { forced } = await plugin.process.kill();
      return { forced, ms: performance.now() - began };
    },
    close: async () => void (await plugin.process.kill()),
  };
}
