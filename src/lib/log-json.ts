/** Lines of the JSON form: one object per line, keys sorted. Source: spec agent.md §8.3. */
import { Duration } from './duration.ts';
import { explain } from './error.ts';
import { isSecretKey, redacted, withoutUrlSecrets } from './secret.ts';

export interface JsonParts {
  readonly time: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly name: string;
  readonly message: string;
  readonly caller: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** One record with its line ending. A key that occurs twice keeps its last value. */
export function jsonLine(parts: JsonParts): string {
  const record: Record<string, unknown> = {
    ...parts.context,
    ...parts.fields,
    '@level': parts.level,
    '@message': parts.message,
    '@timestamp': parts.time,
  };
  if (parts.name !== '') record['@module'] = parts.name;
  if (parts.caller !== undefined) record['@caller'] = parts.caller;
  return `${safe(JSON.stringify(sorted(record)))}\n`;
}

function sorted(map: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(map).sort()) copy[key] = isSecretKey(key) ? redacted : jsonValue(map[key]);
  return copy;
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'string') return withoutUrlSecrets(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined) return null;
  if (value instanceof Duration) return Math.round(value.ms * 1e6);
  if (value instanceof Error) return withoutUrlSecrets(explain(value));
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value === 'object' && value !== null) return sorted(value as Record<string, unknown>);
  return value;
}

const unsafe = /[<>&\u2028\u2029]/g;

/** Keeps a line harmless inside HTML, as Go's encoder does. */
function safe(json: string): string {
  return json.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
