/** Reads maps of texts by a schema: what crosses the plugin wire, flags, settings of plugin blocks. */
import { nearest, orMeant } from '../lib/nearest.ts';
import type { Env } from './parse.ts';
import { type Read, read } from './read.ts';
import type { AttributeField, Entry, Fields, Infer, Schema } from './schema.ts';

export type Texts = Readonly<Record<string, string>>;

/** What somebody should know about one key. */
export interface Problem {
  /**
   * `invalid`: a bad or missing value; the map cannot be used. `unknown`: left out. `renamed`: taken for the key that was meant.
   * `doubtful`: used as it is, though hardly as it was meant.
   */
  readonly kind: 'invalid' | 'unknown' | 'renamed' | 'doubtful';
  readonly key: string;
  /** The text to show: names the key where the schema's own texts do. */
  readonly detail: string;
}

export type Strings<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a map of texts. An empty text counts as absent. Problems come in the order in which the fields were declared.
 * Unknown keys are left out: see `unknownKeys`.
 */
export function parseStrings<F extends Fields>(
  schema: Schema<F>,
  map: Texts,
  env: Env = {},
): Strings<Infer<Schema<F>>> {
  const problems: Problem[] = [];
  const values: [string, unknown][] = [];
  for (const entry of schema.entries) {
    const got = readEntry(entry, map, env);
    if (got.ok) values.push([entry.name, got.value]);
    else problems.push({ kind: 'invalid', key: entry.key, detail: got.why });
  }
  // Without a problem every field has given its value.
  return problems.length === 0
    ? { ok: true, value: Object.fromEntries(values) as Infer<Schema<F>> }
    : { ok: false, problems };
}

function readEntry({ key, field }: Entry, map: Texts, env: Env): Read<unknown> {
  if (field.kind === 'prefix') {
    const own = Object.entries(map).filter(([written]) => written.length > key.length && written.startsWith(key));
    return field.fromTexts(Object.fromEntries(own.map(([written, text]) => [written.slice(key.length), text])));
  }
  if (field.kind === 'attribute') {
    const text = writtenText(key, field, map) || (field.env === undefined ? '' : env[field.env]);
    if (text) return readText(key, field, text);
  }
  if (!field.isRequired) return read(field.whenAbsent(undefined));
  return { ok: false, why: field.missing ?? `"${key}" is required` };
}

function readText(key: string, field: AttributeField<unknown>, text: string): Read<unknown> {
  const got = field.fromText(text);
  if (got.ok) return got;
  return {
    ok: false,
    why: field.invalid?.(field.isSecret ? '' : text, got.why) ?? `invalid value for "${key}": ${got.why}`,
  };
}

/** Under the key itself, else under a known misspelling, else under the key in another case. */
function writtenText(key: string, field: AttributeField<unknown>, map: Texts): string | undefined {
  if (Object.hasOwn(map, key)) return map[key];
  const written = Object.keys(map).find((one) => means(one, key, field));
  return written === undefined ? undefined : map[written];
}

/** What the map holds that the schema does not know by that name, in the map's order. */
export function unknownKeys(schema: Schema, map: Texts): readonly Problem[] {
  const keys = new Set(schema.entries.map((entry) => entry.key));
  const problems: Problem[] = [];
  for (const key of Object.keys(map)) {
    if (keys.has(key) || schema.entries.some((entry) => entry.field.kind === 'prefix' && key.startsWith(entry.key)))
      continue;
    problems.push(unknownKey(schema, key, map));
  }
  return problems;
}

function unknownKey(schema: Schema, key: string, map: Texts): Problem {
  const meant = schema.entries.find(({ key: known, field }) => field.kind === 'attribute' && means(key, known, field));
  if (meant === undefined) {
    const near = nearest(
      key,
      schema.entries.map((entry) => entry.key),
    );
    return { kind: 'unknown', key, detail: `unknown key "${key}"${orMeant(near)}` };
  }
  if (Object.hasOwn(map, meant.key)) {
    return { kind: 'unknown', key, detail: `"${key}" is ignored because "${meant.key}" is given too` };
  }
  return { kind: 'renamed', key, detail: `"${key}" is taken as "${meant.key}"; write "${meant.key}"` };
}

function means(written: string, key: string, { aliases = [] }: { readonly aliases?: readonly string[] }): boolean {
  const fold = (name: string) => name.toLowerCase();
  return written !== key && [key, ...aliases].some((one) => fold(one) === fold(written));
}
