/** Takes a plugin over that runs already. Source: spec go-plugin.md §15. */
import { AutoscalerError, explain } from '../lib/error.ts';
import type { Translations } from './broker-direct.ts';
import type { Life } from './child.ts';
import { type ConnectOptions, type ConnectWorld, checkHealth } from './connect.ts';
import { type Handshake, startError } from './handshake.ts';
import { openDirectly } from './plugin-connection.ts';
import { PluginProcess } from './plugin-process.ts';
import type { SendSignal } from './process-tree.ts';
import { findProcess, isListener, watchProcess } from './process-watch.ts';
import { type AttachedRunner, lifeOf, translationsOf } from './runner.ts';
import { RpcError, status } from './status.ts';

/** Where a running plugin is. Plain values but for `attach`, so it can be written down. */
export interface ReattachConfig {
  /** `grpc`. Empty means `netrpc`, which is not spoken here. */
  readonly protocol: string;
  /** The application's version; 0 when it is not known. */
  readonly protocolVersion: number;
  readonly network: Handshake['network'];
  readonly address: string;
  /** 0 for a plugin of a runner, which needs `attach`. */
  readonly pid: number;
  /** The plugin is part of a test's process: `kill` leaves it alone. */
  readonly test?: boolean;
  /** Finds the process of a plugin that a runner had started. */
  readonly attach?: () => AttachedRunner | Promise<AttachedRunner>;
}

export type ReattachOptions = Pick<ConnectOptions, 'tls' | 'output'>;

export interface ReattachWorld extends ConnectWorld {
  readonly sendSignal: SendSignal;
}

/**
 * Connects to the plugin. A process that does not listen there, or where no plugin answers, is somebody else's: it
 * is never touched.
 *
 * @throws  `plugin_start_failed`, text `reattachment process not found`; the cause says why.
 */
export async function reattachPlugin(
  config: ReattachConfig,
  options: ReattachOptions,
  world: ReattachWorld,
  signal: AbortSignal,
): Promise<PluginProcess> {
  const { network, address, pid, protocol } = config;
  if (protocol !== 'grpc') {
    throw startError(`unsupported plugin protocol ${JSON.stringify(protocol || 'netrpc')}. Supported: [grpc]`);
  }
  const { clock, log, identity } = world;
  const { watch, translations } = await findLife(config, world);
  const { channel, broker } = await openDirectly({ network, address }, options.tls, { translations }, world);
  try {
    await checkHealth(channel, clock, signal);
  } catch (error) {
    if (!(error instanceof RpcError && error.status === status.unimplemented)) {
      channel.close();
      broker.close();
      if (signal.aborted) throw error;
      throw notFound(`no plugin answers at ${address} (${explain(error)})${spared(pid)}`);
    }
  }
  const life = watch();
  void life.exit.then(() => log.debug('reattached plugin process exited'));
  const handshake = { version: config.protocolVersion, network, address };
  const isEncrypted = options.tls !== undefined;
  return new PluginProcess(
    { path: address, life, channel, broker, handshake, isEncrypted, clock, log, identity },
    options.output ?? {},
  );
}

interface Found {
  /** Begins to watch it. */
  readonly watch: () => Life;
  readonly translations?: Translations;
}

async function findLife(config: ReattachConfig, world: ReattachWorld): Promise<Found> {
  const { network, address, pid, attach } = config;
  if (attach !== undefined) {
    const runner = await attach();
    return { watch: () => lifeOf(runner, world.log), translations: translationsOf(runner) };
  }
  const found = await findProcess(pid, world.sendSignal);
  if (found === undefined) throw notFound(`there is no process ${pid}`);
  if ((await isListener(pid, { network, address })) === false) {
    throw notFound(`process ${pid} is not the one that listens at ${address}${spared(pid)}`);
  }
  if (config.test === true) return { watch: () => unwatched(pid) };
  return { watch: () => watchProcess(found, world.clock, world.sendSignal) };
}

/** In test mode, where it is this very process as a rule: looking for its end would keep it from ending. */
function unwatched(pid: number): Life {
  const never = new Promise<never>(() => undefined);
  return { pid, exit: never, drained: never, kill: () => undefined };
}

const spared = (pid: number): string => (pid === 0 ? '' : `; process ${pid} is left alone`);

function notFound(why: string): AutoscalerError {
  return new AutoscalerError('plugin_start_failed', 'reattachment process not found', {
    blame: 'remote',
    cause: new Error(why),
  });
}
