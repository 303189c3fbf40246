/** Carries a query to a Prometheus: by the method that it takes, and to where it has moved. */
import {
  type HttpAnswer,
  type HttpService,
  type HttpServiceOptions,
  openHttpService,
  type PluginWorld,
} from 'nomad-autoscaler/sdk';

/**
 * Asks once: what fails is asked again by the next tick, and not before.
 *
 * @param path        `/api/v1/query`.
 * @param parameters  as a form.
 */
export type Ask = (path: string, parameters: string, signal: AbortSignal) => Promise<HttpAnswer>;

/** Compat: upstream's bound on one query, detours included. */
export const timeoutMs = 10_000;

type Method = 'POST' | 'GET';

/** Redirects that are followed for one request, and places that are known at all. */
const mostHops = 3;
const mostPlaces = 4;

/** Opens the way to one Prometheus; `close` ends what is under way. */
export async function openAsk(
  options: HttpServiceOptions,
  world: PluginWorld,
): Promise<{ readonly ask: Ask; close(): Promise<void> }> {
  const home = await openHttpService(options, world);
  const elsewhere = new Map<string, Promise<HttpService>>();
  let method: Method = 'POST'; // queries are long

  /** @returns undefined when the redirects lead to ever more places. */
  function serviceAt(address: URL): Promise<HttpService> | undefined {
    const known = elsewhere.get(address.href);
    if (known !== undefined || elsewhere.size >= mostPlaces) return known;
    world.log.warn('prometheus redirects; better to set address to where it leads', { address: address.href });
    const opened = openHttpService({ ...options, address }, world);
    elsewhere.set(address.href, opened);
    return opened;
  }

  async function send(by: Method, path: string, parameters: string, signal: AbortSignal): Promise<HttpAnswer> {
    let place = options.address;
    let service = home;
    for (let hops = 0; ; hops++) {
      const answer = await service.ask(requestOf(by, path, parameters), signal);
      const next = hops < mostHops ? destination(answer, place, path) : undefined;
      const there = next && serviceAt(next);
      if (next === undefined || there === undefined) return answer;
      place = next;
      service = await there;
    }
  }

  return {
    async ask(path, parameters, signal) {
      const answer = await send(method, path, parameters, signal);
      if (!refusesMethod(answer)) return answer;
      const other = method === 'POST' ? 'GET' : 'POST';
      const second = await send(other, path, parameters, signal);
      if (!isPrometheus(second)) return answer.status === 500 ? answer : second;
      method = other; // spares the next query the detour
      return second;
    },
    async close() {
      const opened = await Promise.all(elsewhere.values());
      await Promise.all([home, ...opened].map((service) => service.close()));
    },
  };
}

function requestOf(method: Method, path: string, parameters: string) {
  if (method === 'GET') return { method, path: `${path}?${parameters}` };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method, path, headers, body: parameters, isRead: true };
}

/**
 * Compat: 405 and 501, as upstream. Besides 500 from something that is no Prometheus: so answers a proxy of Grafana that was
 * told to ask by GET; and 414, from a server that takes no long URL.
 */
function refusesMethod(answer: HttpAnswer): boolean {
  if (answer.status === 500) return !isPrometheus(answer);
  return answer.status === 405 || answer.status === 501 || answer.status === 414;
}

/** Its answers, errors included, begin with a status. */
const isPrometheus = ({ body }: HttpAnswer): boolean =>
  /^\s*\{\s*"status"\s*:\s*"(success|error)"/.test(body.slice(0, 100));

/** Where the same question is answered on the same host. Whatever else a redirect leads to, as a page to log in, is none. */
function destination({ status, headers }: HttpAnswer, from: URL, path: string): URL | undefined {
  const { location } = headers;
  if (![301, 302, 307, 308].includes(status) || typeof location !== 'string') return undefined;
  const to = URL.parse(location, `${from.origin}${from.pathname.replace(/\/+$/, '')}${path}`);
  const isSafe = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (to === null || !isSafe || to.hostname !== from.hostname || !to.pathname.endsWith(path)) return undefined;
  return new URL(`${to.origin}${to.pathname.slice(0, -path.length)}`);
}
