/** Lines of the text form: `<time> [INFO]  [<dir/file:line>: ]<name>: <message>: key=value …`. Source: spec agent.md §8.2. */
import { Duration } from './duration.ts';
import { explain } from './error.ts';
import { isSecretKey, redacted, withoutUrlSecrets } from './secret.ts';

export interface TextParts {
  readonly time: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly name: string;
  readonly message: string;
  readonly caller: string | undefined;
  /** From `textFields`; empty when there are none. */
  readonly fields: string;
}

const marks = { trace: '[TRACE]', debug: '[DEBUG]', info: '[INFO] ', warn: '[WARN] ', error: '[ERROR]' } as const;

/** One record with its line ending. */
export function textLine(parts: TextParts): string {
  const place = parts.caller === undefined ? '' : `${lastTwoSegments(parts.caller)}: `;
  const said = [parts.name, escaped(parts.message)].filter((part) => part !== '').join(': ');
  const colon = parts.fields === '' ? '' : ':';
  return `${parts.time} ${marks[parts.level]} ${place}${said}${colon}${parts.fields}\n`;
}

/** @returns each field with what goes before it: ` key=value`, or a block of lines when the value has several. */
export function textFields(fields: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const [key, value] of Object.entries(fields)) text += field(key, isSecretKey(key) ? redacted : value);
  return text;
}

function field(key: string, value: unknown): string {
  if (Array.isArray(value)) return ` ${key}=[${value.map(listItem).join(', ')}]`;
  const text = plain(value);
  if (text.includes('\n')) return `\n  ${key}=\n${indented(text)}  `;
  if (text === '') return ` ${key}=""`;
  return isBare(text) ? ` ${key}=${text}` : ` ${key}="${escaped(text).replaceAll('"', '\\"')}"`;
}

/** Lists keep the quotes of their strings, whatever these contain. */
function listItem(item: unknown): string {
  const text = plain(item);
  return typeof item === 'string' || /[ \t\r\n]/.test(text) ? JSON.stringify(text) : text;
}

/** As Go prints a value by itself: no quotes. */
function plain(value: unknown): string {
  if (typeof value === 'string') return withoutUrlSecrets(value);
  if (typeof value === 'number') return goNumber(value);
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof Duration) return value.toString();
  if (value instanceof Error) return withoutUrlSecrets(explain(value));
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (typeof value === 'object') {
    const keys = Object.keys(value).sort();
    const entry = (key: string) => (isSecretKey(key) ? redacted : plain((value as Record<string, unknown>)[key]));
    return `map[${keys.map((key) => `${key}:${entry(key)}`).join(' ')}]`;
  }
  return String(value);
}

function goNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  const size = Math.abs(value);
  if (size >= 1e-4 || size === 0 || Number.isNaN(value)) return String(value).replace(/e\+(\d)$/, 'e+0$1');
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

/** Only the characters from `-` to `~` pass without quotes. */
function isBare(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x2d || code > 0x7e) return false;
  }
  return true;
}

const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control and invisible characters as `\n`, `\x07`, `\u00a0`; quotes and backslashes stay. */
function escaped(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(unprintable, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
    const hex = code.toString(16);
    if (code < 0x20) return named[char] ?? `\\x${hex.padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
}

/** A text of several lines, each behind a bar; one final line ending is dropped. */
function indented(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => `  | ${escaped(line)}\n`).join('');
}

function lastTwoSegments(path: string): string {
  return path.split(/[/\\]/).slice(-2).join('/');
}
