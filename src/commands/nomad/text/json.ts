/** JSON as Nomad's command line prints objects: keys sorted, four blanks, numbers of free-form parts with a decimal. */
import { isJsonObject } from '../../../lib/json.ts';

/** Members whose numbers have no type in Nomad, and are written as floats. */
const untyped = new Set(['Policy', 'Config', 'Scores']);

export function prettyJson(value: unknown, indent = '', isFloat = false): string {
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const items = value.map((item) => `${inner}${prettyJson(item, inner, isFloat)}`);
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (isJsonObject(value)) {
    const keys = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort();
    if (keys.length === 0) return '{}';
    const members = keys.map((key) => {
      const text = prettyJson(value[key], inner, isFloat || untyped.has(key));
      return `${inner}${JSON.stringify(key)}: ${text}`;
    });
    return `{\n${members.join(',\n')}\n${indent}}`;
  }
  if (isFloat && typeof value === 'number' && Number.isInteger(value)) return `${value}.0`;
  return JSON.stringify(value);
}
