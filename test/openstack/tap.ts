/**
 * Stands between the plugin and whatever it asks: a cloud of any kind and the embedded Nomad. It remembers every request, and
 * a test can look at each before it goes on, hold it, lose its answer, or answer in its place.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Tapped {
  /** `nomad`, `identity`, or the type of the service in the catalogue: `compute`, `network`, … */
  readonly service: string;
  readonly method: string;
  /** Path and query as the service sees them. */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TappedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TapRecord extends Tapped {
  /** Epoch milliseconds. */
  readonly at: number;
}

/** May do anything in place of passing the request on. To throw is to break the connection. */
export type Between = (request: Tapped, pass: () => Promise<TappedAnswer>) => Promise<TappedAnswer>;

export interface Tap {
  readonly authUrl: string;
  readonly nomad: string;
  readonly seen: readonly TapRecord[];
  /** Newest token that Keystone gave through the tap. */
  readonly token: string | undefined;
  /** While it is there, every request goes through it. */
  between: Between | undefined;
  /** Writes to Nova, Neutron, Octavia and Nomad since `from`, as `POST /servers`: IDs are `*`. */
  writes(from?: number): readonly string[];
  /** Tokens asked for since `from`. */
  logins(from?: number): number;
  close(): Promise<void>;
}

/** @param targets  Keystone's address with its version, and Nomad's. */
export async function startTap(targets: { readonly authUrl: string; readonly nomad: string }): Promise<Tap> {
  const keystone = new URL(targets.authUrl);
  const origins = new Map([
    ['identity', keystone.origin],
    ['nomad', targets.nomad],
  ]);
  const seen: TapRecord[] = [];
  let token: string | undefined;

  /** Whoever takes addresses from it comes by here. */
  function throughHere(body: string): string {
    const json = JSON.parse(body);
    for (const { type, endpoints } of json.token?.catalog ?? []) {
      for (const endpoint of endpoints) {
        const url = new URL(endpoint.url);
        origins.set(type, url.origin);
        endpoint.url = `${here}/${type}${url.pathname}`;
      }
    }
    return JSON.stringify(json);
  }

  async function passOn({ service, method, path, body, headers }: Tapped, signal: AbortSignal): Promise<TappedAnswer> {
    const hasBody = method !== 'GET' && body !== '';
    const response = await fetch(`${origins.get(service)}${path}`, {
      ...{ method, signal, redirect: 'manual', headers, ...(hasBody && { body }) },
    });
    const answered = await response.text();
    const isLogin = service === 'identity' && response.status === 201;
    if (isLogin) token = response.headers.get('x-subject-token') ?? token;
    const kept = [...response.headers].filter(([name]) => !dropped.has(name));
    return {
      status: response.status,
      headers: Object.fromEntries(kept),
      body: isLogin ? throughHere(answered) : answered,
    };
  }

  async function serve(url: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    const [, service = '', path = ''] = /^\/([^/?]+)(.*)$/.exec(url) ?? [];
    const request: Tapped = {
      ...{ service, path, method: incoming.method ?? 'GET', body: await text(incoming) },
      headers: Object.fromEntries(
        Object.entries(incoming.headers).flatMap(([name, value]) =>
          typeof value === 'string' && !dropped.has(name) ? [[name, value]] : [],
        ),
      ),
    };
    seen.push({ ...request, at: Date.now() });
    const pass = () => passOn(request, gone.signal);
    const answer = await (tap.between === undefined ? pass() : tap.between(request, pass));
    outgoing.writeHead(answer.status, answer.headers).end(answer.status === 204 ? undefined : answer.body);
  }

  /** @param prefix  stands before the path of every request. */
  async function open(prefix: string): Promise<Server> {
    const server = createServer((incoming, outgoing) => {
      serve(`${prefix}${incoming.url ?? '/'}`, incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.keepAliveTimeout = 75_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  const servers = await Promise.all([open(''), open('/nomad')]);
  const [here = '', nomad = ''] = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const since = (from: number) => seen.slice(from);
  const tap: Tap = {
    ...{ authUrl: `${here}/identity${keystone.pathname}`, nomad, seen, between: undefined },
    get token() {
      return token;
    },
    writes: (from = 0) => since(from).filter(isWrite).map(shown),
    logins: (from = 0) =>
      since(from).filter(({ service, method }) => service === 'identity' && method === 'POST').length,
    async close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
  return tap;
}

/** Of one connection only, or no longer true of a body that was unpacked. */
const dropped = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
]);

const isWrite = ({ service, method }: Tapped): boolean => service !== 'identity' && method !== 'GET';

const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** `POST /servers/*\/action os-stop`; the roots of the services are left out. */
export function shown({ method, path, body }: Tapped): string {
  const [bare = ''] = path.split('?');
  const action = bare.endsWith('/action') ? ` ${Object.keys(JSON.parse(body))[0]}` : '';
  return `${method} ${bare.replace(/^(?:\/[a-z-]+)?\/v\d(?:\.\d)?/, '').replace(id, '*')}${action}`;
}
