/** A host's connections with a plugin: the main channel, and the broker for those to come. Source: spec go-plugin.md §9.5, §9.6. */
import type { Clock } from '../lib/clock.ts';
import { BrokerEnd } from './broker.ts';
import { directConnections, type Translations } from './broker-direct.ts';
import { type Channel, type ClientTls, openChannel } from './channel.ts';
import { type Environment, variables } from './environment.ts';
import type { Handshake } from './handshake.ts';
import type { ListenOptions } from './listener.ts';
import type { RandomBytes } from './mtls.ts';

/** What a host needs of the world around it to listen for its plugin. */
export interface SocketWorld {
  readonly clock: Clock;
  readonly env: Environment;
  /** Secure randomness. */
  readonly randomBytes: RandomBytes;
  /** Where the host makes sockets of its own; default `TMPDIR`, else `/tmp`. */
  readonly tempDir?: string;
  /** Default `linux`: it tells how long a socket's path may be. */
  readonly platform?: NodeJS.Platform;
}

/** Where it listens. */
export interface SocketPlace {
  /** Folder for the sockets; absent where the system's will do. */
  readonly socketDir?: string | undefined;
  /** Group that may connect to them. */
  readonly socketGroup?: string | undefined;
  /** Addresses where host and plugin see different ones. */
  readonly translations?: Translations | undefined;
}

export interface OpenPlugin {
  /** The main one; where all share one connection, closing it ends that. */
  readonly channel: Channel;
  readonly broker: BrokerEnd;
}

/** @param within  aborts when there is no more time. @throws `plugin_start_failed` when the one connection cannot be made. */
export async function openPlugin(
  handshake: Handshake,
  tls: ClientTls | undefined,
  place: SocketPlace,
  world: SocketWorld,
  within: AbortSignal,
): Promise<OpenPlugin> {
  if (handshake.multiplexes !== true) return await openDirectly(handshake, tls, place, world);
  const { clock } = world;
  const { connectOnce } = await import('./multiplexed-host.ts');
  const one = await connectOnce(handshake, listenersFor(handshake.network, place, world), clock, within);
  const channel = await openChannel(one.at, tls, clock);
  const close = () => {
    channel.close();
    one.close();
  };
  return { channel: { ...channel, close }, broker: new BrokerEnd(clock, tls, one.connections) };
}

/** With a listener for each brokered connection. */
export async function openDirectly(
  to: Pick<Handshake, 'network' | 'address'>,
  tls: ClientTls | undefined,
  place: SocketPlace,
  world: SocketWorld,
): Promise<OpenPlugin> {
  const where = listenersFor(to.network, place, world);
  const broker = new BrokerEnd(world.clock, tls, (line) => directConnections(line, where, place.translations));
  return { channel: await openChannel(to, tls, world.clock), broker };
}

/** The host listens as its plugin does, so that both can reach what the other offers. */
function listenersFor(
  network: Handshake['network'],
  { socketDir, socketGroup }: SocketPlace,
  { env, tempDir, platform = 'linux', randomBytes }: SocketWorld,
): ListenOptions {
  return {
    network,
    env: {
      [variables.minPort]: env[variables.minPort],
      [variables.maxPort]: env[variables.maxPort],
      [variables.socketDir]: socketDir,
      [variables.socketGroup]: socketGroup,
    },
    tempDir: tempDir ?? (env['TMPDIR'] || '/tmp'),
    platform,
    random: randomBytes,
  };
}
