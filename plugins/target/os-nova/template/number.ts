/** Go's constants: what a number in a template is. */
import type { Bytes } from './bytes.ts';
import { quote } from './quote.ts';

/** An int or a float64, or `tooLarge`: beyond int64 but within uint64, which is a fault only where it is used. */
export type Constant = bigint | number | 'tooLarge';

/** Reads what the lexer took for a number. @returns else what is wrong, in Go's words. */
export function readNumber(text: Bytes): Constant | { readonly fault: Bytes } {
  const whole = readInteger(text);
  if (whole === 'tooLarge') return whole;
  const isFloat = /[.eEpP]/.test(text) && !isHexInteger(text);
  if (whole !== undefined) return isFloat ? Number(whole) : whole;
  const float = readFloat(text);
  if (float === undefined) return { fault: `illegal number syntax: ${quote(text)}` };
  return isFloat ? float : { fault: `integer overflow: ${quote(text)}` };
}

/** Compat: a sign in front makes Go see the digit `e` as an exponent; the number is the same, only its type is not. */
const isHexInteger = (text: Bytes) => /^0[xX][^pP]+$/.test(text);

const integer =
  /^([+-]?)(0[xX](?:_?[\da-fA-F]+)+|0[bB](?:_?[01]+)+|0[oO](?:_?[0-7]+)+|0(?:_?[0-7]+)*|[1-9]\d*(?:_\d+)*)$/;

function readInteger(text: Bytes): bigint | 'tooLarge' | undefined {
  const [, sign, digits] = integer.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const plain = digits.replaceAll('_', '');
  const size = BigInt(/^0\d/.test(plain) ? `0o${plain}` : plain);
  const value = sign === '-' ? -size : size;
  if (BigInt.asIntN(64, value) === value) return value;
  return sign === '' && BigInt.asUintN(64, value) === value ? 'tooLarge' : undefined;
}

const decimal = /^[+-]?(?=\.?\d)(?:\d+(?:_\d+)*)?(?:\.(?:\d+(?:_\d+)*)?)?(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const hexadecimal = /^([+-]?)0[xX](?=\.?[\da-fA-F])([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d+)$/;

function readFloat(text: Bytes): number | undefined {
  const value = decimal.test(text) ? Number(text.replaceAll('_', '')) : readHexFloat(text);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function readHexFloat(text: Bytes): number | undefined {
  const [, sign, whole = '', fraction = '', exponent] = hexadecimal.exec(text) ?? [];
  if (exponent === undefined) return undefined;
  const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}
