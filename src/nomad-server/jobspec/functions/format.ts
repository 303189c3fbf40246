/** `format("%s-%02d", …)`. Source: spec jobspec.md §1.2. */
import { jsonencode } from '../../../hcl/functions.ts';
import { numberText } from '../../../hcl/literal.ts';
import { FunctionError } from '../../../hcl/scope.ts';
import { toBoolean, toNumber, toText } from '../../../hcl/values.ts';
import type { Value } from '../../../schema/document.ts';

const verbForm = /%([#+\- 0]*)(\d+)?(?:\.(\d+))?(.)/gs;

export function formatted(format: string, args: readonly Value[]): string {
  let used = 0;
  return format.replace(verbForm, (whole, flags: string, width: string, precision: string, verb: string) => {
    if (verb === '%') return '%';
    if (used >= args.length) throw new FunctionError(`not enough arguments for "${whole}": need index ${used + 1}`);
    const digits = precision === undefined ? undefined : Number(precision);
    const text = written(verb, args[used++] ?? null, digits, flags, whole);
    return padded(text, Number(width ?? 0), flags);
  });
}

function written(verb: string, value: Value, digits: number | undefined, flags: string, whole: string): string {
  const unsuited = (wanted: string) => new FunctionError(`unsupported value for "${whole}": ${wanted} required`);
  switch (verb) {
    case 's':
    case 'q': {
      const text = toText(value);
      if (text === undefined) throw unsuited('string');
      return verb === 'q' ? JSON.stringify(text) : text.slice(0, digits);
    }
    case 'v':
      return typeof value === 'string' && !flags.includes('#') ? value : (toText(value) ?? encoded(value));
    case 't': {
      const bool = toBoolean(value);
      if (bool === undefined) throw unsuited('bool');
      return String(bool);
    }
    default: {
      const number = toNumber(value);
      if (number === undefined) throw unsuited('number');
      const text = asNumber(verb, number, digits);
      if (text === undefined) throw new FunctionError(`unsupported format verb '${verb}' in "${whole}"`);
      return flags.includes('+') && !text.startsWith('-') ? `+${text}` : text;
    }
  }
}

const encoded = (value: Value) => String(jsonencode.call([value]));

function asNumber(verb: string, value: number | bigint, digits = 6): string | undefined {
  switch (verb) {
    case 'd':
      return numberText(typeof value === 'bigint' ? value : Math.trunc(value));
    case 'f':
      return Number(value).toFixed(digits);
    case 'e':
      return Number(value).toExponential(digits);
    case 'g':
      return numberText(value);
    case 'x':
      return value.toString(16);
    case 'X':
      return value.toString(16).toUpperCase();
    case 'o':
      return value.toString(8);
    case 'b':
      return value.toString(2);
    default:
      return undefined;
  }
}

function padded(text: string, width: number, flags: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
