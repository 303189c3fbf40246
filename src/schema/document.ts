/**
 * What a schema reads: bodies of attributes and blocks that know where they stand. HCL's native and JSON syntax
 * offer it, and so does a plain map of texts. In JSON only the shape that is asked for tells a block from an attribute.
 */
import type { Range, Report } from '../lib/source.ts';

/** An evaluated value. Integers beyond 2^53 are bigint; all other numbers are plain. */
export type Value = null | boolean | number | bigint | string | readonly Value[] | { readonly [key: string]: Value };

export interface Attribute {
  readonly name: string;
  readonly nameRange: Range;
  readonly valueRange: Range;
  /** @returns undefined after reporting what is wrong with the expression. */
  evaluate(report: Report): Value | undefined;
  /** Where the entry `key` of an object, or the element at an index, stands; undefined when that cannot be told. */
  rangeOf(key: string | number): Range | undefined;
}

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly labelRanges: readonly Range[];
  /** The type and its labels: what an error about the block as a whole points at. */
  readonly range: Range;
  readonly body: Body;
}

export interface BlockShape {
  readonly type: string;
  /** The names of its labels, for error texts. */
  readonly labels: readonly string[];
}

export interface BodyShape {
  readonly attributes: readonly string[];
  readonly blocks: readonly BlockShape[];
  /** Names that people write here and that are not known here, each with a sentence on what to do instead. */
  readonly advice?: Readonly<Record<string, string>>;
}

export interface BodyContent {
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** In document order. */
  readonly blocks: readonly Block[];
}

export interface Body {
  /** What an error about something missing points at: the end of the body's head, or the file's end. */
  readonly missingRange: Range;
  /** Reports what the shape does not know, with the nearest known name, wrong label counts and repeated attributes. */
  content(shape: BodyShape, report: Report): BodyContent;
  /** Takes every item as an attribute, in document order; reports blocks. */
  attributes(report: Report): readonly Attribute[];
}
