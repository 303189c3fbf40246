/**
 * The ways to declare configuration once: `block({ authUrl: url({ doc }), waitMs: duration({ doc, default: '2m' }) })`.
 * Keys are camelCase here and snake_case in HCL; a duration ends in `Ms` here and drops it there.
 */
import { parseDuration } from '../lib/duration.ts';
import type { Range } from '../lib/source.ts';
import type { Body } from './document.ts';
import { type Read, read, readEntries } from './read.ts';
import {
  boolReader,
  durationReader,
  integerReader,
  isList,
  listReader,
  mapReader,
  numberReader,
  oneOfReader,
  type Reader,
  textReader,
  urlReader,
} from './scalar.ts';

import type {
  AttributeField,
  BlockField,
  BodyReader,
  Facts,
  Field,
  Fields,
  Infer,
  Labelled,
  Located,
  LocatedMap,
  PrefixField,
  Schema,
} from './schema.ts';

/**
 * Declares a block or a whole document.
 *
 * @param misplaced  attributes and blocks that people write here and that belong elsewhere, each with what to do instead: a
 *                   sentence that follows the error.
 */
export function block<const F extends Fields>(fields: F, misplaced: Readonly<Record<string, string>> = {}): Schema<F> {
  const entries = Object.entries(fields).map(([name, field]) => ({ name, key: keyOf(name, field), field }));
  return { fields, entries, misplaced };
}

function keyOf(name: string, field: Field<unknown>): string {
  if (field.key !== undefined) return field.key;
  const isDuration = field.kind === 'attribute' && field.type === 'duration';
  const stem = isDuration ? name.replace(/Ms$/, '') : name;
  return stem.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface Default<T> {
  readonly default?: T;
}

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

/** A type of one's own. */
export function attribute<T>(reader: Reader<T>, facts: Facts & Default<T>): AttributeField<T> {
  const { default: value, ...rest } = facts;
  return withDefault({ ...rest, ...reader, ...mandatory, kind: 'attribute' }, value, String(value));
}

function withDefault<T>(field: AttributeField<T>, value: T | undefined, text: string): AttributeField<T> {
  if (value === undefined) return field;
  return { ...field, isRequired: false, defaultText: text, whenAbsent: () => value };
}

const mandatory = {
  isRequired: true,
  whenAbsent(): never {
    throw new Error('a required field has no value of its own');
  },
};

/** Any text. */
export const text = (facts: Facts & Default<string>): AttributeField<string> => attribute(textReader, facts);

/** Text that never reaches a log, an error or an answer. */
export const secret = (facts: Facts): AttributeField<string> => ({ ...attribute(textReader, facts), isSecret: true });

/** An absolute URL, kept as written. */
export const url = (facts: Facts & Default<string>): AttributeField<string> => attribute(urlReader, facts);

/** True or false, in any of the forms that Go reads. */
export const bool = (facts: Facts & Default<boolean>): AttributeField<boolean> => attribute(boolReader, facts);

/** A number, with or without a fraction. */
export const number = (facts: Facts & Default<number> & Limits): AttributeField<number> =>
  attribute(numberReader(facts.min, facts.max), facts);

/** A whole number; a fraction is an error. */
export const integer = (facts: Facts & Default<number> & Limits): AttributeField<number> =>
  attribute(integerReader(facts.min, facts.max), facts);

/** Go duration text (`2m`, which is also how a default is written), in milliseconds. */
export function duration(facts: Facts & Default<string> & { readonly minMs?: number }): AttributeField<number> {
  const { default: text, ...rest } = facts;
  const field = attribute(durationReader(facts.minMs), rest);
  return text === undefined ? field : withDefault(field, parseDuration(text), text);
}

/** One of some words. */
export const oneOf = <const T extends string>(values: readonly T[], facts: Facts & Default<T>): AttributeField<T> =>
  attribute(oneOfReader(values), facts);

/** A list of what `element` reads, with the doc and key of `element`. In texts its elements are separated by commas. */
export const listOf = <T>(element: AttributeField<T>): AttributeField<readonly T[]> => ({
  ...element,
  ...mandatory,
  ...listReader(element),
});

/** One of what `element` reads or a list of them; a list in any case. */
export function oneOrListOf<T>(element: AttributeField<T>): AttributeField<readonly T[]> {
  const list = listOf(element);
  return {
    ...list,
    type: `${element.type} or ${list.type}`,
    fromValue: (value) => list.fromValue(isList(value) ? value : [value]),
  };
}

/** `key = { a = … }`, every value as `element` reads it, with the doc and key of `element`. */
export const mapOf = <T>(element: AttributeField<T>): AttributeField<Readonly<Record<string, T>>> => ({
  ...element,
  ...mandatory,
  ...mapReader(element),
});

/** In a map of texts: every key that begins with `prefix`, by the rest of its name. None at all is an empty map. */
export function withPrefix<T>(prefix: string, element: AttributeField<T>): PrefixField<Readonly<Record<string, T>>> {
  return {
    kind: 'prefix',
    doc: element.doc,
    type: element.type,
    key: prefix,
    isRequired: false,
    whenAbsent: () => ({}),
    fromTexts: (texts) => readEntries(Object.entries(texts), (text) => element.fromText(text)),
  };
}

/** May be left out, and is undefined then. */
export function optional<T>(field: AttributeField<T>): AttributeField<T | undefined>;
export function optional<T>(field: BlockField<T>): BlockField<T | undefined>;
export function optional<T>(field: AttributeField<T> | BlockField<T>): Field<T | undefined> {
  return { ...field, isRequired: false, whenAbsent: () => undefined };
}

/** Tells where the value stands, for rules that come later. Goes around `optional`, not into it. */
export function located<T>(field: AttributeField<T>): AttributeField<Located<T>> {
  const place = (got: Read<T>, range: Range | undefined): Read<Located<T>> =>
    got.ok ? read({ value: got.value, range }) : got;
  return {
    ...field,
    fromValue: (value, at) => place(field.fromValue(value, at), at),
    fromText: (text) => place(field.fromText(text), undefined),
    whenAbsent: (at) => ({ value: field.whenAbsent(at), range: at }),
  };
}

/** Tells where each entry of a map stands. Goes around `optional`, not into it. */
export function locatedMap<T>(field: AttributeField<T>): AttributeField<LocatedMap<T>> {
  const place = (got: Read<T>, rangeOf: (key: string) => Range | undefined): Read<LocatedMap<T>> =>
    got.ok ? read({ value: got.value, rangeOf }) : got;
  const nowhere = () => undefined;
  return {
    ...field,
    fromValue: (value, at, rangeOf = nowhere) => place(field.fromValue(value, at), rangeOf),
    fromText: (text) => place(field.fromText(text), nowhere),
    whenAbsent: (at) => ({ value: field.whenAbsent(at), rangeOf: nowhere }),
  };
}

/** `key { … }`, once. */
export function nested<F extends Fields>(schema: Schema<F>, facts: Facts): BlockField<Infer<Schema<F>>> {
  return {
    ...facts,
    ...mandatory,
    kind: 'block',
    labels: [],
    atMostOne: true,
    schema,
    read: ([first], bodies) => first && bodies.read(schema, first.body),
  };
}

interface LabelFacts extends Facts {
  /** What the label is called in errors and docs. */
  readonly label: string;
}

/** `key "label" { … }`, any number of times, in document order. With a text for `missing`: at least once. */
export const labelled = <F extends Fields>(schema: Schema<F>, facts: LabelFacts) =>
  labelledBlocks(facts, schema, (body, bodies) => bodies.read(schema, body));

/** `key "label" { anything = "as text" }`, any number of times. Lists, maps and blocks inside are errors. */
export const labelledTexts = (facts: LabelFacts) =>
  labelledBlocks(facts, undefined, (body, bodies) => bodies.readTexts(body));

function labelledBlocks<T>(
  { label, ...facts }: LabelFacts,
  schema: Schema | undefined,
  readOne: (body: Body, bodies: BodyReader) => T | undefined,
): BlockField<readonly Labelled<T>[]> {
  return {
    ...facts,
    kind: 'block',
    labels: [label],
    atMostOne: false,
    schema,
    isRequired: facts.missing !== undefined,
    whenAbsent: () => [],
    read(blocks, bodies) {
      const all = blocks.map((one) => {
        const value = readOne(one.body, bodies);
        return value === undefined ? undefined : { label: one.labels[0] ?? '', range: one.range, value };
      });
      const good = all.filter((one) => one !== undefined);
      return good.length === all.length ? good : undefined;
    },
  };
}

/** A labelled block that stands exactly once; at most once inside `optional`. */
export const once = <T>(field: BlockField<readonly T[]>): BlockField<T> => ({
  ...field,
  ...mandatory,
  atMostOne: true,
  read: (blocks, bodies) => field.read(blocks, bodies)?.[0],
});
