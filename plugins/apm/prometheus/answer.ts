/** What Prometheus answered, or why it did not. Pure. Source: spec plugins.md §8; the texts are upstream's. */
import {
  AutoscalerError,
  type Blame,
  type HttpAnswer,
  isJsonObject,
  isSuccess,
  type JsonObject,
  leadsTo,
  statusFacts,
} from 'nomad-autoscaler/sdk';

export interface Answer {
  /** For `seriesOf`. */
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** Why it may be less than the whole. */
  readonly partial?: string;
}

/** Longest piece of somebody else's text in an error, in characters. */
const longestText = 300;

/**
 * @param hide  takes secrets out of what Prometheus, or a proxy before it, says.
 * @throws      `prometheus_failed`, text `<errorType>: <error>`; usage for a query or settings that cannot work.
 */
export function readAnswer(answer: HttpAnswer, hide: (text: string) => string): Answer {
  const { status } = answer;
  const body = parse(answer.body);
  const isGood = isSuccess(answer);
  if (!isGood && body?.['status'] === 'error') throw apiError(status, body, hide);
  if (!isGood && body?.['status'] !== 'success') throw refused(answer, body, hide);
  if (body === undefined) {
    const start = shorten(hide(answer.body.slice(0, longestText)), 60);
    throw failed('bad_response', `the answer is no JSON object, or not all of it: ${start || 'it is empty'}`);
  }
  if (!isGood || body['status'] !== 'success') {
    const said = body['status'] === 'error' ? `: ${apiError(status, body, hide).message}` : '';
    throw failed('bad_response', `inconsistent body for response code${said}`);
  }
  const warnings = textsOf(body['warnings']).map(hide);
  const partial = partialOf(body['isPartial'], warnings);
  const found = { data: body['data'], warnings, infos: textsOf(body['infos']).map(hide) };
  return partial === undefined ? found : { ...found, partial };
}

/**
 * A warning means that the answer is not whole: a store that was out of reach, samples that were left out. Remarks about the
 * query alone were warnings too before they became `infos`. VictoriaMetrics says `isPartial`.
 */
function partialOf(isPartial: unknown, warnings: readonly string[]): string | undefined {
  const telling = warnings.filter((warning) => !warning.startsWith('PromQL info:'));
  if (telling.length > 0) return shorten(telling.join('; '), longestText);
  return isPartial === true ? 'isPartial' : undefined;
}

/** Errors of Prometheus itself that may pass by themselves. */
const passing = new Set(['timeout', 'canceled', 'unavailable', 'internal', 'too_many_requests']);

function apiError(status: number, body: JsonObject, hide: (text: string) => string): AutoscalerError {
  const type = textOf(body['errorType']);
  const blame = type === 'bad_data' ? 'usage' : 'remote';
  return failed(type, shorten(hide(textOf(body['error'])), 1000), {
    blame,
    retryable: passing.has(type) || statusFacts(status).retryable === true,
  });
}

/** Of something that does not speak as Prometheus does: its status, and what it says. */
function refused(answer: HttpAnswer, body: JsonObject | undefined, hide: (text: string) => string) {
  const { status, body: text } = answer;
  const said = shorten(hide(body === undefined ? plainText(text) : messageIn(body)), longestText);
  const why = said === '' ? '' : `: ${said}`;
  if (status >= 500) return failed('server_error', `server error: ${status}${why}`, statusFacts(status));
  if (status >= 400) return failed('client_error', `client error: ${status}${why}`, statusFacts(status));
  const to = leadsTo(answer);
  const leads = to === undefined ? '' : `: it leads to ${to}`;
  return failed('bad_response', `bad response code ${status}${leads}`, { blame: 'usage' });
}

/** Grafana says `message`, others `error` or `detail`. */
function messageIn(body: JsonObject): string {
  for (const key of ['message', 'error', 'detail']) if (typeof body[key] === 'string') return body[key];
  return '';
}

/** A page of a proxy without its markup. */
function plainText(body: string): string {
  const start = body.slice(0, 4000);
  if (!start.trimStart().startsWith('<')) return start;
  return start.replaceAll(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ');
}

function shorten(text: string, length: number): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

function parse(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // the caller says what that means
  }
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(textOf) : []);

interface Facts {
  readonly blame?: Blame;
  readonly retryable?: boolean;
}

export function failed(
  type: string,
  message: string,
  { blame = 'remote', retryable = false }: Facts = {},
): AutoscalerError {
  return new AutoscalerError('prometheus_failed', `${type}: ${message}`, { blame, retryable });
}
