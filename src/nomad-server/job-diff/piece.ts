/** A job taken apart into what a diff shows: fields with texts for values, and named parts. Source: spec nomad-api.md J8. */

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** One block. */
export interface Piece {
  readonly fields: readonly Field[];
  readonly parts: readonly Part[];
}

/**
 * The blocks of one name. Those of the same key are compared with each other: a block that can be there once has the key
 * ''; of blocks without a name of their own the content is the key, so that they only come and go. Texts are a set.
 */
export type Part =
  | { readonly name: string; readonly blocks: ReadonlyMap<string, Piece> }
  | { readonly name: string; readonly texts: readonly string[] };

export interface Form {
  /** Members that no diff shows. */
  readonly hidden?: readonly string[];
  /** The member by which blocks of a list are matched. */
  readonly key?: string;
}

/** Members that hold texts under free names: they show as fields, `Meta[owner]`. */
const maps = new Set(['Meta', 'Env', 'CanaryMeta', 'TaggedAddresses', 'Header', 'GetterOptions', 'GetterHeaders']);

/** Takes a plain object apart: what is null is not there. */
export function pieceOf(value: object, { hidden = [] }: Form = {}): Piece {
  const fields: Field[] = [];
  const parts: Part[] = [];
  for (const [name, one] of Object.entries(value)) {
    if (hidden.includes(name) || one === null || one === undefined) continue;
    if (typeof one !== 'object') fields.push({ name, value: String(one) });
    else if (maps.has(name)) fields.push(...flat(one, name));
    else if (!Array.isArray(one)) parts.push(blockPart(name, one));
    else if (one.some((item) => typeof item === 'object')) parts.push(listPart(singular(name), one));
    else parts.push({ name, texts: one.map(String) });
  }
  return { fields, parts };
}

/** A block that may be there once. */
export function blockPart(name: string, value: object | null, form?: Form): Part {
  return { name, blocks: value === null ? new Map() : new Map([['', pieceOf(value, form)]]) };
}

/** A block of which Nomad knows nothing: `args[0]`, `port_map[0][http]`. */
export function freePart(name: string, value: object | null): Part {
  return { name, blocks: value === null ? new Map() : new Map([['', { fields: flat(value), parts: [] }]]) };
}

export function listPart(name: string, list: readonly object[] | null, form: Form = {}): Part {
  const { key } = form;
  const keyOf = (one: object) => (key === undefined ? undefined : Object.entries(one).find(([at]) => at === key)?.[1]);
  return { name, blocks: new Map((list ?? []).map((one) => [keyOf(one) ?? JSON.stringify(one), pieceOf(one, form)])) };
}

/** Blocks under their labels. */
export function labelledPart(name: string, blocks: Readonly<Record<string, object>> | null): Part {
  return { name, blocks: new Map(Object.entries(blocks ?? {}).map(([key, one]) => [key, pieceOf(one)])) };
}

const singular = (name: string) => name.replace(/ies$/, 'y').replace(/s$/, '');

/** @returns every value below, each under the path that leads to it. */
function flat(value: object, path = ''): readonly Field[] {
  return Object.entries(value).flatMap(([key, one]) => {
    const name = path === '' ? key : `${path}[${key}]`;
    if (one === null || one === undefined) return [];
    return typeof one === 'object' ? flat(one, name) : [{ name, value: String(one) }];
  });
}
