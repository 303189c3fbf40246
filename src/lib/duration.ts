/** Go duration text and milliseconds: `"1m30s"` is 90000. Source: spec agent.md §5.3. */
import { usageError } from './error.ts';

/** Milliseconds per unit. Nanoseconds are kept as fractions: 1 ns is 0.000001 ms. */
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const largestMs = 2 ** 63 / 1e6;
const part = /([0-9]*\.?[0-9]*)([^0-9.]*)/y;

/**
 * Reads Go duration text.
 *
 * @returns milliseconds; may be negative or fractional.
 * @throws  `invalid_duration` (usage) with Go's text, e.g. `time: unknown unit "d" in duration "5d"`.
 */
export function parseDuration(text: string): number {
  const fail = (why: string) => usageError('invalid_duration', `time: ${why} ${quoted(text)}`);
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '') throw fail('invalid duration');
  let totalMs = 0;
  part.lastIndex = 0;
  while (part.lastIndex < unsigned.length) {
    const [, number = '', unit = ''] = part.exec(unsigned) ?? [];
    if (number === '' || number === '.') throw fail('invalid duration');
    if (unit === '') throw fail(part.lastIndex < unsigned.length ? 'invalid duration' : 'missing unit in duration');
    const scale = unitMs[unit];
    if (scale === undefined) throw fail(`unknown unit ${quoted(unit)} in duration`);
    totalMs += Number(number) * scale;
  }
  if (totalMs > largestMs) throw fail('invalid duration');
  return text.startsWith('-') ? -totalMs : totalMs;
}

/** The canonical text: `0s`, `750ms`, `1.5µs`, `7.5s`, `1m0s`, `1h30m0s`. Exact to the nanosecond for durations below 100 days. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const ns = Math.round(Math.abs(ms) * 1e6);
  if (ns === 0) return '0s';
  if (ns < 1e3) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${decimal(ns, 1e3)}µs`;
  if (ns < 1e9) return `${sign}${decimal(ns, 1e6)}ms`;
  const hours = Math.floor(ns / 3.6e12);
  const minutes = Math.floor((ns % 3.6e12) / 6e10);
  const seconds = `${decimal(ns % 6e10, 1e9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** ns / per, in the shortest decimal form. */
function decimal(ns: number, per: number): string {
  const whole = Math.floor(ns / per);
  const rest = ns % per;
  if (rest === 0) return String(whole);
  const digits = String(rest)
    .padStart(Math.round(Math.log10(per)), '0')
    .replace(/0+$/, '');
  return `${whole}.${digits}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A length of time as a log value: canonical text in text lines, integer nanoseconds in JSON lines. */
export class Duration {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  toString(): string {
    return formatDuration(this.ms);
  }
}

/** Wraps milliseconds for a log field. */
export const durationMs = (ms: number): Duration => new Duration(ms);
