/** `eq`, `lt` and what follows from them. Compat: Go's, where values of different types are mostly not comparable. */
import type { Bytes } from './bytes.ts';
import { asInteger, CallFault, Fields, typeName, type Value } from './value.ts';

/** Whether the first value is one of the others. Nil is equal to nil alone. */
export function isEqual(value: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new CallFault('missing argument for comparison');
  return others.some((other) => {
    if (kindOf(value) === kindOf(other)) return comparable(value) === comparable(other);
    if (value === undefined || other === undefined) return false;
    throw incomparable(value, other);
  });
}

/** Numbers of one type, and strings byte by byte. */
export function isLess(value: Value, other: Value): boolean {
  for (const one of [value, other]) {
    if (one === undefined || one instanceof Fields) throw new CallFault('invalid type for comparison');
  }
  if (kindOf(value) !== kindOf(other)) throw incomparable(value, other);
  const [left, right] = [comparable(value), comparable(other)];
  if (left === undefined || right === undefined || typeof left === 'boolean') {
    throw new CallFault('invalid type for comparison');
  }
  return left < right;
}

const incomparable = (value: Value, other: Value) =>
  new CallFault(`incompatible types for comparison: ${typeName(value)} and ${typeName(other)}`);

/** Whole numbers are of one kind, whether or not they have a sign. */
const kindOf = (value: Value): Bytes => (asInteger(value) === undefined ? typeName(value) : 'int');

const comparable = (value: Value) => asInteger(value) ?? (value as Exclude<Value, object>);
