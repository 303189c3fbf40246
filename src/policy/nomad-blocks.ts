/**
 * How a `policy` block of a job looks in Nomad's JSON: each block type is a list of objects, a labelled block in it is
 * `{ "<label>": [ { body } ] }`, an unlabelled one `{ body }`. Source: spec policy.md §3.2.
 */
import { isJsonObject, type JsonObject } from '../lib/json.ts';

/** @returns the body of a block: a list of exactly one object, or the object itself. */
export function bodyOf(value: unknown): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  const [only, another] = Array.isArray(value) ? value : [];
  return another === undefined && isJsonObject(only) ? only : undefined;
}

/** The labelled blocks of a list by label, in document order; of a label that comes twice the last body. What is no block is left out. */
export function labelledBodies(list: unknown): ReadonlyMap<string, JsonObject> {
  const bodies = new Map<string, JsonObject>();
  for (const element of Array.isArray(list) ? list : []) {
    for (const [label, value] of Object.entries(isJsonObject(element) ? element : {})) {
      const body = bodyOf(value);
      if (body !== undefined) bodies.set(label, body);
    }
  }
  return bodies;
}

/** The type's name in messages: upstream is written in Go. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'float64';
    default:
      return 'map[string]interface {}';
  }
}
