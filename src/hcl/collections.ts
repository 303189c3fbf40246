/** Reading from tuples and objects, with HashiCorp's words for what cannot be read. */
import type { Value } from '../schema/document.ts';
import type { Expression, GetAttributeNode, IndexNode } from './ast.ts';
import type { Evaluation } from './evaluation.ts';
import { entryOf, isObject, isTuple, kindOf, toNumber, toText } from './values.ts';

/** `object.name` */
export function getAttribute(evaluation: Evaluation, value: Value, node: GetAttributeNode): Value | undefined {
  const place = { start: node.dotAt, end: node.end };
  if (value === null) {
    return evaluation.fail(
      'Attempt to get attribute from null value',
      'This value is null, so it does not have any attributes.',
      place,
    );
  }
  const summary = 'Unsupported attribute';
  if (isObject(value)) {
    const found = entryOf(value, node.name);
    return found === undefined
      ? evaluation.fail(summary, `This object does not have an attribute named "${node.name}".`, place)
      : found;
  }
  if (isTuple(value)) return evaluation.fail(summary, 'This value does not have any attributes.', place);
  return evaluation.fail(summary, `Can't access attributes on a primitive-typed value (${kindOf(value)}).`, place);
}

/** `collection[key]` */
export function indexInto(evaluation: Evaluation, value: Value, key: Value, node: IndexNode): Value | undefined {
  const place = { start: node.openAt, end: node.end };
  if (value === null)
    return evaluation.fail(
      'Attempt to index null value',
      'This value is null, so it does not have any indices.',
      place,
    );
  const summary = 'Invalid index';
  const notFound = 'The given key does not identify an element in this collection value';
  if (key === null) return evaluation.fail(summary, "Can't use a null value as an indexing key.", place);
  if (isTuple(value)) {
    const index = toNumber(key);
    const fail = (why: string) => evaluation.fail(summary, `${notFound}: ${why}.`, place);
    if (index === undefined) return fail('a number is required');
    if (index < 0) return fail('a negative number is not a valid index for a sequence');
    if (typeof index === 'number' && !Number.isInteger(index)) {
      return fail('indexing a sequence requires a whole number, but the given index has a fractional part');
    }
    const found = value[Number(index)];
    if (found !== undefined) return found;
    return fail(
      value.length === 0
        ? 'the collection has no elements'
        : 'the given index is greater than or equal to the length of the collection',
    );
  }
  if (isObject(value)) {
    const name = toText(key);
    if (name === undefined)
      return evaluation.fail(summary, `${notFound}: string required, but have ${kindOf(key)}.`, place);
    const found = entryOf(value, name);
    return found === undefined ? evaluation.fail(summary, `${notFound}.`, place) : found;
  }
  return evaluation.fail(summary, 'This value does not have any indices.', place);
}

/** The key of an object's entry is no text. */
export function failKey(evaluation: Evaluation, key: Value, node: Expression): undefined {
  if (key === null) return evaluation.fail('Null value as key', "Can't use a null value as a key.", node);
  return evaluation.fail(
    'Incorrect key type',
    `Can't use this value as a key: string required, but have ${kindOf(key)}.`,
    node,
  );
}
