/** Decimal digits of a float64, rounded like Go: exactly, and half to even. */

/** No float64 has more digits than this; what is asked for beyond are zeros. */
const mostDigits = 1100;

interface Decimal {
  /** Without zeros in front, at least one digit. */
  readonly digits: string;
  /** Where the point stands: 0.digits × 10^point. */
  readonly point: number;
}

/**
 * A finite number, not below zero, as `%e`, `%f` and `%g` write it.
 *
 * @param precision  of `%g` undefined for the fewest digits that lead back to the number.
 */
export function formatFloat(size: number, form: 'e' | 'f', precision: number): string;
export function formatFloat(size: number, form: 'g', precision: number | undefined): string;
export function formatFloat(size: number, form: 'e' | 'f' | 'g', precision = -1): string {
  const exact = Math.min(precision, mostDigits);
  if (form === 'f') return layPlain(roundedAt(size, exact), precision);
  if (form === 'e') return layScientific(significant(size, exact + 1), precision);
  return general(size, exact);
}

/** The shorter way to write it, without zeros at the end of the fraction. */
function general(size: number, precision: number): string {
  const wanted = precision || 1;
  const rounded = precision < 0 ? shortest(size) : significant(size, wanted);
  const digits = rounded.digits.replace(/0+$/, '') || '0';
  const decimal = { digits, point: rounded.point };
  const isWhole = digits.length >= decimal.point;
  const limit = precision < 0 ? 6 : isWhole ? Math.min(wanted, digits.length) : wanted;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= limit) return layScientific(decimal, digits.length - 1);
  return layPlain(decimal, Math.max(digits.length - decimal.point, 0));
}

function layPlain({ digits, point }: Decimal, fraction: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const rest = '0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0));
  return fraction > 0 ? `${whole}.${rest.padEnd(fraction, '0').slice(0, fraction)}` : whole;
}

function layScientific({ digits, point }: Decimal, fraction: number): string {
  const exponent = digits === '0' ? 0 : point - 1;
  const rest = fraction > 0 ? `.${digits.slice(1).padEnd(fraction, '0')}` : '';
  return `${digits[0]}${rest}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** The fewest digits that lead back to the number. */
function shortest(size: number): Decimal {
  const [mantissa = '0', exponent = '0'] = size.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** Rounded to so many digits that count. */
function significant(size: number, count: number): Decimal {
  if (size === 0) return { digits: '0', point: 1 };
  const { point } = shortest(size);
  const rounded = roundedAt(size, count - point);
  // Rounding 9.99 up gives a digit more.
  return rounded.point > point ? { digits: rounded.digits.slice(0, count), point: rounded.point } : rounded;
}

/** Rounded to so many digits behind the point; before it for a negative number. */
function roundedAt(size: number, places: number): Decimal {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, size);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const mantissa = (raw & 0xfffffffffffffn) | (biased > 0 ? 0x10000000000000n : 0n);
  const shift = Math.max(biased, 1) - 1075;
  const top = mantissa * (shift > 0 ? 1n << BigInt(shift) : 1n) * (places > 0 ? 10n ** BigInt(places) : 1n);
  const bottom = (shift < 0 ? 1n << BigInt(-shift) : 1n) * (places < 0 ? 10n ** BigInt(-places) : 1n);
  const whole = top / bottom;
  const rest = (top % bottom) * 2n;
  const rounded = rest > bottom || (rest === bottom && whole % 2n === 1n) ? whole + 1n : whole;
  const digits = String(rounded);
  return { digits, point: rounded === 0n ? 1 - places : digits.length - places };
}
