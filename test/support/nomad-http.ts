/** A small HTTP server on loopback, for what must be seen on the wire. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Served {
  readonly origin: string;
  readonly server: Server;
  /** Sockets that were opened so far. */
  readonly sockets: { readonly opened: number };
}

export async function serveHttp(
  t: TestContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Served> {
  const server = createServer(handle);
  const sockets = { opened: 0 };
  server.on('connection', () => sockets.opened++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, server, sockets };
}
