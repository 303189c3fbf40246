/**
 * One server over HTTP/1.1, by undici: few connections, kept alive, bounded answers. The only file that knows undici, and
 * it is loaded when the first transport opens.
 *
 * A held request (a blocking query) occupies its connection for minutes, so those have connections of their own.
 */
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { AutoscalerError, nodeCode } from '../lib/error.ts';

/** A request to the origin of the transport. */
export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path and query, escaped. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Changes nothing on the server, whatever the method says: it may be sent again, as a GET may. */
  readonly isRead?: boolean;
  /** The server may hold the answer back: use the connections set aside for that. */
  readonly held?: boolean;
  /** Longest silence before and inside the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest body that is read, after decompression. */
  readonly maxBytes: number;
  /** Gets a good answer piece by piece, however long it goes on; the body is empty then. */
  readonly onPiece?: (piece: Uint8Array) => void;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Carries one request to one server.
 *
 * @throws `connection_failed` (remote, retryable), `no_answer` (remote, retryable), `answer_too_large` (remote),
 *         `bad_answer` (remote); texts name method and URL as Go does, never headers.
 */
export type Transport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** A transport and its end. */
export interface OpenTransport {
  readonly send: Transport;
  /** Ends what is under way and lets the connections go. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** `http://127.0.0.1:4646`, without path. */
  readonly origin: string;
  readonly socketPath?: string;
  readonly tls?: TlsMaterial;
  /** URL of the proxy in between, with user and password if it wants them; HTTPS goes through it as through a tunnel. */
  readonly proxy?: string;
  /** Most connections for ordinary requests and for held ones; they open as they are needed. */
  readonly connections: number;
  readonly heldConnections: number;
}

/** PEM texts. */
export interface TlsMaterial {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly skipVerify?: boolean;
}

/** Whether a header may have this value. */
export const isHeaderValue = (value: string): boolean => !/[^\t\x20-\x7e\x80-\xff]/.test(value);

const connectTimeoutMs = 30_000;
/** Idle connections are let go before most servers close theirs. */
const keepAliveMs = 30_000;

/** Opens connections to one origin as they are wanted. */
export async function openTransport(options: TransportOptions): Promise<OpenTransport> {
  const { Pool, ProxyAgent } = await import('undici');
  const connect = {
    timeout: connectTimeoutMs,
    ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
    ...tlsOptions(options.tls),
  };
  const pool = (connections: number): Dispatcher => {
    const settings = { connections, pipelining: 1, keepAliveTimeout: keepAliveMs };
    if (options.proxy === undefined) return new Pool(options.origin, { ...settings, connect });
    const { timeout: connectTimeout, ...requestTls } = connect;
    return new ProxyAgent({ ...settings, uri: options.proxy, connectTimeout, requestTls, proxyTunnel: false });
  };
  const ordinary = pool(options.connections);
  const held = pool(options.heldConnections);

  return {
    async send(request, signal) {
      const carry = () => dispatch(request.held ? held : ordinary, options.origin, request, signal);
      try {
        // A kept connection may be closed by the server just as it is used again: a read is sent once more.
        return await carry().catch((error: unknown) => {
          const mayRepeat = request.method === 'GET' || request.isRead;
          if (!mayRepeat || signal.aborted || !isBroken(error)) throw error;
          return carry();
        });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error instanceof AutoscalerError ? error : failure(options.origin, request, error);
      }
    },
    async close() {
      await Promise.all([ordinary.destroy(), held.destroy()]);
    },
  };
}

function tlsOptions(tls: TlsMaterial = {}) {
  return {
    minVersion: 'TLSv1.2' as const,
    ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.skipVerify ? { rejectUnauthorized: false } : {}),
  };
}

/** Below undici's `request` on purpose: without streams a small answer costs about half. */
function dispatch(pool: Dispatcher, origin: string, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: HttpAnswer['headers'] = {};
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    const end = (error: unknown) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    const onAbort = () => {
      reject(signal.reason);
      controller?.abort(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal.addEventListener('abort', onAbort, { once: true });

    pool.dispatch(
      {
        origin,
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.timeoutMs,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (signal.aborted) onAbort();
        },
        onResponseStart(_controller, code, answerHeaders) {
          status = code;
          headers = answerHeaders;
        },
        onResponseData(running, chunk) {
          if (request.onPiece !== undefined && status >= 200 && status < 300) return request.onPiece(chunk);
          size += chunk.length;
          if (size > request.maxBytes) {
            end(tooLarge(origin, request));
            return running.abort(new Error('answer too large'));
          }
          if (first === undefined) first = chunk;
          else if (rest === undefined) rest = [first, chunk];
          else rest.push(chunk);
        },
        onResponseEnd() {
          signal.removeEventListener('abort', onAbort);
          const raw = rest === undefined ? first : Buffer.concat(rest, size);
          if (headers['content-encoding'] !== 'gzip' || raw === undefined) {
            return resolve({ status, headers, body: raw?.toString() ?? '' });
          }
          unzip(raw, origin, request).then((body) => resolve({ status, headers, body }), reject);
        },
        onResponseError(_controller, error) {
          end(error);
        },
      },
    );
  });
}

/** Below this many bytes unpacking takes less time than asking another thread to do it. */
const smallBytes = 32 * 1024;
const gunzipElsewhere = promisify(gunzip);

async function unzip(packed: Buffer, origin: string, request: HttpRequest): Promise<string> {
  const limit = { maxOutputLength: request.maxBytes };
  try {
    const plain = packed.length < smallBytes ? gunzipSync(packed, limit) : await gunzipElsewhere(packed, limit);
    return plain.toString();
  } catch (cause) {
    if (nodeCode(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(origin, request);
    throw remote('bad_answer', `${asked(origin, request)}: the answer cannot be unpacked: ${goText(cause)}`);
  }
}

function tooLarge(origin: string, request: HttpRequest): AutoscalerError {
  return remote('answer_too_large', `${asked(origin, request)}: the answer is larger than ${request.maxBytes} bytes`);
}

/** The error is not kept as a cause: the text says the same in the words that operators know. */
function failure(origin: string, request: HttpRequest, error: unknown): AutoscalerError {
  const code = nodeCode(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return remote('no_answer', `${asked(origin, request)}: no answer within ${request.timeoutMs} ms`, true);
  }
  if (error instanceof Error && error.name === 'HTTPParserError') {
    const isTls = 'data' in error && String(error.data).startsWith('\x15\x03'); // an alert
    const hint = isTls ? '; the server speaks TLS: try https://' : '';
    return remote('bad_answer', `${asked(origin, request)}: the answer is no HTTP: ${error.message}${hint}`);
  }
  return remote('connection_failed', `${asked(origin, request)}: ${goText(error)}`, true);
}

/** `Get "http://127.0.0.1:4646/v1/jobs"` */
function asked(origin: string, { method, path }: HttpRequest): string {
  return `${method.charAt(0)}${method.slice(1).toLowerCase()} "${origin}${path}"`;
}

/** What Go says of the same failure, for the usual ones. */
function goText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return goText(error.errors[0]);
  const { address, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  const at = address === undefined ? '' : ` ${address.includes(':') ? `[${address}]` : address}:${port}`;
  switch (nodeCode(error)) {
    case 'ECONNREFUSED':
      return `dial tcp${at}: connect: connection refused`;
    case 'ENOENT':
      return `dial unix ${address ?? ''}: connect: no such file or directory`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return `dial tcp${at}: i/o timeout`;
    case 'ECONNRESET':
      return 'connection reset by peer';
    case 'UND_ERR_SOCKET':
      return 'EOF';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'http: server gave HTTP response to HTTPS client; try http://';
    default:
      return error.message;
  }
}

function isBroken(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(nodeCode(error) ?? '');
}

function remote(code: string, message: string, retryable = false): AutoscalerError {
  return new AutoscalerError(code, message, { blame: 'remote', retryable });
}
