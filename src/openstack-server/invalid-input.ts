/** How Nova refuses what does not fit its schemas: with the value as Python writes it. */
import { isJsonObject } from '../lib/json.ts';
import { Refusal } from './refusal.ts';

/**
 * @param field  the name of the member, or its place in a list.
 * @param why    what follows the value: `is too long`.
 */
export function invalidInput(field: string, value: unknown, why: string): Refusal {
  return refusedValue(field, value, `${written(value)} ${why}`);
}

/** The same with a text of its own in place of the value's. */
export function refusedValue(field: string, value: unknown, text: string): Refusal {
  const shown = typeof value === 'string' ? value : written(value);
  return new Refusal(400, `Invalid input for field/attribute ${field}. Value: ${shown}. ${text}`);
}

/** A text must be there, and fit. */
export function checkLength(field: string, text: string, longest: number): void {
  if (text === '') throw invalidInput(field, text, 'is too short');
  if (text.length > longest) throw invalidInput(field, text, 'is too long');
}

/** A JSON value as Python writes it: `{'a': [1, True, None]}`. */
function written(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (!isJsonObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `'${key}': ${written(item)}`)
    .join(', ')}}`;
}
