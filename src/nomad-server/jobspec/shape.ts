/** How a block of a job file becomes an object of the API's JSON: tables of these stand in `shapes.ts`. */

/** What stands in the JSON when the file says nothing. */
type Absent = null | '' | 0 | false | number | string | boolean;

export type Item =
  | { readonly kind: 'text' | 'number' | 'flag' | 'duration'; readonly json: string; readonly absent: Absent }
  | { readonly kind: 'texts' | 'map' | 'free'; readonly json: string }
  /** One block. */
  | { readonly kind: 'block'; readonly json: string; readonly shape: Shape }
  /** Any number of blocks: a list of objects, or, with `keyed`, an object of them by their label. */
  | { readonly kind: 'blocks'; readonly json: string; readonly shape: Shape; readonly keyed?: true };

export interface Shape {
  /** The JSON name of the block's label. */
  readonly label?: string;
  /** By the name in the file. Two names of one JSON key: the one that is there counts. */
  readonly items: Readonly<Record<string, Item>>;
  /** Names that must be there. */
  readonly required?: readonly string[];
  /** Members of the JSON that no file can set. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Last touch, for what no table can say. @returns what is wrong with the label, or nothing. */
  readonly finish?: (
    made: Record<string, unknown>,
  ) => { readonly summary: string; readonly detail: string } | undefined;
}

export const text = (json: string, absent: Absent = ''): Item => ({ kind: 'text', json, absent });
export const number = (json: string, absent: Absent = null): Item => ({ kind: 'number', json, absent });
export const flag = (json: string, absent: Absent = null): Item => ({ kind: 'flag', json, absent });
/** Nanoseconds in the JSON; Go duration text, or a number of nanoseconds, in the file. */
export const duration = (json: string, absent: Absent = null): Item => ({ kind: 'duration', json, absent });
export const texts = (json: string): Item => ({ kind: 'texts', json });
/** A block or an attribute of texts. */
export const map = (json: string): Item => ({ kind: 'map', json });
/** Nomad looks at none of it: a body becomes an object, a block in it a list of objects. Source: spec jobspec.md §6. */
export const free = (json: string): Item => ({ kind: 'free', json });
export const block = (json: string, shape: Shape): Item => ({ kind: 'block', json, shape });
export const blocks = (json: string, shape: Shape): Item => ({ kind: 'blocks', json, shape });
export const keyed = (json: string, shape: Shape): Item => ({ kind: 'blocks', json, shape, keyed: true });
