/** One value as one verb of `printf` writes it. Compat: Go's fmt, as far as the values of a template go. */
import { type Bytes, encodeRune, firstRunes, isPrintable, runeCount, runesOf } from './bytes.ts';
import { formatFloat } from './float.ts';
import { quote, quoteRune } from './quote.ts';
import { Byte, CallFault, type Fields, typeName, type Value } from './value.ts';

/** What stands between `%` and the verb. */
export interface Flags {
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `#` and `+` before `v`, where they mean something else: Go's own syntax, and field names. */
  sharpV: boolean;
  plusV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

export const noFlags: Readonly<Flags> = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  sharpV: false,
  plusV: false,
  width: undefined,
  precision: undefined,
};

/** @param verb  one character. A verb that the value has not gives `%!verb(type=value)`. */
export function formatValue(value: Value, verb: Bytes, flags: Readonly<Flags>): Bytes {
  if (value === undefined) return verb === 'v' || verb === 'T' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  if (verb === 'T') return pad(cut(typeName(value), flags), flags);
  return known(value, verb, flags) ?? `%!${verb}(${typeName(value)}=${known(value, 'v', flags)})`;
}

function known(value: NonNullable<Value>, verb: Bytes, flags: Readonly<Flags>): Bytes | undefined {
  switch (typeof value) {
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), flags) : undefined;
    case 'string':
      return formatString(value, verb, flags);
    case 'number':
      return formatNumber(value, verb, flags);
    case 'bigint':
      return formatInteger(value, verb, flags, true);
    default:
      return value instanceof Byte
        ? formatInteger(BigInt(value.value), verb, flags, false)
        : formatFields(value, verb, flags);
  }
}

/** To the width, with blanks, or zeros in front. */
function pad(bytes: Bytes, { width = 0, minus, zero }: Pick<Flags, 'width' | 'minus' | 'zero'>): Bytes {
  const missing = width === 0 ? 0 : Math.max(width - runeCount(bytes), 0);
  if (missing === 0) return bytes;
  return minus ? bytes + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + bytes;
}

const cut = (bytes: Bytes, { precision }: Readonly<Flags>) =>
  precision === undefined ? bytes : firstRunes(bytes, precision);

function formatString(value: Bytes, verb: Bytes, flags: Readonly<Flags>): Bytes | undefined {
  switch (verb) {
    case 's':
      return pad(cut(value, flags), flags);
    case 'v':
      return flags.sharpV ? quoted(value, flags) : pad(cut(value, flags), flags);
    case 'q':
      return quoted(value, flags);
    case 'x':
    case 'X':
      return hexString(value, verb, flags);
    default:
      return undefined;
  }
}

function quoted(value: Bytes, flags: Readonly<Flags>): Bytes {
  const text = cut(value, flags);
  return pad(flags.sharp && fitsBackquotes(text) ? `\`${text}\`` : quote(text, flags.plus), flags);
}

function fitsBackquotes(text: Bytes): boolean {
  for (const { code, bytes, isBroken } of runesOf(text)) {
    const isControl = (code < 0x20 && bytes !== '\t') || code === 0x7f;
    if (isBroken || isControl || bytes === '`' || code === 0xfeff) return false;
  }
  return true;
}

function hexString(value: Bytes, verb: 'x' | 'X', flags: Readonly<Flags>): Bytes {
  const bytes = [...value.slice(0, flags.precision)].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0'));
  const prefix = flags.sharp ? '0x' : '';
  const text = flags.space ? bytes.map((byte) => prefix + byte).join(' ') : bytes.join('');
  const whole = flags.space || text === '' ? text : prefix + text;
  return pad(verb === 'X' ? whole.toUpperCase() : whole, flags);
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

/** @param signed  false for a byte, which has no sign in Go. */
function formatInteger(value: bigint, verb: Bytes, flags: Readonly<Flags>, signed: boolean): Bytes | undefined {
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === 'c') return pad(encodeRune(code), flags);
  if (verb === 'q') return pad(quoteRune(code, flags.plus), flags);
  if (verb === 'U') return pad(codePoint(BigInt.asUintN(64, value), flags), { ...flags, zero: false });
  if (verb === 'v' && flags.sharpV && !signed) return digitsOf(value, 16, verb, { ...flags, sharp: true });
  const base = bases[verb];
  return base === undefined ? undefined : digitsOf(value, base, verb, flags);
}

function codePoint(code: bigint, { sharp, precision = 0 }: Readonly<Flags>): Bytes {
  const name = `U+${code.toString(16).toUpperCase().padStart(Math.max(precision, 4), '0')}`;
  const isShown = sharp && code <= 0x10ffffn && isPrintable(Number(code));
  return isShown ? `${name} '${encodeRune(Number(code))}'` : name;
}

function digitsOf(value: bigint, base: number, verb: Bytes, flags: Readonly<Flags>): Bytes {
  const { precision, width = 0 } = flags;
  const blank = { ...flags, zero: false };
  if (precision === 0 && value === 0n) return pad('', { ...blank, minus: false });
  const sign = signOf(value < 0n, flags);
  const fills = precision === undefined && flags.zero && !flags.minus;
  const least = precision ?? (fills ? width - sign.length : 0);
  const digits = (value < 0n ? -value : value).toString(base).padStart(least, '0');
  return pad(sign + prefixOf(base, verb, flags.sharp, digits) + (verb === 'X' ? digits.toUpperCase() : digits), blank);
}

const signOf = (isNegative: boolean, { plus, space }: Readonly<Flags>) =>
  isNegative ? '-' : plus ? '+' : space ? ' ' : '';

function prefixOf(base: number, verb: Bytes, sharp: boolean, digits: string): string {
  const zero = sharp && base === 8 && !digits.startsWith('0') ? '0' : '';
  if (base === 8) return verb === 'O' ? `0o${zero}` : zero;
  if (!sharp || base === 10) return '';
  return base === 2 ? '0b' : `0${verb === 'X' ? 'X' : 'x'}`;
}

function formatNumber(value: number, verb: Bytes, flags: Readonly<Flags>): Bytes | undefined {
  if (/^[bxX]$/.test(verb)) throw new CallFault(`%${verb} of a float64 is not supported`);
  if (!/^[vgGeEfF]$/.test(verb)) return undefined;
  const size = Math.abs(value);
  const { precision, width = 0 } = flags;
  const isGeneral = /[vgG]/.test(verb);
  const form = /[eE]/.test(verb) ? 'e' : 'f';
  const plain = isGeneral ? formatFloat(size, 'g', precision) : formatFloat(size, form, precision ?? 6);
  const text = flags.sharp ? withPoint(plain, isGeneral ? (precision ?? 6) : 0) : plain;
  const digits = /[GE]/.test(verb) ? text.toUpperCase() : text;
  const sign = signOf(value < 0 || Object.is(value, -0), flags);
  const fills = flags.zero && !flags.minus;
  return pad(sign + (fills ? digits.padStart(width - sign.length, '0') : digits), flags);
}

/** With a point in any case, and with so many digits that count. */
function withPoint(text: string, count: number): string {
  const [mantissa = '', exponent = ''] = text.split(/(?=e)/);
  const present = mantissa === '0' ? 1 : mantissa.replace('.', '').replace(/^0+/, '').length;
  return `${mantissa}${mantissa.includes('.') ? '' : '.'}${'0'.repeat(Math.max(count - present, 0))}${exponent}`;
}

/** A struct: each field by the same verb and flags. */
function formatFields(value: Fields, verb: Bytes, flags: Readonly<Flags>): Bytes {
  const fields = [...value].map(([name, text]) =>
    flags.sharpV || flags.plusV ? `${name}:${formatValue(text, verb, flags)}` : formatValue(text, verb, flags),
  );
  return flags.sharpV ? `${value.typeName}{${fields.join(', ')}}` : `{${fields.join(' ')}}`;
}
