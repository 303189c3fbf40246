/** Errors of connections, as `fetch` throws them. */

/** Nobody listens. */
export const connectionRefused = (): TypeError => failed('ECONNREFUSED', 'connect ECONNREFUSED');

/** The connection ended without an answer. */
export const connectionLost = (): TypeError => failed('ECONNRESET', 'read ECONNRESET');

function failed(code: string, text: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(text), { code }) });
}
