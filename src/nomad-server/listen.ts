/** Puts the API on a port. Nothing is decided here. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AutoscalerError, nodeCode } from '../lib/error.ts';
import type { ApiRequest, ApiResponse } from './api/http.ts';

export interface Listening {
  readonly host: string;
  /** The one that was taken when 0 was asked for. */
  readonly port: number;
  /** Ends open requests and stops listening. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Ends the listening. */
  readonly signal?: AbortSignal;
}

/** A server's API as a function: an embedded Nomad is one. */
export interface Handling {
  handle(request: ApiRequest): Promise<ApiResponse>;
}

/** Clients keep their connections longer than the blocking reads that they send. */
const keepAliveMs = 75_000;
const mostWaitingConnections = 4096;
const largestBodyBytes = 32 * 1024 * 1024;

/**
 * @throws `address_in_use` (usage) when the port is taken, `cannot_listen` (usage) for any other reason.
 */
export async function listen(server: Handling, { host, port, signal }: ListenOptions): Promise<Listening> {
  const open = new Set<Incoming>();
  const http = createServer((incoming, outgoing) => {
    // A caller that goes away in the middle of its request has no use for an answer.
    serve(server, incoming, outgoing, open).catch(() => outgoing.destroy());
  });
  http.keepAliveTimeout = keepAliveMs;
  http.timeout = 0;
  await new Promise<void>((resolve, reject) => {
    http.once('error', (cause) => reject(cannotListen(cause, host, port)));
    http.listen({ host, port, backlog: mostWaitingConnections }, resolve);
  });
  const address = http.address();
  const close = async () => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    for (const one of open) one.end();
    // So that streams come to their end, and their readers need not take it for a broken line.
    await new Promise((resolve) => setImmediate(resolve));
    http.closeAllConnections();
    await closed;
  };
  signal?.addEventListener('abort', () => void close(), { once: true });
  return { host, port: typeof address === 'object' && address !== null ? address.port : port, close };
}

function cannotListen(cause: Error, host: string, port: number): AutoscalerError {
  const isTaken = nodeCode(cause) === 'EADDRINUSE';
  const text = isTaken ? `address ${host}:${port} is already in use` : `cannot listen on ${host}:${port}`;
  return new AutoscalerError(isTaken ? 'address_in_use' : 'cannot_listen', text, { blame: 'usage', cause });
}

/** Only a read that waits asks for the signal; most requests never do. */
class Incoming implements ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: ApiRequest['headers'];
  readonly #outgoing: ServerResponse;
  #gone: AbortController | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, body: string) {
    this.method = incoming.method ?? 'GET';
    this.url = incoming.url ?? '/';
    this.body = body;
    this.headers = incoming.headers as ApiRequest['headers'];
    this.#outgoing = outgoing;
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController();
      this.#gone = gone;
      this.#outgoing.once('close', () => gone.abort());
      if (this.#outgoing.destroyed) gone.abort();
    }
    return this.#gone.signal;
  }

  /** Whoever waits for something is to stop. */
  end(): void {
    this.#gone?.abort();
  }
}

async function serve(
  server: Handling,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  open: Set<Incoming>,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413).end();
    return;
  }
  const request = new Incoming(incoming, outgoing, body);
  open.add(request);
  try {
    await send(await server.handle(request), outgoing);
  } finally {
    open.delete(request);
  }
}

async function send(response: ApiResponse, outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return;
  if (typeof response.body === 'string') {
    const length = Buffer.byteLength(response.body);
    outgoing.writeHead(response.status, { ...response.headers, 'Content-Length': length }).end(response.body);
    return;
  }
  outgoing.writeHead(response.status, response.headers).flushHeaders();
  for await (const piece of response.body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(piece)) await drained(outgoing);
  }
  outgoing.end();
}

/** A slow reader makes its stream wait, or goes away. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      outgoing.off('drain', end).off('close', end);
      resolve();
    };
    outgoing.once('drain', end).once('close', end);
  });
}

/** @returns undefined when it is too large. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  if (incoming.method === 'GET') return '';
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming) {
    if (!Buffer.isBuffer(piece)) continue;
    size += piece.length;
    if (size > largestBodyBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
