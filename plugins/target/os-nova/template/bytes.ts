/**
 * Go's strings are bytes: lengths, slices, indexes and positions count them. A template is therefore handled as text with one
 * character per byte, and becomes real text again only where it leaves.
 */

/** Text whose characters are the bytes of UTF-8. */
export type Bytes = string;

export const toBytes = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

/** What is no UTF-8, as after cutting through a character, becomes U+FFFD. */
export const fromBytes = (bytes: Bytes): string => Buffer.from(bytes, 'latin1').toString('utf8');

export interface Rune {
  /** The code point; U+FFFD for a byte that begins no character. */
  readonly code: number;
  readonly bytes: Bytes;
  readonly isBroken: boolean;
}

/** Reads the character that begins at `at`, which is inside the text. */
export function runeAt(bytes: Bytes, at: number): Rune {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { code: first, bytes: bytes.charAt(at), isBroken: false };
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const piece = bytes.slice(at, at + size);
  const code = fromBytes(piece).codePointAt(0) ?? 0xfffd;
  if (encodeRune(code) === piece) return { code, bytes: piece, isBroken: false };
  return { code: 0xfffd, bytes: bytes.charAt(at), isBroken: true };
}

export function* runesOf(bytes: Bytes): Generator<Rune> {
  for (let at = 0; at < bytes.length; ) {
    const rune = runeAt(bytes, at);
    yield rune;
    at += rune.bytes.length;
  }
}

/** How many characters the text has for Go, which takes each broken byte as one. */
export function runeCount(bytes: Bytes): number {
  let count = 0;
  for (const _ of runesOf(bytes)) count++;
  return count;
}

/** The first `count` characters. */
export function firstRunes(bytes: Bytes, count: number): Bytes {
  let at = 0;
  for (let left = count; left > 0 && at < bytes.length; left--) at += runeAt(bytes, at).bytes.length;
  return bytes.slice(0, at);
}

/** What is no character, as half of a surrogate pair, becomes U+FFFD. */
export function encodeRune(code: number): Bytes {
  const isValid = code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return toBytes(String.fromCodePoint(isValid ? code : 0xfffd));
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Whether Go shows the character as it is. */
export const isPrintable = (code: number): boolean => printable.test(String.fromCodePoint(code));

const alphanumeric = /^[\p{L}\p{Nd}_]$/u;

/** Whether the character may be part of a name. */
export const isAlphanumeric = (code: number): boolean => alphanumeric.test(String.fromCodePoint(code));

/** A code point as error texts name it: `U+002B '+'`. */
export function nameRune(code: number): Bytes {
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  return isPrintable(code) ? `U+${hex} '${encodeRune(code)}'` : `U+${hex}`;
}
