/**
 * One service that a plugin asks over HTTP: bounded in time and size, through the proxy that the environment names, with
 * errors that say whether trying again may help and never show a header.
 */
import { type Clock, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { AutoscalerError, explain, usageError } from '../lib/error.ts';
import type { PluginWorld } from '../model/plugin.ts';
import { proxyFor } from '../nomad/proxy.ts';
import { throughFetch } from '../nomad/through-fetch.ts';
import {
  type HttpAnswer,
  isHeaderValue,
  type OpenTransport,
  openTransport,
  type TlsMaterial,
} from '../nomad/transport.ts';

/** Where an HTTP service is, and how it is asked. */
export interface HttpServiceOptions {
  /** Where it is. A path in it is kept; user, password and query are not looked at. */
  readonly address: URL;
  /** Go with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: TlsMaterial;
  /** Longest wait for one whole answer; 10 s if not said. */
  readonly timeoutMs?: number;
  /** Largest answer that is read, after decompression; 64 MiB if not said. */
  readonly maxBytes?: number;
  /** Answers in place of a server: a service in this process. Proxy, TLS and connections do not matter then. */
  readonly fetch?: Fetch;
}

/** A request and its answer, without a socket. */
export type Fetch = (request: Request) => Promise<Response>;

/** One request to the service. */
export interface ServiceRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path below the address, and query: `/api/v1/query?query=up`. */
  readonly path: string;
  /** Beside those of the options, which they replace. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Changes nothing, whatever the method says: sent once more when a connection that was kept turns out to be closed. */
  readonly isRead?: boolean;
}

/** An HTTP service that a plugin asks. */
export interface HttpService {
  /**
   * @returns  the answer, whatever its status; no redirect is followed.
   * @throws   `connection_failed` and `no_answer` (retryable), `answer_too_large`, `bad_answer`: all remote.
   */
  ask(request: ServiceRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Requests at the same moment; more wait for one another. */
const connections = 8;

/** @throws `invalid_config` (usage) for a header that cannot be sent. */
export async function openHttpService(
  { address, headers = {}, tls, timeoutMs = 10_000, maxBytes = 64 * 2 ** 20, fetch }: HttpServiceOptions,
  { clock, env }: Pick<PluginWorld, 'clock' | 'env'>,
): Promise<HttpService> {
  checkHeaders(headers);
  const transport = fetch ? inProcess(fetch, address.origin) : await openSocket(address, tls, env);
  const basePath = address.pathname.replace(/\/+$/, '');
  const common = lowerCase({ 'accept-encoding': 'gzip', ...headers });
  return {
    async ask({ path, headers: own = {}, ...request }, signal) {
      const whole = { ...request, path: `${basePath}${path}`, headers: { ...common, ...lowerCase(own) } };
      return answeredWithin(clock, timeoutMs, signal, (inner) =>
        transport.send({ ...whole, timeoutMs, maxBytes }, inner),
      );
    },
    close: () => transport.close(),
  };
}

/**
 * Gives `work` so much time.
 *
 * @throws `no_answer` (remote, retryable) when it takes longer.
 */
export async function answeredWithin<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, ms, signal, work);
  } catch (error) {
    if (signal.aborted || !(error instanceof DeadlineExceeded)) throw error;
    throw new AutoscalerError('no_answer', error.message, { blame: 'remote', retryable: true });
  }
}

function openSocket(address: URL, tls: TlsMaterial | undefined, env: PluginWorld['env']): Promise<OpenTransport> {
  const proxy = proxyFor(address, env);
  return openTransport({
    origin: address.origin,
    connections,
    heldConnections: 1,
    ...(tls && { tls }),
    ...(proxy !== undefined && { proxy }),
  });
}

/** A `fetch` that throws stands for a connection that broke. */
function inProcess(fetch: Fetch, origin: string): OpenTransport {
  const through = throughFetch(fetch, origin);
  return {
    async send(request, signal) {
      try {
        return await through(request, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof AutoscalerError) throw error;
        const { method, path } = request;
        const text = `${method.charAt(0)}${method.slice(1).toLowerCase()} "${origin}${path}": ${explain(error)}`;
        throw new AutoscalerError('connection_failed', text, { blame: 'remote', retryable: true });
      }
    },
    close: () => Promise.resolve(),
  };
}

const lowerCase = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Said without the value, which may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw usageError('invalid_config', `no header can be named "${name}"`);
    if (!isHeaderValue(value)) {
      throw usageError('invalid_config', `the value for header ${name} holds a character that no header may hold`);
    }
  }
}
