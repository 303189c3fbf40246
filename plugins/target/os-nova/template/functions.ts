/** The functions that a template can call. Compat: Go text/template's, with its texts about wrong arguments. */
import type { Bytes } from './bytes.ts';
import { isEqual, isLess } from './compare.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import { print, printFormat, printLine } from './format.ts';
import { asInteger, Byte, CallFault, isTrue, typeName, type Value } from './value.ts';

export interface TemplateFunction {
  /** How many arguments it takes at least. */
  readonly least: number;
  /** It takes no more than these. */
  readonly exact: boolean;
  /** The first argument must be a string. */
  readonly wantsFormat: boolean;
  /** @throws CallFault */
  call(args: readonly Value[]): Value;
}

const fixed = (least: number, call: (...args: readonly Value[]) => Value): TemplateFunction => ({
  least,
  exact: true,
  wantsFormat: false,
  call: (args) => call(...args),
});

const open = (least: number, call: (args: readonly Value[]) => Value): TemplateFunction => ({
  least,
  exact: false,
  wantsFormat: false,
  call,
});

/** Takes what the values would look like in the output. */
const escaper = (safe: (text: Bytes) => Bytes) =>
  open(0, (args) => safe(print(args.map((value) => (value === undefined ? '<no value>' : value)))));

const functions: ReadonlyMap<Bytes, TemplateFunction> = new Map(
  Object.entries({
    // These two look at their arguments one by one: see Evaluation.
    and: open(1, (args) => args.at(-1)),
    or: open(1, (args) => args.at(-1)),
    not: fixed(1, (value) => !isTrue(value)),
    eq: open(1, ([value, ...others]) => isEqual(value, others)),
    ne: fixed(2, (value, other) => !isEqual(value, [other])),
    lt: fixed(2, isLess),
    le: fixed(2, isAtMost),
    gt: fixed(2, (value, other) => !isAtMost(value, other)),
    ge: fixed(2, (value, other) => !isLess(value, other)),
    len: fixed(1, lengthOf),
    index: open(1, ([item, ...indexes]) => indexed(item, indexes)),
    slice: open(1, ([item, ...indexes]) => sliced(item, indexes)),
    print: open(0, print),
    println: open(0, printLine),
    printf: { ...open(1, ([format, ...values]) => printFormat(String(format), values)), wantsFormat: true },
    html: escaper(escapeHtml),
    js: escaper(escapeJs),
    urlquery: escaper(escapeQuery),
    // No field is a function: the text about it is made where the call stands.
    call: open(1, ([value]) => value),
  }),
);

export const isFunction = (name: Bytes): boolean => functions.has(name);

/** @returns undefined for a name that is none. */
export const functionNamed = (name: Bytes): TemplateFunction | undefined => functions.get(name);

function isAtMost(value: Value, other: Value): boolean {
  return isLess(value, other) || isEqual(value, [other]);
}

function lengthOf(item: Value): Value {
  if (typeof item === 'string') return BigInt(item.length);
  throw new CallFault(
    item === undefined ? 'reflect: call of reflect.Value.Type on zero Value' : `len of type ${typeName(item)}`,
  );
}

/** A byte of a string. */
function indexed(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined) throw new CallFault('index of untyped nil');
  let at: Value = item;
  for (const index of indexes) {
    if (typeof at !== 'string') throw new CallFault(`can't index item of type ${typeName(at)}`);
    const position = indexWithin(index, at.length);
    if (position === at.length) throw new CallFault('reflect: string index out of range');
    at = new Byte(at.charCodeAt(position));
  }
  return at;
}

/** Part of a string, by bytes. */
function sliced(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined) throw new CallFault('slice of untyped nil');
  if (indexes.length > 3) throw new CallFault(`too many slice indexes: ${indexes.length}`);
  if (typeof item !== 'string') throw new CallFault(`can't slice item of type ${typeName(item)}`);
  if (indexes.length === 3) throw new CallFault('cannot 3-index slice a string');
  const [from = 0, to = item.length] = indexes.map((index) => indexWithin(index, item.length));
  if (from > to) throw new CallFault(`invalid slice index: ${from} > ${to}`);
  return item.slice(from, to);
}

function indexWithin(index: Value, length: number): number {
  const position = asInteger(index);
  if (index === undefined) throw new CallFault('cannot index slice/array with nil');
  if (position === undefined) throw new CallFault(`cannot index slice/array with type ${typeName(index)}`);
  if (position < 0n || position > BigInt(length)) throw new CallFault(`index out of range: ${position}`);
  return Number(position);
}
