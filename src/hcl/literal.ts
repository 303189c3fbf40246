/** The values of literals: numbers that keep their integers exact, and text with its escapes resolved. */
import type { Fault } from './token.ts';

/** Numbers with more digits than this are refused; a power of ten would fill the memory. */
const mostDigits = 1024;

const decimal = /^([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/**
 * Reads an unsigned decimal number.
 *
 * @returns a number; a bigint for an integer beyond 2^53; undefined when the text is no number, or too large for a double.
 */
export function parseNumber(text: string): number | bigint | undefined {
  if (text.length < 16 && /^[0-9]+$/.test(text)) return Number(text);
  const [, whole = '', fraction = '', power = '0'] = decimal.exec(text) ?? [];
  if (whole === '' || text.length > mostDigits) return undefined;
  const exponent = Number(power);
  const digits = (whole + fraction).replace(/^0+(?=.)/, '');
  const significant = digits.replace(/0+$/, '');
  // The place of the last digit that counts: 0 or more is an integer.
  const lowest = exponent - fraction.length + (digits.length - significant.length);
  if (significant === '') return 0;
  if (lowest >= 0) {
    if (lowest + significant.length > mostDigits) return undefined;
    const integer = BigInt(significant + '0'.repeat(lowest));
    return integer <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(integer) : integer;
  }
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The decimal text of a number, never with an exponent: `0.000004`. */
export function numberText(value: number | bigint): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', power] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/.exec(text) ?? [];
  if (power === undefined) return text === '-0' ? '0' : text;
  const exponent = Number(power);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(exponent, '0')}`;
}

/**
 * The text that a piece of a template stands for.
 *
 * @param quoted  whether backslash escapes count; `$${` and `%%{` do everywhere.
 */
export function decodeText(text: string, start: number, end: number, quoted: boolean, faults: Fault[]): string {
  const raw = text.slice(start, end);
  if (!(quoted && raw.includes('\\')) && !raw.includes('${') && !raw.includes('%{')) return raw;
  const found = quoted ? quotedEscape : plainEscape;
  return raw.replace(found, (sequence: string, ...rest: readonly unknown[]) => {
    if (sequence.charCodeAt(0) !== 92) return sequence.slice(1);
    const at = start + Number(rest.at(-2));
    const fault = (detail: string) => {
      faults.push({ summary: 'Invalid escape sequence', detail, start: at, end: at + sequence.length });
      return sequence.slice(1);
    };
    return decodeEscape(sequence, fault);
  });
}

const plainEscape = /\$\$\{|%%\{/g;
const quotedEscape = /\$\$\{|%%\{|\\u[0-9a-fA-F]{0,4}|\\U[0-9a-fA-F]{0,8}|\\.?/gsu;

const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function decodeEscape(sequence: string, fault: (detail: string) => string): string {
  const selector = sequence.slice(1, 2);
  const simple = simpleEscapes[selector];
  if (simple !== undefined) return simple;
  if (selector !== 'u' && selector !== 'U') {
    return fault(`The symbol "${sequence.slice(1)}" is not a valid escape sequence selector.`);
  }
  if (selector === 'u' && sequence.length !== 6) {
    return fault('The \\u escape sequence must be followed by four hexadecimal digits.');
  }
  if (selector === 'U' && sequence.length !== 10) {
    return fault('The \\U escape sequence must be followed by eight hexadecimal digits.');
  }
  const code = Number.parseInt(sequence.slice(2), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return fault(`Cannot encode character U+${code.toString(16).padStart(4, '0')} in UTF-8.`);
  }
  return String.fromCodePoint(code);
}
