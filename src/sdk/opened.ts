/** What every session of the SDK has in common: settings come first, and new settings replace the old while calls run. */
import type { Cancel } from '../lib/clock.ts';
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
  /**
   * Asks it to tell of an end.
   *
   * @param ask    gives what takes that back, if the end will be told of.
   * @param onEnd  called also when new settings take the place of those.
   */
  watch(ask: (verbs: Verbs, onEnd: () => void) => Cancel | undefined, onEnd: () => void): Cancel | undefined;
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
  /** The ends that what is open now will tell of. */
  const watches = new Set<() => void>();
  let isClosed = false;

  function keep(verbs: Verbs): Awaitable<void> {
    if (isClosed) return verbs.close?.();
    const hadBefore = held.value !== undefined;
    const released = held.replace(verbs);
    for (const end of watches) end();
    if (hadBefore)
      released.catch((error: unknown) => world.log.warn('failed to close the previous session', { error }));
  }

  return {
    setConfig(map, signal) {
      const config = reader.read(map, world.env);
      const verbs = open(config, signal);
      return verbs instanceof Promise ? verbs.then(keep) : keep(verbs);
    },
    async close() {
      isClosed = true;
      await held.replace(undefined);
    },
    watch(ask, onEnd) {
      const verbs = held.value;
      if (verbs === undefined) return undefined;
      const end = () => {
        watches.delete(end);
        onEnd();
      };
      const cancel = ask(verbs, end);
      if (cancel === undefined) return undefined;
      watches.add(end);
      return () => {
        watches.delete(end);
        cancel();
      };
    },
    use: (call) => held.use(call, () => notConfigured(name)),
  };
}

function notConfigured(name: string): AutoscalerError {
  return new AutoscalerError('plugin_not_configured', `plugin ${name} has no configuration yet`, { blame: 'internal' });
}
