/** What a declaration of configuration is made of: fields that know how to read themselves, and the types that follow from them. */
import type { Range } from '../lib/source.ts';
import type { Block, Body, Value } from './document.ts';
import type { Read } from './read.ts';
import type { Reader } from './scalar.ts';

export interface Facts {
  /** One sentence for the generated tables. */
  readonly doc: string;
  /** The name in HCL where the rule of this file does not give it: `dry-run`, `Job`. */
  readonly key?: string;
  /** Known misspellings and former names: taken as meant, with a warning. */
  readonly aliases?: readonly string[];
  /** The environment variable that counts when nothing is written. */
  readonly env?: string;
  /** What to say instead of our own text when a required value is missing. */
  readonly missing?: string;
  /** What to say instead of our own text about a wrong value. `why` is Go's text where Go has one. */
  readonly invalid?: (raw: string, why: string) => string;
}

interface Common<T> extends Facts {
  readonly isRequired: boolean;
  /** The default as an operator would write it. */
  readonly defaultText?: string;
  /** The value when nothing was written; never asked of a required field. `at`: where it would have stood. */
  whenAbsent(at: Range | undefined): T;
}

/** `key = value` */
export interface AttributeField<T> extends Common<T>, Reader<T> {
  readonly kind: 'attribute';
  /** Never printed: neither its value nor an error's quotation of it. */
  readonly isSecret?: true;
  /** @param rangeOf  where an entry of the value stands, when that can be told. */
  fromValue(value: Value, at?: Range, rangeOf?: (key: string) => Range | undefined): Read<T>;
}

/** Every key that begins with `key` and says more: `header_<Name>`. Only in maps of texts. */
export interface PrefixField<T> extends Common<T> {
  readonly kind: 'prefix';
  readonly key: string;
  readonly type: string;
  /** The texts of the keys, by the rest of their names. */
  fromTexts(texts: Readonly<Record<string, string>>): Read<T>;
}

/** `key { … }` at most once, or `key "label" { … }` any number of times. */
export interface BlockField<T> extends Common<T> {
  readonly kind: 'block';
  /** The names of the labels; none for a plain block. */
  readonly labels: readonly string[];
  readonly atMostOne: boolean;
  /** For the docs. Undefined: any keys. */
  readonly schema: Schema | undefined;
  /** @returns undefined after something was reported. Never asked about no blocks at all. */
  read(blocks: readonly Block[], bodies: BodyReader): T | undefined;
}

/** How a block field reads what is inside: given by the parser, which knows where to report. */
export interface BodyReader {
  read<F extends Fields>(schema: Schema<F>, body: Body): Infer<Schema<F>> | undefined;
  /** Any keys, every value converted to a text. */
  readTexts(body: Body): LocatedTexts | undefined;
}

export type Field<T> = AttributeField<T> | PrefixField<T> | BlockField<T>;

/** Fields by their names in our values. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The fields of one block. Made by `block`. */
export interface Schema<F extends Fields = Fields> {
  readonly fields: F;
  readonly entries: readonly Entry[];
  /** Attributes and blocks that belong elsewhere, and what to do instead. */
  readonly misplaced: Readonly<Record<string, string>>;
}

/** A field with its names. */
export interface Entry {
  /** camelCase, in our values. */
  readonly name: string;
  /** In HCL and in maps of texts. */
  readonly key: string;
  readonly field: Field<unknown>;
}

/** The value of a schema or a field. */
export type Infer<S> =
  S extends Schema<infer F> ? { readonly [K in keyof F]: ValueOf<F[K]> } : S extends Field<infer T> ? T : never;

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** A value and where it was written; without a range when it comes from the environment or a default outside a document. */
export interface Located<T> {
  readonly value: T;
  readonly range: Range | undefined;
}

/** A map that knows where its entries were written. */
export interface LocatedMap<T> {
  readonly value: T;
  rangeOf(key: string): Range | undefined;
}

export interface LocatedText {
  readonly value: string;
  readonly range: Range;
  readonly nameRange: Range;
}

/** By key, in document order. */
export type LocatedTexts = ReadonlyMap<string, LocatedText>;

/** One labelled block. */
export interface Labelled<T> {
  readonly label: string;
  /** Its type and label. */
  readonly range: Range;
  readonly value: T;
}
