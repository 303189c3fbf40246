/** What every request passes: the journal, the faults that wait for it, the login, the route. */
import { type Clock, sleep } from '../lib/clock.ts';
import { Call } from './call.ts';
import type { Setting } from './config.ts';
import { connectionLost, connectionRefused } from './connection.ts';
import type { Fault, Faults } from './faults.ts';
import type { ApiRequest, ApiResponse, Service } from './http.ts';
import type { Journal } from './journal.ts';
import { microversionOf } from './microversion.ts';
import { errorPage, Refusal, refused, titleOf, unauthorizedText } from './refusal.ts';
import { type Rooted, rootedAt, roots } from './roots.ts';
import type { Found } from './router.ts';
import type { Tokens } from './tokens.ts';

export interface GatewayParts {
  readonly clock: Clock;
  readonly setting: Setting;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly tokens: Tokens;
  readonly routes: Readonly<Record<Service, (method: string, path: string) => Found | undefined>>;
}

export function gateway(parts: GatewayParts): (request: ApiRequest) => Promise<ApiResponse> {
  const { clock, setting, faults, journal } = parts;
  return (request) => {
    const rooted = rootedAt(request.url);
    const { service, path } = rooted;
    const entry = { service, method: request.method, path: `${path}${rooted.query}`, body: request.body };
    return journal.keep(entry, async () => {
      const wait = (ms: number) => (ms > 0 ? sleep(clock, ms, request.signal) : undefined);
      const hits = faults.ofRequest(entry);
      await wait(setting.pace.latencyMs);
      for (const fault of hits) {
        if (fault.kind === 'slow' && !fault.after) await wait(fault.ms);
        else if (fault.kind === 'silent') await abortOf(request.signal);
        else if (fault.kind === 'refused') throw connectionRefused();
        else if (fault.kind === 'answer') return refusedBy(fault, service);
      }
      const response = answer(request, rooted, parts);
      for (const fault of hits) {
        if (fault.kind === 'slow' && fault.after) await wait(fault.ms);
        else if (fault.kind === 'lost') throw connectionLost();
      }
      return response;
    });
  };
}

function answer(
  request: ApiRequest,
  { service, path }: Rooted,
  { routes, tokens, setting }: GatewayParts,
): ApiResponse {
  try {
    const isOpen = service === 'identity' || path === '/'; // Keystone looks at tokens itself; versions are for anybody
    if (!isOpen) tokens.checkScoped(request.headers['x-auth-token']);
    const found = routes[service](request.method, path);
    if (found === undefined) return errorPage(404, 'The resource could not be found.');
    const base = `http://${request.headers['host'] ?? 'localhost'}${roots[service]}`;
    const call = new Call(request, { path, base }, found.open);
    if (service !== 'compute' || isOpen) return found.handler(call);
    return withVersion(found.handler(call), microversionOf(call, setting.microversion));
  } catch (error) {
    if (error instanceof Refusal) return refused(service, error);
    throw error;
  }
}

function withVersion(response: ApiResponse, version: string): ApiResponse {
  const headers = { 'openstack-api-version': `compute ${version}`, 'x-openstack-nova-api-version': version };
  return { ...response, headers: { ...response.headers, ...headers } };
}

function refusedBy(fault: Extract<Fault, { kind: 'answer' }>, service: Service): ApiResponse {
  const { status, retryAfterS, isPage = false } = fault;
  const text = fault.text ?? (status === 401 ? unauthorizedText : titleOf(status));
  const response = isPage ? errorPage(status) : refused(service, new Refusal(status, text));
  if (retryAfterS === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(retryAfterS) } };
}

/** Never fulfilled; rejected when the caller gives up. */
function abortOf(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    else signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
