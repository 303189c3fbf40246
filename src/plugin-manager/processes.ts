/** Plugins as processes of their own. */
import { type Exit, exitText } from '../goplugin/child.ts';
import { parseChecksum } from '../goplugin/executable.ts';
import type { HostWorld } from '../goplugin/host.ts';
import type { PluginType, SessionTypes } from '../model/plugin.ts';
import { type LaunchOptions, launch } from '../wire/launch.ts';
import type { ConfiguredPlugin } from './catalog.ts';
import type { OpenProcess } from './launch.ts';

/** @param world  its log is the root: host and plugin log as `external_plugin…`. */
export function processOpener(world: HostWorld): OpenProcess {
  const hostWorld = { ...world, log: world.log.named('external_plugin') };
  return async (type, command, plugin, signal) => {
    const args = [...command.args, ...plugin.args];
    const launched = await launch(command.path, args, {}, optionsOf(plugin), hostWorld, signal);
    const { path, pid, exited } = launched.process;
    const sessions: { readonly [T in PluginType]: () => SessionTypes[T] } = launched;
    const session = sessions[type]();
    return {
      session,
      info: (callSignal) => launched.info(callSignal),
      process: { path, pid, ended: exited.then(endText), kill: () => launched.process.killNow() },
      close: () => session.close(),
    };
  };
}

function optionsOf({ driver, autoMtls, checksum, startTimeoutMs }: ConfiguredPlugin): LaunchOptions {
  return {
    name: driver,
    autoMtls: autoMtls ? 'preferred' : 'off',
    ...(checksum !== undefined && { checksum: parseChecksum(checksum) }),
    ...(startTimeoutMs !== undefined && { startTimeoutMs }),
  };
}

function endText(exit: Exit): string {
  return `its process ended: ${exitText(exit) ?? 'exit status 0'}`;
}
