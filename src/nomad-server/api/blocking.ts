/**
 * Reads that wait: a query says what it looks at and which index its answer has; it is asked again only when
 * something of that changed. Compat: spec nomad-api.md §1.4–1.5.
 */
import type { StateStore } from '../state-store.ts';
import type { Timers } from '../timers.ts';
import { type Call, type Waiting, waitingOf } from './call.ts';
import { type ApiResponse, jsonReply, readHeaders, textReply } from './http.ts';
import { pause } from './pause.ts';

export interface Query {
  /** See `watchKey`. */
  readonly keys: readonly string[];
  /** The index of the answer as it would be now; cheap. */
  index(): number;
  read(): Found | Missing;
}

export interface Found {
  readonly value: unknown;
  /** The first item of the next page. */
  readonly nextToken?: string | undefined;
}

/** There is no such object. */
export interface Missing {
  readonly missing: string;
}

export interface Reader {
  readonly store: StateStore;
  readonly timers: Timers;
  readonly random: () => number;
}

/** Answers a read, at once or when it changes. */
export function answer(reader: Reader, call: Call, query: Query): Promise<ApiResponse> {
  const waiting = waitingOf(call);
  const { isPretty } = call;
  if (waiting.index === 0 || query.index() > waiting.index) return Promise.resolve(reply(query, isPretty));
  return untilNewer(reader, query, waiting, call.signal).then(() => reply(query, isPretty));
}

function reply(query: Query, isPretty: boolean): ApiResponse {
  const index = query.index();
  const found = query.read();
  const headers = readHeaders(index);
  if ('missing' in found) return textReply(404, found.missing, headers);
  const next = found.nextToken === undefined ? {} : { 'X-Nomad-NextToken': found.nextToken };
  return jsonReply(found.value, isPretty, { ...headers, ...next });
}

/** Waits are lengthened by up to this part, so that they do not all end at once. */
const spread = 1 / 16;

function untilNewer(reader: Reader, query: Query, waiting: Waiting, signal: AbortSignal | undefined): Promise<void> {
  const { store, timers, random } = reader;
  const onWake = (wake: () => void) => store.watches.watch(query.keys, () => query.index() > waiting.index && wake());
  return pause({ timers, ms: waiting.waitMs * (1 + random() * spread), signal, onWake });
}
