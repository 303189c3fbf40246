/** A host with one connection to its plugin that carries everything. Source: spec go-plugin.md §9.6. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Connections, Reached } from './broker.ts';
import type { BrokerLine } from './broker-line.ts';
import { multiplexedConnections } from './broker-multiplexed.ts';
import { dialAddress, startError } from './handshake.ts';
import type { Listening, ListenOptions } from './listener.ts';
import { Multiplexer } from './multiplexer.ts';
import { startRelay } from './relay.ts';

export interface MultiplexedHost extends Reached {
  readonly connections: (line: BrokerLine) => Connections;
}

/**
 * Connects to a plugin, once and for all.
 *
 * @returns where its main server is reached; closing it ends every stream.
 * @throws  `plugin_start_failed`.
 */
export async function connectOnce(
  to: Listening,
  where: ListenOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<MultiplexedHost> {
  const socket = connect(placeOf(to));
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw startError(`cannot connect to the plugin: ${explain(error)}`);
  }
  socket.setKeepAlive(true);
  const multiplexer = new Multiplexer(clock);
  void multiplexer.carry(socket, 'client');
  const main = await startRelay(() => multiplexer.open(), where).catch((error: unknown) => {
    multiplexer.close();
    throw startError(explain(error));
  });
  return {
    at: main.at,
    connections: (line) => multiplexedConnections(line, multiplexer, where, clock),
    close: () => {
      main.close();
      multiplexer.close();
    },
  };
}

function placeOf({ network, address }: Listening) {
  if (network === 'unix') return { path: address };
  const { hostname, port } = new URL(`tcp://${dialAddress(address)}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
