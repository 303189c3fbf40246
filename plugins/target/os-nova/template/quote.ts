/** Go's quoted strings and characters, written and read. */
import { type Bytes, encodeRune, isPrintable, type Rune, runeAt, runesOf } from './bytes.ts';

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};
const letterOf = new Map(Object.entries(escapes).map(([letter, char]) => [char, letter]));

/** @param ascii  escapes everything beyond ASCII. */
export function quote(bytes: Bytes, ascii = false): Bytes {
  let out = '"';
  for (const rune of runesOf(bytes)) out += escaped(rune, '"', ascii);
  return `${out}"`;
}

/** A character between single quotes; U+FFFD for a number that is none. */
export const quoteRune = (code: number, ascii = false): Bytes =>
  `'${escaped(runeAt(encodeRune(code), 0), "'", ascii)}'`;

function escaped({ code, bytes, isBroken }: Rune, mark: string, ascii: boolean): Bytes {
  const hex = (digits: number) => (isBroken ? bytes.charCodeAt(0) : code).toString(16).padStart(digits, '0');
  if (isBroken) return `\\x${hex(2)}`;
  if (bytes === mark) return `\\${mark}`;
  const letter = letterOf.get(bytes);
  if (letter !== undefined) return `\\${letter}`;
  if (isPrintable(code) && (code < 0x80 || !ascii)) return bytes;
  if (code < 0x80) return `\\x${hex(2)}`;
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

/**
 * Reads a string as it stands in a template, between double quotes or backquotes.
 *
 * @returns undefined for an escape that Go does not know.
 */
export function unquote(quoted: Bytes): Bytes | undefined {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inner.replaceAll('\r', '');
  let out = '';
  for (let at = 0; at < inner.length; ) {
    if (inner[at] !== '\\') {
      out += inner[at++];
      continue;
    }
    const found = readEscape(inner, at, '"');
    if (found === undefined) return undefined;
    out += found.isByte ? String.fromCharCode(found.code) : encodeRune(found.code);
    at = found.end;
  }
  return out;
}

/**
 * Reads a character as it stands in a template, between single quotes.
 *
 * @returns its number; or what is wrong, in Go's words.
 */
export function unquoteRune(quoted: Bytes): number | { readonly fault: string } {
  const first = runeAt(quoted, 1);
  const found = first.bytes === '\\' ? readEscape(quoted, 1, "'") : { code: first.code, end: 1 + first.bytes.length };
  if (found === undefined || first.bytes === "'") return { fault: 'invalid syntax' };
  return found.end === quoted.length - 1 ? found.code : { fault: `malformed character constant: ${quoted}` };
}

interface Escape {
  readonly code: number;
  readonly end: number;
  /** It stands for one byte, whether or not that is a character. */
  readonly isByte: boolean;
}

const numeric = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/y;

function readEscape(text: Bytes, at: number, mark: string): Escape | undefined {
  const letter = text.charAt(at + 1);
  const plain = letter === mark ? mark : escapes[letter];
  if (plain !== undefined) return { code: plain.charCodeAt(0), end: at + 2, isByte: true };
  numeric.lastIndex = at;
  const found = numeric.exec(text);
  if (found === null) return undefined;
  const [whole, byte, short, long, octal] = found;
  const code = octal === undefined ? Number.parseInt(byte ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
  const isByte = byte !== undefined || octal !== undefined;
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  if (isByte ? code > 0xff : code > 0x10ffff || isSurrogate) return undefined;
  return { code, end: at + whole.length, isByte };
}
