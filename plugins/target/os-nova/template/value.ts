/** What a template computes with: the few types of Go that the fields and the functions can give. */
import type { Bytes } from './bytes.ts';

/** A byte of a string, as `index` takes it out; a number of its own type in Go. */
export class Byte {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What a template is about: a struct of strings. */
export class Fields {
  readonly #fields: ReadonlyMap<Bytes, Bytes>;
  readonly typeName: Bytes;

  constructor(fields: ReadonlyMap<Bytes, Bytes>) {
    this.#fields = fields;
    const shown = [...fields.keys()].map((name) => `${name} string`);
    this.typeName = shown.length > 0 ? `struct { ${shown.join('; ')} }` : 'struct {}';
  }

  get(name: Bytes): Bytes | undefined {
    return this.#fields.get(name);
  }

  [Symbol.iterator](): Iterator<readonly [Bytes, Bytes]> {
    return this.#fields.entries();
  }
}

/** A string is bytes, a bigint is an int (64 bits), a number is a float64 (always finite), undefined is nil. */
export type Value = undefined | boolean | Bytes | bigint | number | Byte | Fields;

/** The name of the value's type in Go. */
export function typeName(value: Value): Bytes {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'string':
      return 'string';
    default:
      return value instanceof Byte ? 'uint8' : value.typeName;
  }
}

/** @returns undefined for what is no whole number. */
export function asInteger(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof Byte ? BigInt(value.value) : undefined;
}

/** Whether the value is anything but the zero of its type. */
export function isTrue(value: Value): boolean {
  if (value instanceof Byte) return value.value !== 0;
  return Boolean(value);
}

/** What a function has against its arguments, in Go's words. */
export class CallFault extends Error {
  override readonly name = 'CallFault';
}
