/** An external plugin, started and ready to be spoken to. */
import { type HostOptions, type HostWorld, startPlugin } from '../goplugin/host.ts';
import type { PluginProcess } from '../goplugin/plugin-process.ts';
import type { ApmSession, PluginInfo, StrategySession, TargetSession } from '../model/plugin.ts';
import { type Extensions, extensionsOf } from './extensions.ts';
import { cookie, protocolVersion } from './profile.ts';
import { pluginInfo, remoteApm, remoteStrategy, remoteTarget } from './remote.ts';
import { StatusAsker } from './statuses.ts';

/** Everything but what the autoscaler's protocol fixes. */
export type LaunchOptions = Omit<HostOptions, 'cookie' | 'versions' | 'curve'>;

/** A running plugin. Its sessions share the process, and closing one of them ends it. */
export interface LaunchedPlugin {
  readonly process: PluginProcess;
  info(signal: AbortSignal): Promise<PluginInfo>;
  extensions(signal: AbortSignal): Promise<Extensions>;
  apm(): ApmSession;
  strategy(): StrategySession;
  target(): TargetSession;
}

/**
 * Starts an executable as a plugin.
 *
 * @param env     stands behind the host's own environment.
 * @param signal  gives the start up.
 * @throws        `plugin_start_failed` with upstream's text, or `plugin_checksum`; no process is left behind.
 */
export async function launch(
  executable: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: LaunchOptions,
  world: HostWorld,
  signal: AbortSignal,
): Promise<LaunchedPlugin> {
  const hostOptions = { ...options, cookie, versions: [protocolVersion], curve: 'P-256' } as const;
  const process = await startPlugin({ path: executable, args, env }, hostOptions, world, signal);
  const close = async () => {
    await process.kill();
  };
  return {
    process,
    info: (callSignal) => pluginInfo(process.channel, callSignal),
    extensions: (callSignal) => extensionsOf(process.channel, callSignal),
    apm: () => remoteApm(process.channel, close),
    strategy: () => remoteStrategy(process.channel, close),
    target: () => {
      const target = remoteTarget(process.channel, close);
      const asker = new StatusAsker(process.channel, target.status, world.clock);
      return {
        ...target,
        status: asker.ask,
        setConfig: async (config, callSignal) => {
          try {
            await target.setConfig(config, callSignal);
          } finally {
            asker.doubt();
          }
        },
        scale: async (action, config, callSignal) => {
          try {
            return await target.scale(action, config, callSignal);
          } finally {
            asker.doubt(config);
          }
        },
      };
    },
  };
}
