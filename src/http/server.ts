/** The agent's HTTP server: listens, keeps requests within bounds, logs them, and stops in order. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { durationMs } from '../lib/duration.ts';
import { AutoscalerError, explain, usageError } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import { sendError, statusOf } from './answer.ts';
import { answerHealth } from './health.ts';
import type { Router } from './router.ts';
import type { AgentView } from './view.ts';

export interface HttpOptions {
  /** A host name or address; an IPv6 address stands in brackets. */
  readonly bindAddress: string;
  /** 0 takes any free port. */
  readonly bindPort: number;
  readonly view: AgentView;
  readonly log: Logger;
  readonly clock: Clock;
  /** Serve profiles under /debug/pprof/. */
  readonly debug?: boolean;
}

export interface HttpServer {
  /** `127.0.0.1:8080` */
  readonly address: string;
  /** `/v1/health` answers 503 from here on; everything else goes on. */
  stopServing(): void;
  /** Takes no new connection, waits for requests that run and cuts them off after 5 s. */
  close(): Promise<void>;
}

const requestMs = 5_000;
/** How often the limit of a request is looked at. */
const checkMs = 2_000;
const answerMs = 15_000;
const closeMs = 5_000;
/** Longer than upstream's 15 s: a scraper that comes every 15 s shall not meet a connection that just closes. */
const idleMs = 65_000;
const mostConnections = 1_024;

/** @throws `http_listen_failed` with the text of Go: `could not setup HTTP listener: listen tcp 127.0.0.1:80: bind: permission denied`. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { log, clock } = options;
  let isServing = true;
  const answer = answerer(options, () => isServing);
  const limits = { requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: checkMs };
  const server = createServer(limits, answer);
  server.keepAliveTimeout = idleMs;
  server.timeout = answerMs;
  server.maxConnections = mostConnections;
  await listen(server, options);
  const { port } = server.address() as AddressInfo; // a TCP server has a port
  const address = `${options.bindAddress}:${port}`;
  log.info('server now listening for connections', { address });
  server.on('error', (error) => log.error('failed to serve HTTP', { addr: address, error }));
  return {
    address,
    stopServing() {
      isServing = false;
    },
    close() {
      isServing = false;
      return close(server, clock, log);
    },
  };
}

function answerer(options: HttpOptions, isServing: () => boolean) {
  const { view, log, clock, debug = false } = options;
  let router: Promise<Router> | undefined;
  const route = async (request: IncomingMessage, response: ServerResponse, failed: (error: unknown) => void) => {
    if (request.url?.split('?')[0] === '/v1/health') return answerHealth(view, isServing(), request, response);
    router ??= import('./router.ts').then(({ createRouter }) => createRouter(view, debug ? clock : undefined));
    (await router)(request, response, failed);
  };
  return (request: IncomingMessage, response: ServerResponse) => {
    const { method, url: path } = request;
    const began = clock.elapsed();
    const failed = (error: unknown) => {
      if (response.destroyed) return; // the client went away, which is no fault
      log.error('request failed', { method, path, error: explain(error), code: statusOf(error) });
      sendError(response, error);
    };
    if (!isServing()) response.setHeader('Connection', 'close');
    response.once('close', () =>
      log.trace('request complete', { method, path, duration: durationMs(clock.elapsed() - began) }),
    );
    route(request, response, failed).catch(failed);
  };
}

async function listen(server: Server, { bindAddress, bindPort }: HttpOptions): Promise<void> {
  const failed = (why: string) => `could not setup HTTP listener: listen tcp${why}`;
  if (bindPort < 0 || bindPort > 65_535) {
    throw usageError('http_listen_failed', failed(`: address ${bindPort}: invalid port`));
  }
  const host = bindAddress.replace(/^\[(.*)\]$/, '$1');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = reasons[cause.code ?? ''] ?? cause.message;
      reject(
        new AutoscalerError('http_listen_failed', failed(` ${bindAddress}:${bindPort}: ${why}`), { blame: 'usage' }),
      );
    });
    server.listen({ host, port: bindPort, backlog: 4096 }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EACCES: 'bind: permission denied',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  ENOTFOUND: 'no such host',
};

function close(server: Server, clock: Clock, log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(closeMs, () => {
      log.error('could not gracefully shutdown HTTP server', {
        error: `requests were still running after ${closeMs / 1000} s`,
      });
      server.closeAllConnections();
    });
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
