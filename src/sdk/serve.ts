/**
 * Makes a process of a plugin. Import this before anything else in `main.ts`: from here on standard output belongs to
 * the handshake, and what dependencies print goes to the host.
 */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { captureOutput } from '../goplugin/capture.ts';
import { refusal } from '../goplugin/serve.ts';
import { systemClock } from '../lib/clock.ts';
import { createLog, type Logger } from '../lib/log.ts';
import { noTelemetry } from '../lib/telemetry.ts';
import type { PluginDefinition, PluginType, SessionTypes } from '../model/plugin.ts';
import { cookie } from '../wire/profile.ts';
import { servePlugin } from '../wire/serve.ts';
import type { Plugin } from '../wire/services.ts';

const refused = refusal(cookie, process.env);
const output = refused === undefined ? captureOutput(process) : undefined;

/**
 * Serves the plugin to the host that started this process, until the host ends it or is gone. Started by hand it says
 * what it is and ends with exit code 1.
 */
export function serve(plugin: PluginDefinition): void {
  if (output === undefined) {
    process.stderr.write(refused ?? '');
    process.exitCode = 1;
    return;
  }
  const log = createLog({ level: 'trace', json: true, location: false, clock: systemClock, write: output.log }).root;
  const session = plugin.open({
    clock: systemClock,
    random: Math.random,
    log,
    telemetry: noTelemetry,
    env: process.env,
  });
  // A definition opens sessions of its own type.
  const { name, type, settings } = plugin;
  const served = { info: { name, type }, session: telling(session, plugin, log), settings } as Plugin;
  void servePlugin(served, { self: process, output, clock: systemClock, log, randomBytes, tempDir: tmpdir() });
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
