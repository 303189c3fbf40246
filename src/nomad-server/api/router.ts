/** Finds the handler of a request and turns refusals into answers. Compat: spec nomad-api.md §1.1, §1.8. */
import { explain } from '../../lib/error.ts';
import type { Logger } from '../../lib/log.ts';
import { Refusal } from '../refusal.ts';
import { Call } from './call.ts';
import { type ApiRequest, type ApiResponse, emptyReply, textReply } from './http.ts';

export type Handler = (call: Call) => ApiResponse | Promise<ApiResponse>;
/** @param rest  what follows the prefix, as it stands. */
export type FamilyHandler = (call: Call, rest: string) => ApiResponse | Promise<ApiResponse>;

export interface Routes {
  /** By path. */
  readonly exact?: Readonly<Record<string, Handler>>;
  /** By the beginning of the path; the longest that fits is taken. */
  readonly families?: Readonly<Record<string, FamilyHandler>>;
}

export interface RouterOptions {
  readonly region: string;
  readonly log: Logger;
  /** Refuses calls that the asking side may not make. */
  readonly guard: (call: Call) => void;
}

export type Router = (request: ApiRequest) => Promise<ApiResponse>;

export function router(routes: readonly Routes[], options: RouterOptions): Router {
  const exact = new Map(routes.flatMap((one) => Object.entries(one.exact ?? {})));
  const families = routes.flatMap((one) => Object.entries(one.families ?? {})).sort(([a], [b]) => b.length - a.length);
  const find = (call: Call): ApiResponse | Promise<ApiResponse> => {
    const handler = exact.get(call.path);
    if (handler !== undefined) return handler(checked(call, options));
    for (const [prefix, handle] of families) {
      if (call.path.startsWith(prefix)) return handle(checked(call, options), call.path.slice(prefix.length));
    }
    return emptyReply(404);
  };
  return async (request) => {
    try {
      const reply = await find(new Call(request));
      if (options.log.isEnabled('debug')) {
        options.log.debug('request complete', { method: request.method, path: request.url, status: reply.status });
      }
      return reply;
    } catch (error) {
      if (error instanceof Refusal) return textReply(error.status, error.message, error.headers);
      options.log.error('request failed', { method: request.method, url: request.url, error: explain(error) });
      return textReply(500, explain(error));
    }
  };
}

function checked(call: Call, { region, guard }: RouterOptions): Call {
  const asked = call.query.get('region');
  if (asked && asked !== region && asked !== 'global') throw new Refusal(500, 'No path to region');
  guard(call);
  return call;
}

export interface Methods {
  readonly read?: () => ApiResponse | Promise<ApiResponse>;
  /** PUT and POST. */
  readonly write?: () => ApiResponse | Promise<ApiResponse>;
  readonly remove?: () => ApiResponse | Promise<ApiResponse>;
}

/** Picks by method; any other is answered 405. */
export function byMethod(call: Call, methods: Methods): ApiResponse | Promise<ApiResponse> {
  const handler =
    call.method === 'GET'
      ? methods.read
      : call.method === 'PUT' || call.method === 'POST'
        ? methods.write
        : call.method === 'DELETE'
          ? methods.remove
          : undefined;
  if (handler === undefined) throw new Refusal(405, 'Invalid method');
  return handler();
}
