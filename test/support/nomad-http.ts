/** A small HTTP server on loopback, for what must be seen on the wire. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { HttpRequest } from '../../src/nomad/transport.ts';
import type { FakeNomad } from './nomad.ts';

/** Puts a Nomad in memory on a port. */
export function serveNomad(t: TestContext, nomad: FakeNomad): Promise<Served> {
  return serveHttp(t, (request, response) => {
    const parts: Buffer[] = [];
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      const body = Buffer.concat(parts).toString();
      const path = request.url ?? '/';
      const limits = { timeoutMs: 60_000, maxBytes: 1e9, held: path.includes('index=') };
      const method = request.method as HttpRequest['method'];
      try {
        const asked = { method, path, headers: {}, ...limits, ...(body === '' ? {} : { body }) };
        const answer = await nomad.transport(asked, gone.signal);
        response.writeHead(answer.status, answer.headers as OutgoingHttpHeaders).end(answer.body);
      } catch {
        response.destroy();
      }
    });
  });
}

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
