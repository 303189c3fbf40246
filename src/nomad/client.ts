/** Nomad's HTTP API: who asks, what is asked, and what an answer may look like. The resources have files of their own. */
import { AutoscalerError, usageError } from '../lib/error.ts';
import { isJsonObject } from '../lib/json.ts';
import { escapeQuery } from '../lib/url.ts';
import { type NomadSettings, parseAddress } from './settings.ts';
import { type HttpAnswer, isHeaderValue, type Transport } from './transport.ts';
import type { Strings } from './types.ts';

export interface CallOptions {
  /** Instead of the client's. */
  readonly namespace?: string;
  /** Further query parameters. */
  readonly query?: Strings;
  /** Makes it a blocking query: Nomad answers when its index is beyond this one, or when the wait is over. */
  readonly index?: number;
  /** The answer may be long: it is asked for packed, and bounded less tightly. */
  readonly long?: boolean;
}

export interface Answer<T> {
  readonly value: T;
  /** `X-Nomad-Index`; 0 when there was none. */
  readonly index: number;
  /** `X-Nomad-NextToken`: where the next page begins; absent on the last. */
  readonly nextToken?: string;
}

/** Nomad’s HTTP API: how it is asked, and what comes back. */
export interface NomadClient {
  /** `GET`. @returns the JSON of the answer, unchecked. */
  get(path: string, options: CallOptions, signal: AbortSignal): Promise<Answer<unknown>>;
  /** `GET` of what is no JSON, such as a log. */
  text(path: string, options: CallOptions, signal: AbortSignal): Promise<Answer<string>>;
  /** `GET` of an answer that goes on: its pieces as they come. Resolves when it ends. */
  stream(path: string, options: CallOptions, onPiece: (piece: Uint8Array) => void, signal: AbortSignal): Promise<void>;
  /** `GET` of a list. `null` is an empty one. */
  list<T>(path: string, options: CallOptions, signal: AbortSignal): Promise<Answer<readonly T[]>>;
  /** `GET` of an object. */
  object<T>(path: string, options: CallOptions, signal: AbortSignal): Promise<Answer<T>>;
  /** A write; never sent twice. @returns undefined for an empty answer. */
  write(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    options: CallOptions,
    signal: AbortSignal,
  ): Promise<Answer<unknown>>;
}

/** Nomad said no. 429 and 5xx pass with time; anything else wants the operator. */
export class NomadError extends AutoscalerError {
  override readonly name = 'NomadError';
  readonly status: number;
  /** What Nomad said, cut and without the token. */
  readonly body: string;

  constructor(status: number, body: string) {
    const retryable = status === 429 || status >= 500;
    super('nomad_request_failed', `Unexpected response code: ${status} (${body})`, { blame: 'remote', retryable });
    this.status = status;
    this.body = body;
  }
}

/** @returns Nomad's refusal in the chain of an error; undefined when Nomad did not answer at all. */
export function nomadRefusal(error: unknown): NomadError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof NomadError) return at;
  return undefined;
}

/** @returns undefined when Nomad refuses with this status, such as 404 for what is not there. */
export async function unlessRefused<T>(status: number, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (nomadRefusal(error)?.status === status) return undefined;
    throw error;
  }
}

/** Longest piece of a refusal that is shown, in characters. */
const longestBody = 2000;
const shortBytes = 16 * 2 ** 20;
const longBytes = 512 * 2 ** 20;
/** Longest silence of an ordinary call. */
const callTimeoutMs = 60_000;

/**
 * @param transport  an undici transport (`transport.ts`), or the embedded Nomad itself (`throughFetch`).
 * @throws `invalid_address`, `invalid_nomad_settings` (usage).
 */
export function nomadClient(settings: NomadSettings, transport: Transport): NomadClient {
  const headers = authHeaders(settings);
  const longHeaders = { ...headers, 'accept-encoding': 'gzip' };

  const send = async (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    options: CallOptions,
    signal: AbortSignal,
    { body, onPiece }: { readonly body?: unknown; readonly onPiece?: (piece: Uint8Array) => void } = {},
  ) => {
    const answer = await transport(
      {
        method,
        path: `${path}${queryText(settings, options)}`,
        headers: options.long ? longHeaders : headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(options.index === undefined
          ? { timeoutMs: callTimeoutMs }
          : { timeoutMs: heldTimeoutMs(settings.waitMs), held: true }),
        maxBytes: options.long ? longBytes : shortBytes,
        ...(onPiece === undefined ? {} : { onPiece, held: true }),
      },
      signal,
    );
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new NomadError(answer.status, shown(answer.body, settings));
  };

  const read = async (path: string, options: CallOptions, signal: AbortSignal): Promise<Answer<unknown>> => {
    const answer = await send('GET', path, options, signal);
    return { value: parse(answer.body, path), index: indexOf(answer), ...nextTokenOf(answer) };
  };

  return {
    get: read,
    async text(path, options, signal) {
      const answer = await send('GET', path, options, signal);
      return { value: answer.body, index: indexOf(answer) };
    },
    async stream(path, options, onPiece, signal) {
      await send('GET', path, options, signal, { onPiece });
    },
    async list<T>(path: string, options: CallOptions, signal: AbortSignal) {
      const { value, ...about } = await read(path, options, signal);
      if (value === null) return { value: [], ...about };
      if (!Array.isArray(value)) throw badAnswer(path, 'a list was expected');
      return { value: value as readonly T[], ...about };
    },
    async object<T>(path: string, options: CallOptions, signal: AbortSignal) {
      const { value, index } = await read(path, options, signal);
      if (!isJsonObject(value)) throw badAnswer(path, 'an object was expected');
      return { value: value as T, index };
    },
    async write(method, path, body, options, signal) {
      const answer = await send(method, path, options, signal, { body });
      return { value: answer.body === '' ? undefined : parse(answer.body, path), index: indexOf(answer) };
    },
  };
}

/** One segment of a path. A job's ID may hold slashes and spaces. */
export const segment = (id: string): string => encodeURIComponent(id);

/** The header that says who asks. */
export const tokenHeader = 'x-nomad-token';

function authHeaders(settings: NomadSettings): Strings {
  const { user, password } = parseAddress(settings.address);
  const auth = user === undefined ? settings.httpAuth : `${user}:${password ?? ''}`;
  const headers: Record<string, string> = {};
  if (settings.token) headers[tokenHeader] = settings.token;
  if (auth)
    headers['authorization'] = `Basic ${Buffer.from(auth.includes(':') ? auth : `${auth}:`).toString('base64')}`;
  for (const [name, value] of Object.entries(headers)) {
    // Said without the value, which is a secret.
    if (!isHeaderValue(value)) {
      throw usageError(
        'invalid_nomad_settings',
        `the value for the header "${name}" holds a character that no header may hold`,
      );
    }
  }
  return headers;
}

/** `?index=1&namespace=default&region=stage&wait=300000ms`: by name, as upstream sends it. */
function queryText(settings: NomadSettings, { namespace = settings.namespace, query, index }: CallOptions): string {
  const all: Record<string, string> = { ...query };
  if (index !== undefined) all['index'] = String(index);
  if (namespace) all['namespace'] = namespace;
  if (settings.region) all['region'] = settings.region;
  if (settings.waitMs > 0) all['wait'] = `${settings.waitMs}ms`;
  let text = '';
  for (const name of Object.keys(all).sort())
    text += `${text === '' ? '?' : '&'}${name}=${escapeQuery(all[name] ?? '')}`;
  return text;
}

/** Nomad holds a query for up to a sixteenth more than was asked, 5 minutes when nothing was. */
function heldTimeoutMs(waitMs: number): number {
  const asked = waitMs > 0 ? waitMs : 300_000;
  return asked + asked / 16 + 10_000;
}

function parse(body: string, path: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    const start = body.slice(0, 60).replaceAll(/\s+/g, ' ');
    throw badAnswer(path, body === '' ? 'it is empty' : `it is no JSON, or not all of it: ${start}…`);
  }
}

function badAnswer(path: string, why: string): AutoscalerError {
  return new AutoscalerError('bad_answer', `Nomad's answer to ${path}: ${why}`, { blame: 'remote' });
}

function indexOf({ headers }: HttpAnswer): number {
  const index = Number(headers['x-nomad-index']);
  return Number.isSafeInteger(index) && index > 0 ? index : 0;
}

function nextTokenOf({ headers }: HttpAnswer): { readonly nextToken?: string } {
  const token = headers['x-nomad-nexttoken'];
  return typeof token === 'string' && token !== '' ? { nextToken: token } : {};
}

function shown(body: string, { token }: NomadSettings): string {
  const text = token ? body.replaceAll(token, '***') : body;
  return text.length > longestBody ? `${text.slice(0, longestBody)}…` : text.trimEnd();
}
