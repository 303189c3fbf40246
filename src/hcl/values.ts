/** Kinds of values and the conversions between them. */
import type { Value } from '../schema/document.ts';
import { numberText, parseNumber } from './literal.ts';

export type ObjectValue = { readonly [key: string]: Value };

export function isTuple(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isObject(value: Value): value is ObjectValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kind of a value as error texts name it. */
export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (isTuple(value)) return 'tuple';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'number';
    case 'object':
      return 'object';
    default:
      return typeof value;
  }
}

/** Text of a text, number or boolean; undefined of anything else. */
export function toText(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
    case 'bigint':
      return numberText(value);
    default:
      return undefined;
  }
}

/** The number of a number or of its decimal text; undefined of anything else. */
export function toNumber(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value !== 'string') return undefined;
  const number = parseNumber(value.replace(/^-/, ''));
  return number !== undefined && value.startsWith('-') ? -number : number;
}

/** The boolean of a boolean or of its text; undefined of anything else. */
export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0' ? false : undefined;
}

/** The entry of an object, when it has it itself. */
export function entryOf(object: ObjectValue, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Keys in the order in which loops and encoders take them: by code point. */
export function sortedKeys(object: ObjectValue): readonly string[] {
  return Object.keys(object).sort(byCodePoint);
}

function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    // Surrogates stand for code points above all other code units.
    const isHigh = (c: number) => c >= 0xd800 && c <= 0xdfff;
    if (isHigh(left) !== isHigh(right)) return isHigh(left) ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

/** `==`: values of different kinds differ. */
export function areEqual(a: Value, b: Value): boolean {
  if (isTuple(a) && isTuple(b)) return a.length === b.length && a.every((one, at) => areEqual(one, b[at] ?? null));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && areEqual(a[key] ?? null, b[key] ?? null));
  }
  return a === b;
}
