/** Requests and answers of the API, without a socket: what a `fetch` takes and gives, made light. */
import { isJsonObject } from '../../lib/json.ts';

export interface ApiRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly url: string;
  /** The whole body; '' when there is none. */
  readonly body: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Aborted when the asking side goes away. */
  readonly signal: AbortSignal | undefined;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or pieces of it as they come. */
  readonly body: string | AsyncIterable<string | Uint8Array>;
}

const plainText = 'text/plain; charset=utf-8';
const noHeaders: Readonly<Record<string, string>> = {};

/** What Nomad tells beside the answer to a read. */
export const readHeaders = (index: number, knownLeader = true): Readonly<Record<string, string>> => ({
  'X-Nomad-Index': String(index),
  'X-Nomad-KnownLeader': String(knownLeader),
  'X-Nomad-LastContact': '0',
});

export function textReply(status: number, body: string, headers = noHeaders): ApiResponse {
  return { status, headers: { 'Content-Type': plainText, ...headers }, body };
}

export function emptyReply(status: number, headers = noHeaders): ApiResponse {
  return { status, headers, body: '' };
}

export function jsonReply(value: unknown, pretty: boolean, headers = noHeaders): ApiResponse {
  const body = pretty ? `${JSON.stringify(value, sortKeys, 4)}\n` : JSON.stringify(value);
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body };
}

/** What people read is in the order of the names. */
function sortKeys(_: string, value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
