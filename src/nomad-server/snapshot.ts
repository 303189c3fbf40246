/**
 * The state as text, to be kept between two lives of the server: a line of JSON for each record, read and written one
 * by one. What records share is written once and shared again when it is read. Pure.
 *
 *     {"nomad-autoscaler state":1,"index":812,…}      the head: format, and what stands alone
 *     ["table","allocations",812]                     what follows is of this table; the index of its last write
 *     {"#":17,"is":{…}}                               a value that later lines name by {"#":17}
 *     ["<key>",{…}]                                   a record
 *     ["end",4711,"<sha-256 of all lines before>"]
 */
import { createHash } from 'node:crypto';
import { usageError } from '../lib/error.ts';
import { isJsonObject } from '../lib/json.ts';
import { type SavedState, type SavedTables, type TableName, tableNames } from './saved-state.ts';
import { Packer, pack, Unpacker, unpack } from './snapshot-rows.ts';
import type { SavedTable } from './table.ts';

const mark = 'nomad-autoscaler state';
const version = 1;

/** @returns the lines, without their ends. */
export function* encodeState({ tables, ...alone }: SavedState): Generator<string> {
  const hash = createHash('sha256');
  const packer = new Packer();
  let count = 0;
  function* lines(): Generator<string> {
    yield JSON.stringify({ [mark]: version, ...alone });
    for (const name of tableNames) {
      const table: SavedTable<unknown> = tables[name];
      yield JSON.stringify(['table', name, table.index]);
      for (const [key, row] of table.rows) {
        const packed = JSON.stringify([key, pack(name, row, packer)]);
        yield* packer.definitions();
        yield packed;
        count++;
      }
    }
  }
  for (const line of lines()) {
    hash.update(line).update('\n');
    yield line;
  }
  yield JSON.stringify(['end', count, hash.digest('hex')]);
}

/** Takes the lines one by one. */
export class StateDecoder {
  readonly #hash = createHash('sha256');
  readonly #values = new Unpacker();
  readonly #tables = new Map<string, { index: number; rows: (readonly [string, unknown])[] }>();
  #alone: Omit<SavedState, 'tables'> | undefined;
  #table: { readonly name: TableName; readonly rows: (readonly [string, unknown])[] } | undefined;
  #line = 0;
  #count = 0;
  #isWhole = false;

  /** @throws `state_unreadable` (usage). */
  take(line: string): void {
    this.#line++;
    if (this.#isWhole) throw damaged(`something follows its end in line ${this.#line}`);
    const value = parsed(line);
    if (this.#alone === undefined) {
      this.#alone = headOf(value);
    } else if (isJsonObject(value)) {
      this.#values.define(value);
    } else if (Array.isArray(value) && value.length === 3) {
      const [kind, what, more] = value;
      if (kind === 'end') {
        this.#end(what, more);
        return;
      }
      this.#begin(what, more);
    } else if (Array.isArray(value) && this.#table !== undefined && typeof value[0] === 'string') {
      const { name, rows } = this.#table;
      rows.push([value[0], unpack(name, value[1], this.#values)]);
      this.#count++;
    } else {
      throw damaged(`line ${this.#line} is none of its kinds of lines`);
    }
    this.#hash.update(line).update('\n');
  }

  /** @throws `state_unreadable` (usage) when lines are missing. */
  finish(): SavedState {
    if (this.#alone === undefined) throw foreign();
    if (!this.#isWhole) throw damaged(`its end is missing after line ${this.#line}`);
    const tables = Object.fromEntries(
      tableNames.map((name) => [name, this.#tables.get(name) ?? { index: 0, rows: [] }]),
    );
    // The hash says that these are the lines that `encodeState` wrote.
    return { ...this.#alone, tables: tables as unknown as SavedTables };
  }

  #begin(name: unknown, index: unknown): void {
    const known = tableNames.find((one) => one === name);
    if (known === undefined || typeof index !== 'number') throw damaged(`line ${this.#line} names no table of it`);
    const table = { index, rows: [] };
    this.#tables.set(known, table);
    this.#table = { name: known, rows: table.rows };
  }

  #end(count: unknown, digest: unknown): void {
    if (count !== this.#count || digest !== this.#hash.digest('hex'))
      throw damaged('its sums are not those of its lines');
    this.#isWhole = true;
  }
}

export function decodeState(lines: Iterable<string>): SavedState {
  const decoder = new StateDecoder();
  for (const line of lines) decoder.take(line);
  return decoder.finish();
}

function headOf(value: unknown): Omit<SavedState, 'tables'> {
  if (!isJsonObject(value) || !(mark in value)) throw foreign();
  if (value[mark] !== version) {
    throw usageError(
      'state_unreadable',
      `it has format ${String(value[mark])}, and this program reads format ${version}`,
    );
  }
  const { [mark]: _, ...alone } = value;
  // Written by `encodeState`, as the hash at the end will tell.
  return alone as unknown as Omit<SavedState, 'tables'>;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const foreign = () => usageError('state_unreadable', 'it holds no state of the embedded Nomad');
const damaged = (how: string) => usageError('state_unreadable', `it is damaged: ${how}`);
