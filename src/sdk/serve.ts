/**
 * Makes a process of a plugin. Import this before anything else in `main.ts`: from here on standard output belongs to
 * the handshake, and what dependencies print goes to the host.
 */
import { openDoor } from '../goplugin/door.ts';
import { refusal } from '../goplugin/serve.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { noTelemetry } from '../lib/telemetry.ts';
import type { PluginDefinition, PluginType, SessionTypes } from '../model/plugin.ts';
import { cookie } from '../wire/profile.ts';
import { servePlugin } from '../wire/serve.ts';
import type { Plugin } from '../wire/services.ts';

const door = openDoor(process, refusal(cookie, process.env) === undefined);

/**
 * Serves the plugin to the host that started this process, until the host ends it or is gone. Started by hand it says
 * what it is and ends with exit code 1.
 */
export function serve(plugin: PluginDefinition): void {
  door.enter(cookie, (world) => servePlugin(openedFor(plugin, world.log), world));
}

function openedFor(plugin: PluginDefinition, log: Logger): Plugin {
  const session = plugin.open({
    clock: systemClock,
    random: Math.random,
    log,
    telemetry: noTelemetry,
    env: process.env,
  });
  // A definition opens sessions of its own type.
  const { name, type, settings } = plugin;
  return { info: { name, type }, session: telling(session, plugin, log), settings } as Plugin;
}

/** Warns of strange keys in the settings. An agent of ours knows where they were written and does so itself, other hosts do not. */
function telling<S extends SessionTypes[PluginType]>(
  session: S,
  { checkAgentConfig }: PluginDefinition,
  log: Logger,
): S {
  return {
    ...session,
    setConfig(map, signal) {
      for (const { kind, detail } of checkAgentConfig(map, process.env)) {
        if (kind !== 'invalid') log.warn(detail);
      }
      return session.setConfig(map, signal);
    },
  };
}
