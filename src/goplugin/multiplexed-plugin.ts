/** A plugin whose host asked for one connection that carries everything. Source: spec go-plugin.md §9.6. */
import { createServer } from 'node:net';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Cancel, Clock } from '../lib/clock.ts';
import type { Connections } from './broker.ts';
import type { BrokerLine } from './broker-line.ts';
import { multiplexedConnections } from './broker-multiplexed.ts';
import { type Listening, type ListenOptions, listen, netBind } from './listener.ts';
import { Multiplexer } from './multiplexer.ts';

export interface OneConnection {
  readonly connections: (line: BrokerLine) => Connections;
  /**
   * Waits for the host, in the background.
   *
   * @param onLost  called when it does not come, with the reason, and when its connection is gone: no other can be made.
   */
  listen(server: Server, credentials: ServerCredentials, onLost: (why: string | undefined) => void): Promise<Listening>;
  close(): void;
}

const connectMs = 5_000;

/** Only the first connection is taken, and its socket is removed then. */
export function oneConnection(where: ListenOptions, clock: Clock): OneConnection {
  const multiplexer = new Multiplexer(clock);
  const door = createServer();
  let giveUp: Cancel | undefined;
  return {
    connections: (line) => multiplexedConnections(line, multiplexer, where, clock),
    async listen(server, credentials, onLost) {
      const injector = server.createConnectionInjector(credentials);
      multiplexer.onUnasked = (stream) => injector.injectConnection(stream);
      const listening = await listen(netBind(door), where);
      giveUp = clock.after(connectMs, () => onLost('timed out waiting for connection to be established'));
      door.once('connection', (connection) => {
        giveUp?.();
        door.close();
        door.on('connection', (another) => another.destroy()); // it came together with the first
        void multiplexer.carry(connection, 'server').then(() => onLost(undefined));
      });
      return listening;
    },
    close: () => {
      giveUp?.();
      door.close();
      multiplexer.close();
    },
  };
}
