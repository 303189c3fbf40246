/** Values as Go writes them in text: what maps of settings hold. Source: spec plugins.md, conventions. */
import { goBool, goBoolProblem } from '../lib/go-bool.ts';
import { quoted, type Read, read, wrong } from './read.ts';

/** Exactly the twelve words of Go's ParseBool. */
export function readBool(text: string): Read<boolean> {
  const value = goBool(text);
  return value === undefined ? wrong(goBoolProblem(text)) : read(value);
}

/** Optional sign and decimal digits; at most ±2^53, beyond which a count is a mistake. */
export function goInt(text: string): Read<number> {
  if (!/^[+-]?\d+$/.test(text)) return wrong(`strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`);
  const value = Number(text);
  return Number.isSafeInteger(value)
    ? read(value)
    : wrong(`strconv.ParseInt: parsing ${quoted(text)}: value out of range`);
}

/** Decimal or hexadecimal floats, and infinity and NaN in any case. */
export function goFloat(text: string): Read<number> {
  const bad = (why: string) => wrong(`strconv.ParseFloat: parsing ${quoted(text)}: ${why}`);
  const lower = text.toLowerCase();
  if (/^[+-]?(inf|infinity)$/.test(lower)) return read(lower.startsWith('-') ? -Infinity : Infinity);
  if (lower === 'nan') return read(Number.NaN);
  const hex = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/.exec(lower);
  if (hex !== null) {
    const [, sign, whole = '', fraction = '', power] = hex;
    if (whole + fraction === '') return bad('invalid syntax');
    const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length);
    return read(sign === '-' ? -value : value);
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower)) return bad('invalid syntax');
  const value = Number(lower);
  return Number.isFinite(value) ? read(value) : bad('value out of range');
}
