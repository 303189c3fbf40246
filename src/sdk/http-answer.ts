/** What a plugin makes of an answer over HTTP: whose turn it is after a refusal, and what the body says. Pure. */
import { AutoscalerError, type ErrorFacts } from '../lib/error.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { HttpAnswer } from '../nomad/transport.ts';

/** Of an answer whose status is no success: 408, 429 and 5xx pass with time, anything else wants the operator. */
export function statusFacts(status: number): ErrorFacts {
  const retryable = status === 408 || status === 429 || status >= 500;
  return { blame: retryable ? 'remote' : 'usage', retryable };
}

/** True for 2xx. */
export const isSuccess = ({ status }: Pick<HttpAnswer, 'status'>): boolean => status >= 200 && status <= 299;

/**
 * The first 1,024 bytes of what a refusal says, without the white space around them; of a redirect, where it leads.
 *
 * @param hide  takes secrets out of it.
 */
export function refusalText(answer: HttpAnswer, hide: (text: string) => string): string {
  const leads = leadsTo(answer);
  if (leads !== undefined) return `it leads to ${leads}`;
  return Buffer.from(hide(beginningOf(answer)))
    .subarray(0, 1024)
    .toString()
    .trim();
}

/** Far more than is shown: a secret that is cut off would not be found. */
const beginningOf = ({ body }: Pick<HttpAnswer, 'body'>): string => body.slice(0, 4096);

/** Where a redirect leads, without what follows the path; the path alone on the same host. */
export function leadsTo({ status, headers: { location } }: HttpAnswer): string | undefined {
  if (status < 300 || status > 399 || typeof location !== 'string') return undefined;
  const to = URL.parse(location, 'http://same-host/');
  return to === null ? undefined : `${to.host === 'same-host' ? '' : to.origin}${to.pathname}`;
}

/**
 * @param hide  takes secrets out of what is quoted.
 * @throws      `bad_answer` (remote), in one line, for whatever is no JSON object.
 */
export function jsonObject({ body }: Pick<HttpAnswer, 'body'>, hide: (text: string) => string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    if (isJsonObject(value)) return value;
  } catch {
    // Said below, as for any other answer that is no object.
  }
  const start = hide(beginningOf({ body })).slice(0, 60).replaceAll(/\s+/g, ' ').trim();
  const why = `the answer is no JSON object, or not all of it: ${start === '' ? 'it is empty' : start}`;
  throw new AutoscalerError('bad_answer', why, { blame: 'remote' });
}
