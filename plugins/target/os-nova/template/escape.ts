/** `html`, `js` and `urlquery`: text made safe for a place. */
import { type Bytes, isPrintable, runesOf } from './bytes.ts';

const htmlEscapes: Readonly<Record<string, Bytes>> = {
  '\0': '\xef\xbf\xbd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

export const escapeHtml = (bytes: Bytes): Bytes => bytes.replace(/[\0"'&<>]/g, (char) => htmlEscapes[char] ?? char);

/** For the inside of a string of JavaScript. */
export function escapeJs(bytes: Bytes): Bytes {
  let out = '';
  for (const { code, bytes: char } of runesOf(bytes)) {
    if (/^[\\'"]$/.test(char)) out += `\\${char}`;
    else if (code < 0x20 || /^[<>&=]$/.test(char) || (code >= 0x80 && !isPrintable(code))) out += `\\u${hex(code, 4)}`;
    else out += char;
  }
  return out;
}

/** For a value in the query of a URL. */
export const escapeQuery = (bytes: Bytes): Bytes =>
  bytes.replace(/[^\w.~-]/g, (char) => (char === ' ' ? '+' : `%${hex(char.charCodeAt(0), 2)}`));

const hex = (code: number, digits: number) => code.toString(16).toUpperCase().padStart(digits, '0');
