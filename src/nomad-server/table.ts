/** A table that is kept between two lives of the server. */
export interface SavedTable<Row> {
  /** Of the last write. */
  readonly index: number;
  /** With their keys, in the order in which these were first written. */
  readonly rows: readonly (readonly [string, Row])[];
}

/** One kind of record by key, with the index of its last write. */
export class Table<Row> {
  readonly name: string;
  readonly #rows = new Map<string, Row>();
  #sortedKeys: readonly string[] | undefined;
  #index = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The index of the last write; 0 while untouched. */
  get index(): number {
    return this.#index;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** In the order in which the keys were first written. */
  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  /** With their keys, in the order in which these were first written. */
  entries(): IterableIterator<[string, Row]> {
    return this.#rows.entries();
  }

  /** In the order of the keys. */
  *sorted(): Generator<Row> {
    this.#sortedKeys ??= [...this.#rows.keys()].sort();
    for (const key of this.#sortedKeys) {
      const row = this.#rows.get(key);
      if (row !== undefined) yield row;
    }
  }

  /** What is there now; it stays as it is. */
  saved(): SavedTable<Row> {
    return { index: this.#index, rows: [...this.#rows] };
  }

  /** Takes up what was kept, into an empty table. */
  load({ index, rows }: SavedTable<Row>): void {
    for (const [key, row] of rows) this.#rows.set(key, row);
    this.#sortedKeys = undefined;
    this.#index = index;
  }

  put(index: number, key: string, row: Row): void {
    const { size } = this.#rows;
    this.#rows.set(key, row);
    if (this.#rows.size > size) this.#sortedKeys = undefined;
    this.#index = index;
  }

  delete(index: number, key: string): void {
    if (!this.#rows.delete(key)) return;
    this.#sortedKeys = undefined;
    this.#index = index;
  }
}

/** Records of one table by a second key, for tables whose rows never change that key. */
export class Grouping<Row> {
  readonly #groups = new Map<string, Map<string, Row>>();

  /** In the order in which the records were first written. */
  of(group: string): ReadonlyMap<string, Row> {
    return this.#groups.get(group) ?? new Map();
  }

  put(group: string, key: string, row: Row): void {
    let rows = this.#groups.get(group);
    if (rows === undefined) {
      rows = new Map();
      this.#groups.set(group, rows);
    }
    rows.set(key, row);
  }

  delete(group: string, key: string): void {
    const rows = this.#groups.get(group);
    rows?.delete(key);
    if (rows?.size === 0) this.#groups.delete(group);
  }
}
