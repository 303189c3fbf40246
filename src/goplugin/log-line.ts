/** One line of a plugin's stderr as a host logs it. Pure. Source: spec go-plugin.md §12.2. */
import type { LogFields, LogLevel } from '../lib/log.ts';

export interface LogLine {
  readonly level: Exclude<LogLevel, 'off'>;
  readonly message: string;
  readonly fields: LogFields;
}

const none: LogFields = {};
const levels: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn', 'error']);
const prefix = /^\[(TRACE|DEBUG|INFO|WARN|ERROR)\]/;

/** What begins a crash report: Go's two, and Node's of an uncaught error or of exhausted memory. */
const panic = /^(panic: |fatal error: |FATAL ERROR: |Uncaught )/;

/** @returns whether everything from this line on that has no level of its own is a crash report. */
export const beginsPanic = (line: string): boolean => panic.test(line);

/**
 * @param inPanic  a crash report has begun, with this line or an earlier one.
 *
 * Compat: a JSON line with a bad time stamp or an unknown level is logged whole, at debug; JSON whose message, level or
 * time stamp is no text is plain text (it panics a Go host).
 */
export function readLogLine(line: string, inPanic: boolean): LogLine {
  if (line.startsWith('{')) {
    const read = readJson(line);
    if (read !== undefined) return read;
  }
  const level = prefix.exec(line)?.[1];
  if (level !== undefined) return { level: level.toLowerCase() as LogLine['level'], message: line, fields: none };
  return { level: inPanic ? 'error' : 'debug', message: line, fields: none };
}

function readJson(line: string): LogLine | undefined {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined; // no JSON after all: plain text
  }
  const { '@message': message = '', '@level': level = '', '@timestamp': stamp, ...rest } = entry;
  if (typeof message !== 'string' || typeof level !== 'string') return undefined;
  const timestamp = stamp === undefined ? '0001-01-01T00:00:00.000Z' : shortStamp(stamp);
  if (timestamp === undefined) return undefined;
  const word = level.trim().toLowerCase();
  if (!levels.has(word)) return { level: 'debug', message: line, fields: none };
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) fields[key] = asGoPrints(value);
  fields['timestamp'] = timestamp;
  return { level: word as LogLine['level'], message, fields };
}

/** From exactly six digits of a second's fraction to three, and from `+02:00` to `+0200`. */
function shortStamp(stamp: unknown): string | undefined {
  if (typeof stamp !== 'string') return undefined;
  const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}(Z|([+-]\d\d):(\d\d))$/.exec(stamp);
  if (form === null) return undefined;
  const [, upToMillis, zone, hours, minutes] = form;
  return `${upToMillis}${zone === 'Z' ? 'Z' : `${hours}${minutes}`}`;
}

/** Numbers of a decoded JSON text are floating point to Go, which prints them with an exponent from a million on. */
function asGoPrints(value: unknown): unknown {
  if (typeof value !== 'number') return value;
  const size = Math.abs(value);
  if (size < 1e6 || !Number.isFinite(value)) return value;
  return value.toExponential().replace(/e\+(\d)$/, 'e+0$1');
}
