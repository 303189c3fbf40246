/**
 * A socket of this process that stands for streams of a shared connection.
 *
 * gRPC's client for Node opens its connections itself, by address, and has no way to be handed one. So it is given the
 * address of a private socket, and each connection to that is carried on as a stream. TLS goes through from end to end.
 */
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import type { Reached } from './broker.ts';
import { variables } from './environment.ts';
import { type ListenOptions, listen, netBind } from './listener.ts';

/** @param open  a stream for each connection that gRPC makes. */
export async function startRelay(open: () => Promise<Duplex>, where: ListenOptions): Promise<Reached> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => sockets.delete(socket));
    open().then(
      (stream) => join(socket, stream),
      () => socket.destroy(),
    );
  });
  const env = { ...where.env, [variables.socketGroup]: undefined }; // it is for this process alone
  const at = await listen(netBind(server), { ...where, env });
  if (at.network === 'unix') await chmod(at.address, 0o600);
  return {
    at,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Each end goes with the other. */
function join(socket: Socket, stream: Duplex): void {
  pipeline(socket, stream, () => undefined);
  pipeline(stream, socket, () => undefined);
  if (socket.destroyed) stream.destroy();
}
