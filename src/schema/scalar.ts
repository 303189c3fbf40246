/** One value in two notations: HCL's (which converts between text, numbers and bools) and Go's text (what plugin maps hold). */
import { parseDuration } from '../lib/duration.ts';
import { explain } from '../lib/error.ts';
import type { Value } from './document.ts';
import { goFloat, goInt, readBool } from './go-text.ts';
import { quoted, type Read, read, readEntries, wrong } from './read.ts';

/** Reads one type in both notations. */
export interface Reader<T> {
  /** The type's name in the docs: `text`, `integer`, `duration`, `list of text`. */
  readonly type: string;
  /** What an empty text means in HCL: nothing written, or a value like any other (and then usually a wrong one). */
  readonly emptyIsUnset: boolean;
  fromValue(value: Value): Read<T>;
  fromText(text: string): Read<T>;
}

export const textReader: Reader<string> = {
  type: 'text',
  emptyIsUnset: true,
  fromValue: textOf,
  fromText: read,
};

export const boolReader: Reader<boolean> = {
  type: 'bool',
  emptyIsUnset: false,
  fromValue(value) {
    if (typeof value === 'boolean') return read(value);
    if (value === 'true' || value === '1') return read(true);
    if (value === 'false' || value === '0') return read(false);
    return wrong('a bool is required: true or false');
  },
  fromText: readBool,
};

/** Numbers, fractions allowed, from `min` to `max`. Only Go's text can say infinity or NaN. */
export function numberReader(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Reader<number> {
  return {
    type: 'number',
    emptyIsUnset: false,
    fromValue: (value) => within(numberOf(value), min, max),
    fromText: (text) => within(goFloat(text), min, max),
  };
}

/** Whole numbers from `min` to `max`, at most ±2^53. */
export function integerReader(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  return {
    type: 'integer',
    emptyIsUnset: false,
    fromValue(value) {
      const number = numberOf(value);
      if (!number.ok) return number;
      if (!Number.isSafeInteger(number.value)) {
        return wrong(`value must be a whole number, between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`);
      }
      return within(number, min, max);
    },
    fromText: (text) => within(goInt(text), min, max),
  };
}

/** Go duration text, in milliseconds. */
export function durationReader(minMs = Number.NEGATIVE_INFINITY): Reader<number> {
  const fromText = (text: string): Read<number> => {
    try {
      const ms = parseDuration(text);
      return ms < minMs ? wrong(`${text} is too short; at least ${minMs} ms`) : read(ms);
    } catch (error) {
      return wrong(`${explain(error)}${unitHint(text)}`);
    }
  };
  return {
    type: 'duration',
    emptyIsUnset: true,
    fromValue(value) {
      const text = textOf(value);
      return text.ok ? fromText(text.value) : text;
    },
    fromText,
  };
}

/** An absolute URL such as `https://host:5000/v3`; kept as it was written. What is wrong never repeats it: it may hold a password. */
export const urlReader: Reader<string> = {
  type: 'URL',
  emptyIsUnset: true,
  fromValue(value) {
    const text = textOf(value);
    return text.ok ? urlReader.fromText(text.value) : text;
  },
  fromText: (text) =>
    text.includes('://') && URL.canParse(text)
      ? read(text)
      : wrong('an absolute URL is required, such as https://host/'),
};

export function oneOfReader<const T extends string>(values: readonly T[]): Reader<T> {
  const fromText = (text: string): Read<T> => {
    const found = values.find((value) => value === text);
    return found === undefined ? wrong(`${quoted(text)} is none of ${values.map(quoted).join(', ')}`) : read(found);
  };
  return {
    type: values.map((value) => `\`${value}\``).join(' or '),
    emptyIsUnset: true,
    fromValue(value) {
      const text = textOf(value);
      return text.ok ? fromText(text.value) : text;
    },
    fromText,
  };
}

/** A list in HCL; in Go's text its elements are separated by commas. */
export function listReader<T>(element: Reader<T>): Reader<readonly T[]> {
  const all = <V>(items: readonly V[], one: (item: V) => Read<T>): Read<readonly T[]> => {
    const values: T[] = [];
    for (const [at, item] of items.entries()) {
      const got = one(item);
      if (!got.ok) return wrong(got.why, at);
      values.push(got.value);
    }
    return read(values);
  };
  return {
    type: `list of ${element.type}`,
    emptyIsUnset: false,
    fromValue: (value) =>
      isList(value)
        ? all(value, (item) => element.fromValue(item))
        : wrong(`a list is required, such as ["a", "b"], but have ${kindOf(value)}`),
    fromText: (text) =>
      all(
        text
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean),
        (item) => element.fromText(item),
      ),
  };
}

/** An object in HCL; has no notation in Go's text. */
export function mapReader<T>(element: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return {
    type: `map of ${element.type}`,
    emptyIsUnset: false,
    fromValue(value) {
      if (value === null || typeof value !== 'object' || isList(value)) {
        return wrong(`a map is required, such as { key = "value" }, but have ${kindOf(value)}`);
      }
      return readEntries(Object.entries(value), (item) => element.fromValue(item));
    },
    fromText: () => wrong('a map cannot be written as text'),
  };
}

/** `Array.isArray` for readonly lists. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** HCL's conversion to a string: plain digits however large or small the number. */
export function textOf(value: Value): Read<string> {
  if (typeof value === 'string') return read(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return read(String(value));
  if (typeof value === 'number') return read(plainDigits(value));
  return wrong(`string required, but have ${kindOf(value)}`);
}

/** The shortest decimal form without an exponent: `0.0000001`, `1000000000000000000000`. */
export function plainDigits(value: number): string {
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)\.?(\d*)(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const shift = Number(exponent);
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(shift, '0')}`;
}

function numberOf(value: Value): Read<number> {
  if (typeof value === 'number' || typeof value === 'bigint') return read(Number(value));
  if (typeof value === 'string' && /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return read(Number(value));
  return wrong('a number is required');
}

function within(number: Read<number>, min: number, max: number): Read<number> {
  if (!number.ok) return number;
  if (number.value < min) return wrong(`${plainDigits(number.value)} is below ${plainDigits(min)}`);
  if (number.value > max) return wrong(`${plainDigits(number.value)} is above ${plainDigits(max)}`);
  return number;
}

function unitHint(text: string): string {
  if (/^[0-9]+$/.test(text)) return `; with a unit it is "${text}s" or "${text}m"`;
  return '; a duration looks like "90s", "2m" or "1h30m"';
}

function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return 'tuple';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
