/** One OpenStack service: requests with the session's token, sent again where that is safe. Source: spec os-nova.md §3. */
import { type HttpAnswer, inContext, openHttpService, type PluginWorld } from 'nomad-autoscaler/sdk';
import { OpenStackError, refused } from './error.ts';
import { commonHeaders, type Way } from './identity.ts';
import { persistent, type Repeats } from './retry.ts';
import type { Session } from './session.ts';

/** A request to a service. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below the service's address, and query. */
  readonly path: string;
  readonly body?: object;
  /** Statuses that mean success, as errors list them. */
  readonly wanted: readonly number[];
  /** Other statuses that the caller knows what to do with. */
  readonly also?: readonly number[];
  readonly repeats: Repeats;
}

export interface Service {
  /**
   * @returns an answer with one of the statuses asked for.
   * @throws  `openstack_request_failed`: the service refused (see `refusalOf`), or the answer to a write that must not happen
   *          twice was lost (`isAmbiguous`). What a connection throws, for the rest.
   */
  ask(call: Call, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** A busy Nova may take this long; what is not there by then will not come. */
const answerTimeoutMs = 60_000;

/** Statuses of a list. */
export const listed = [200, 204, 300];

/** @param headers  go with every request. */
export async function openService(
  address: URL,
  headers: Readonly<Record<string, string>>,
  session: Session,
  way: Way,
  world: PluginWorld,
): Promise<Service> {
  const all = { ...commonHeaders, ...headers };
  const http = await openHttpService({ address, headers: all, timeoutMs: answerTimeoutMs, ...way }, world);
  const base = `${address.origin}${address.pathname.replace(/\/+$/, '')}`;

  function send(call: Call, token: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { method, path, body, repeats } = call;
    const request = {
      method,
      path,
      headers: { 'x-auth-token': token, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    };
    const sent = persistent(
      world,
      { asked: `${method} ${base}${path}`, repeats },
      (inner) => http.ask(request, inner),
      signal,
    );
    if (repeats === 'always') return sent;
    return sent.catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      const text = `no answer to ${method} ${base}${path}, which may have happened all the same`;
      throw new OpenStackError(text, { retryable: true, isAmbiguous: true, cause });
    });
  }

  function whyRefused(call: Call, { status, body }: HttpAnswer): OpenStackError {
    const asked = `${call.method} ${base}${call.path}`;
    const isAmbiguous = call.repeats === 'if-refused' && status >= 500;
    return refused({ asked, status, body: session.hide(body), wanted: call.wanted, isAmbiguous });
  }

  /** Renews the login once when the service does not take it. */
  async function authorized(call: Call, signal: AbortSignal): Promise<HttpAnswer> {
    const token = await session.token(signal);
    const answer = await send(call, token, signal);
    if (answer.status !== 401) return answer;
    const renewed = await session.renew(token, signal).catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      throw inContext(`Unable to re-authenticate: ${whyRefused(call, answer).message}`, cause);
    });
    const second = await send(call, renewed, signal);
    if (second.status !== 401) return second;
    throw inContext('Successfully re-authenticated, but got error executing request', whyRefused(call, second));
  }

  return {
    async ask(call, signal) {
      const answer = await authorized(call, signal);
      if ([...call.wanted, ...(call.also ?? [])].includes(answer.status)) return answer;
      throw whyRefused(call, answer);
    },
    close: () => http.close(),
  };
}
