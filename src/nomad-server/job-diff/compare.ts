/** Compares two pieces of a job. Source: spec nomad-api.md J8. */
import type { DiffType, FieldDiff, ObjectDiff } from '../../nomad/plan-types.ts';
import type { Field, Part, Piece } from './piece.ts';

function fieldDiff(name: string, before: string, after: string): FieldDiff {
  const type = before === after ? 'None' : before === '' ? 'Added' : after === '' ? 'Deleted' : 'Edited';
  return { Type: type, Name: name, Old: before, New: after, Annotations: null };
}

/**
 * The fields, by name.
 *
 * @param context  also those that are the same on both sides.
 * @returns        null for none.
 */
export function compareFields(
  before: readonly Field[],
  after: readonly Field[],
  context: boolean,
): readonly FieldDiff[] | null {
  const old = new Map(before.map(({ name, value }) => [name, value]));
  const now = new Map(after.map(({ name, value }) => [name, value]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(byCode);
  const all = names.map((name) => fieldDiff(name, old.get(name) ?? '', now.get(name) ?? ''));
  return orNull(context ? all : all.filter(isChange));
}

/** The parts that differ, in the order in which they stand. @returns null for none. */
export function compareParts(before: readonly Part[], after: readonly Part[]): readonly ObjectDiff[] | null {
  const old = new Map(before.map((part) => [part.name, part]));
  const now = new Map(after.map((part) => [part.name, part]));
  const names = new Set([...now.keys(), ...old.keys()]);
  return orNull([...names].flatMap((name) => comparePart(name, old.get(name), now.get(name))));
}

const order: readonly DiffType[] = ['Edited', 'Added', 'Deleted', 'None'];

function comparePart(name: string, before: Part | undefined, after: Part | undefined): readonly ObjectDiff[] {
  if (isTexts(before) || isTexts(after)) {
    return compareTexts(name, isTexts(before) ? before.texts : [], isTexts(after) ? after.texts : []);
  }
  const old = before?.blocks ?? new Map<string, Piece>();
  const now = after?.blocks ?? new Map<string, Piece>();
  const found = [...new Set([...old.keys(), ...now.keys()])].flatMap(
    (key) => comparePieces(name, old.get(key), now.get(key)) ?? [],
  );
  return found.sort((a, b) => order.indexOf(a.Type) - order.indexOf(b.Type));
}

const isTexts = (part: Part | undefined): part is Extract<Part, { texts: unknown }> =>
  part !== undefined && 'texts' in part;

function comparePieces(name: string, before: Piece | undefined, after: Piece | undefined): ObjectDiff | undefined {
  const fields = compareFields(before?.fields ?? [], after?.fields ?? [], true);
  const objects = compareParts(before?.parts ?? [], after?.parts ?? []);
  const type = typeOf(before, after);
  if (type === 'Edited' && objects === null && !fields?.some(isChange)) return undefined;
  return { Type: type, Name: name, Fields: fields, Objects: objects };
}

/** Members of a set have no names of their own: each is called as the set is. */
function compareTexts(name: string, before: readonly string[], after: readonly string[]): readonly ObjectDiff[] {
  const values = [...new Set([...before, ...after])].sort(byCode);
  const fields = values.map((value) =>
    fieldDiff(name, before.includes(value) ? value : '', after.includes(value) ? value : ''),
  );
  const [one, ...others] = new Set(fields.filter(isChange).map(({ Type }) => Type));
  if (one === undefined) return [];
  return [{ Type: others.length > 0 ? 'Edited' : one, Name: name, Fields: fields, Objects: null }];
}

/** What became of a thing that is there before, after, or both. */
export function typeOf(before: unknown, after: unknown): 'Added' | 'Deleted' | 'Edited' {
  return before === undefined ? 'Added' : after === undefined ? 'Deleted' : 'Edited';
}

export const isChange = ({ Type }: { readonly Type: DiffType }): boolean => Type !== 'None';

export function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

export const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
