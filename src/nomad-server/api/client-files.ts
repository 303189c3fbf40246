/** Reading files of an allocation in pieces, and what is said when there are none. Compat: texts of spec nomad-api.md §8 (A8). */
import { isUtf8 } from 'node:buffer';
import { type Allocation, isClientTerminal } from '../allocation.ts';
import type { AllocationFiles } from '../allocation-files.ts';
import { Refusal } from '../refusal.ts';
import { watchKey } from '../watch.ts';
import type { Call } from './call.ts';
import { allocationOf, reached } from './client-lookup.ts';
import type { ApiResponse } from './http.ts';
import type { ApiParts } from './parts.ts';
import { pause } from './pause.ts';

const heartbeatMs = 1000;
const pieceBytes = 64 * 1024;
/** What the host's folder is called in error texts. */
const root = '/var/lib/nomad/alloc';

/** What goes wrong while a file is read. */
export class Missing extends Refusal {}

export const missing = (what: string, id: string, path: string): Refusal =>
  new Missing(404, `${what} ${root}/${id}/${path}: no such file or directory`);

/** @throws a refusal when there is none, nobody to ask about it, or nothing left of it. */
export function lookUp({ store, clients }: ApiParts, id: string): Allocation {
  const allocation = allocationOf(store, id);
  reached(store.node(allocation.NodeID));
  if (clients.hasCollected(id)) throw new Refusal(404, `state for allocation ${id} not found on client`);
  return allocation;
}

/** A part of a file. */
export interface Piece {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The position behind it in its file. */
  readonly end: number;
}

/** Gives one piece after the other; undefined at the end as it is by then. */
export type Reader = () => Promise<Piece | undefined>;

/** @param offset  bytes that are passed over. */
export function fileReader(files: AllocationFiles, path: string, offset: number): Reader {
  let at = offset;
  return async () => {
    const bytes = await files.read(path, at, pieceBytes);
    at += bytes.length;
    return bytes.length === 0 ? undefined : { path, bytes, end: at };
  };
}

/** @returns a reader that stops after so many bytes. */
export function bounded(read: Reader, most: number): Reader {
  let left = most;
  return async () => {
    const piece = left <= 0 ? undefined : await read();
    if (piece === undefined) return undefined;
    const bytes = piece.bytes.subarray(0, left);
    left -= bytes.length;
    return { ...piece, bytes, end: piece.end - piece.bytes.length + bytes.length };
  };
}

export const frameOf = ({ path, bytes, end }: Piece): string =>
  JSON.stringify({ Data: Buffer.from(bytes).toString('base64'), File: path, Offset: end });

/** All that there is. What fits into one piece of text is answered as text. */
export async function whole(read: Reader, headers: ApiResponse['headers'], isPlain: boolean): Promise<ApiResponse> {
  const first = await read();
  const second = first === undefined ? undefined : await read();
  const shown = (piece: Piece) => (isPlain ? piece.bytes : frameOf(piece));
  if (first === undefined) return { status: 200, headers, body: '' };
  if (second === undefined && (!isPlain || isUtf8(first.bytes))) {
    return { status: 200, headers, body: isPlain ? Buffer.from(first.bytes).toString() : frameOf(first) };
  }
  async function* pieces(from: Piece) {
    yield shown(from);
    for (let next = second; next !== undefined; next = await read()) yield shown(next);
  }
  return { status: 200, headers, body: pieces(first) };
}

/** Goes on until the allocation is over, with `{}` between frames while nothing is written. */
export async function* followed(
  parts: ApiParts,
  call: Call,
  { id, read, isPlain }: { readonly id: string; readonly read: Reader; readonly isPlain: boolean },
): AsyncGenerator<string | Uint8Array> {
  const { reader, store, clients, world } = parts;
  const { signal } = call;
  const first = store.allocation(id);
  let wake: () => void = () => undefined;
  let isWritten = false;
  const stop =
    first &&
    clients.filesOf(first).onWrite(() => {
      isWritten = true;
      wake();
    });
  try {
    let silentSince = world.clock.now();
    while (!signal?.aborted) {
      isWritten = false;
      const allocation = store.allocation(id);
      const isOver = allocation === undefined || isClientTerminal(allocation);
      for (let piece = await read(); piece !== undefined; piece = await read()) {
        yield isPlain ? piece.bytes : frameOf(piece);
        silentSince = world.clock.now();
        if (signal?.aborted) return;
      }
      if (isOver) return;
      if (isWritten) continue;
      const onWake = (run: () => void) => {
        wake = run;
        return store.watches.watch([watchKey.allocation(id)], run);
      };
      const leftMs = silentSince + heartbeatMs - world.clock.now();
      await pause({ timers: reader.timers, ms: Math.max(leftMs, 0), signal, onWake });
      if (world.clock.now() - silentSince < heartbeatMs) continue;
      silentSince = world.clock.now();
      if (!isPlain && !signal?.aborted) yield '{}';
    }
  } finally {
    stop?.();
  }
}
