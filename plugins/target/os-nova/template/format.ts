/**
 * `print`, `println` and `printf`. Compat: Go's fmt, down to what it says about a verb that does not fit.
 * All throw a CallFault once the text grows beyond what a rendering may give.
 */
import { type Bytes, runeAt } from './bytes.ts';
import { type Flags, formatValue, noFlags } from './format-value.ts';
import { maxBytes } from './limits.ts';
import { asInteger, CallFault, typeName, type Value } from './value.ts';

/** The values, with a blank between two of which neither is a string. */
export const print = (values: readonly Value[]): Bytes =>
  joined(values, (value, before) => (typeof value !== 'string' && typeof before !== 'string' ? ' ' : ''));

/** The values with blanks between them, and a line end. */
export const printLine = (values: readonly Value[]): Bytes => `${joined(values, () => ' ')}\n`;

function joined(values: readonly Value[], gap: (value: Value, before: Value) => Bytes): Bytes {
  let out = '';
  for (const [index, value] of values.entries()) {
    if (index > 0) out += gap(value, values[index - 1]);
    out += formatValue(value, 'v', noFlags);
    checkLength(out);
  }
  return out;
}

function checkLength(bytes: Bytes): void {
  if (bytes.length > maxBytes) throw new CallFault(`text longer than ${maxBytes} bytes`);
}

/** Writes the values in the places that the format has for them. */
export const printFormat = (format: Bytes, values: readonly Value[]): Bytes => new Formatting(format, values).run();

/** Beyond this Go takes no width and no precision. */
const maxWidth = 1_000_000;

class Formatting {
  readonly #format: Bytes;
  readonly #values: readonly Value[];
  #at = 0;
  /** The next value. */
  #next = 0;
  /** The format chose values by number, so that it cannot be told which were forgotten. */
  #reordered = false;
  #isGoodNumber = true;
  #isAfterNumber = false;
  #out = '';

  constructor(format: Bytes, values: readonly Value[]) {
    this.#format = format;
    this.#values = values;
  }

  run(): Bytes {
    for (;;) {
      const percent = this.#format.indexOf('%', this.#at);
      this.#write(this.#format.slice(this.#at, percent < 0 ? undefined : percent));
      if (percent < 0) break;
      this.#at = percent + 1;
      this.#directive();
    }
    if (!this.#reordered && this.#next < this.#values.length) this.#write(this.#extra());
    return this.#out;
  }

  #write(bytes: Bytes): void {
    this.#out += bytes;
    checkLength(this.#out);
  }

  #extra(): Bytes {
    const shown = this.#values
      .slice(this.#next)
      .map((value) => (value === undefined ? '<nil>' : `${typeName(value)}=${formatValue(value, 'v', noFlags)}`));
    return `%!(EXTRA ${shown.join(', ')})`;
  }

  #directive(): void {
    this.#isGoodNumber = true;
    const flags = this.#flags();
    this.#isAfterNumber = this.#number();
    this.#width(flags);
    this.#precision(flags);
    if (!this.#isAfterNumber) this.#isAfterNumber = this.#number();
    if (this.#at >= this.#format.length) this.#write('%!(NOVERB)');
    else this.#verb(flags);
  }

  #flags(): Flags {
    const flags = { ...noFlags };
    for (; ; this.#at++) {
      const sign = this.#format[this.#at];
      if (sign === '#') flags.sharp = true;
      else if (sign === '0') flags.zero = true;
      else if (sign === '+') flags.plus = true;
      else if (sign === '-') flags.minus = true;
      else if (sign === ' ') flags.space = true;
      else return flags;
    }
  }

  /** `[2]` chooses the value. @returns whether it stands here. */
  #number(): boolean {
    if (this.#format[this.#at] !== '[') return false;
    this.#reordered = true;
    const end = this.#format.indexOf(']', this.#at);
    const text = end < 0 ? '' : this.#format.slice(this.#at + 1, end);
    const isNumber = /^\d{1,7}$/.test(text);
    const index = Number(text) - 1;
    this.#at = end < 0 ? this.#at + 1 : end + 1;
    if (isNumber && index >= 0 && index < this.#values.length) this.#next = index;
    else this.#isGoodNumber = false;
    return isNumber;
  }

  #width(flags: Flags): void {
    if (this.#format[this.#at] === '*') {
      const width = this.#starred();
      if (width === undefined) this.#write('%!(BADWIDTH)');
      else if (width < 0) Object.assign(flags, { width: -width, minus: true, zero: false });
      else flags.width = width;
      this.#isAfterNumber = false;
      return;
    }
    flags.width = this.#digits();
    if (this.#isAfterNumber && flags.width !== undefined) this.#isGoodNumber = false;
  }

  #precision(flags: Flags): void {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return;
    this.#at++;
    if (this.#isAfterNumber) this.#isGoodNumber = false;
    this.#isAfterNumber = this.#number();
    if (this.#format[this.#at] !== '*') {
      flags.precision = this.#digits() ?? 0;
      return;
    }
    const precision = this.#starred();
    if (precision !== undefined && precision >= 0) flags.precision = precision;
    else this.#write('%!(BADPREC)');
    this.#isAfterNumber = false;
  }

  /** A number that a value gives, in place of `*`. */
  #starred(): number | undefined {
    this.#at++;
    if (this.#next >= this.#values.length) return undefined;
    const value = Number(asInteger(this.#values[this.#next++]) ?? Number.NaN);
    return Math.abs(value) <= maxWidth ? value : undefined;
  }

  #digits(): number | undefined {
    const digits = /\d*/y;
    digits.lastIndex = this.#at;
    const text = digits.exec(this.#format)?.[0] ?? '';
    const isAbsurd = Number(text.slice(0, -1)) > maxWidth;
    // At such a number Go gives up on the whole format.
    this.#at = isAbsurd ? this.#format.length : this.#at + text.length;
    return isAbsurd || text === '' ? undefined : Number(text);
  }

  #verb(flags: Flags): void {
    const { bytes: verb } = runeAt(this.#format, this.#at);
    this.#at += verb.length;
    if (verb === '%') this.#write('%');
    else if (!this.#isGoodNumber) this.#write(`%!${verb}(BADINDEX)`);
    else if (this.#next >= this.#values.length) this.#write(`%!${verb}(MISSING)`);
    else {
      const { sharp, plus } = flags;
      if (verb === 'v') Object.assign(flags, { sharpV: sharp, plusV: plus, sharp: false, plus: false });
      this.#write(formatValue(this.#values[this.#next++], verb, flags));
    }
  }
}
