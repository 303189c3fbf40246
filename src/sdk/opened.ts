/** What every session of the SDK has in common: settings come first, and new settings replace the old while calls run. */
import { AutoscalerError } from '../lib/error.ts';
import { Held } from '../lib/held.ts';
import type { Awaitable, PluginWorld } from '../model/plugin.ts';
import type { StringMap } from '../model/policy.ts';
import type { ConfigReader } from './config-reader.ts';

/** What a plugin's `open` gives may end. */
export interface Closable {
  close?(): Awaitable<void>;
}

export interface Opened<Verbs> {
  setConfig(config: StringMap, signal: AbortSignal): Awaitable<void>;
  close(): Promise<void>;
  /** Runs a call on what the last good settings opened. */
  use<R>(call: (verbs: Verbs) => Awaitable<R>): Awaitable<R>;
}

/**
 * Opens with the settings and keeps what came of it. New settings open anew: only when that worked do they count, and what
 * was open before is closed after its last call. Settings that fail leave everything as it was.
 */
export function openWith<Config, Verbs extends Closable>(
  name: string,
  reader: ConfigReader<Config>,
  world: PluginWorld,
  open: (config: Config, signal: AbortSignal) => Awaitable<Verbs>,
): Opened<Verbs> {
  const held = new Held<Verbs>((verbs) => verbs.close?.());
  let isClosed = false;

  function keep(verbs: Verbs): Awaitable<void> {
    if (isClosed) return verbs.close?.();
    const hadBefore = held.value !== undefined;
    const released = held.replace(verbs);
    if (hadBefore)
      released.catch((error: unknown) => world.log.warn('failed to close the previous session', { error }));
  }

  return {
    setConfig(map, signal) {
      const config = reader.read(map, world.env);
      for (const { kind, detail } of reader.check(map, world.env)) {
        if (kind !== 'invalid') world.log.warn(detail);
      }
      const verbs = open(config, signal);
      return verbs instanceof Promise ? verbs.then(keep) : keep(verbs);
    },
    async close() {
      isClosed = true;
      await held.replace(undefined);
    },
    use: (call) => held.use(call, () => notConfigured(name)),
  };
}

function notConfigured(name: string): AutoscalerError {
  return new AutoscalerError('plugin_not_configured', `plugin ${name} has no configuration yet`, { blame: 'internal' });
}
