/**
 * Command lines in Go's grammar: `-name value`, `-name=value`, two dashes alike, booleans only with `=`, flags end at the
 * first operand or after `--`. Source: spec agent.md §3.2.
 */
import { parseDuration } from './duration.ts';
import { explain, usageError } from './error.ts';
import { goBool } from './go-bool.ts';

/** One kind of flag: how its text is read. */
export interface Flag<T> {
  /** A boolean may stand alone and is true then. */
  readonly isBool: boolean;
  /** @param before  what an earlier use of the same flag gave. @throws when the text does not fit; its message is shown. */
  read(text: string, before: T | undefined): T;
}

type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What was given; flags that were not given are absent. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never };

export interface CommandLine<F extends Flags> {
  readonly values: FlagValues<F>;
  /** What follows the flags. */
  readonly operands: readonly string[];
}

/**
 * Reads a command line. A flag that is given twice keeps the last value; a `listFlag` keeps them all.
 *
 * @param flags  by name, without dashes.
 * @throws       `invalid_flag` (usage) with Go's text: `flag provided but not defined: -x`.
 */
export function parseFlags<const F extends Flags>(flags: F, args: readonly string[]): CommandLine<F> {
  const values: Record<string, unknown> = {};
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      at++;
      break;
    }
    if (!arg.startsWith('-') || arg === '-') break;
    const { name, inline } = split(arg);
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined) throw bad(`flag provided but not defined: -${name}`);
    let text = inline;
    if (text === undefined) {
      if (flag.isBool) text = 'true';
      else if (at + 1 < args.length) text = args[++at] ?? '';
      else throw bad(`flag needs an argument: -${name}`);
    }
    values[name] = readFlag(name, flag, text, values[name]);
  }
  return { values: values as FlagValues<F>, operands: args.slice(at) };
}

function split(arg: string): { readonly name: string; readonly inline: string | undefined } {
  const bare = arg.startsWith('--') ? arg.slice(2) : arg.slice(1);
  if (/^[-=]/.test(bare)) throw bad(`bad flag syntax: ${arg}`);
  const equals = bare.indexOf('=');
  if (equals < 0) return { name: bare, inline: undefined };
  return { name: bare.slice(0, equals), inline: bare.slice(equals + 1) };
}

function readFlag(name: string, flag: Flag<unknown>, text: string, before: unknown): unknown {
  try {
    return flag.read(text, before);
  } catch (cause) {
    const given = JSON.stringify(text);
    const what = flag.isBool
      ? `invalid boolean value ${given} for -${name}`
      : `invalid value ${given} for flag -${name}`;
    throw bad(`${what}: ${explain(cause)}`);
  }
}

function bad(message: string): Error {
  return usageError('invalid_flag', message);
}

const parseError = () => usageError('invalid_flag', 'parse error');

export const textFlag: Flag<string> = { isBool: false, read: (text) => text };

/** May be repeated; a comma inside a value is no separator. */
export const listFlag: Flag<readonly string[]> = { isBool: false, read: (text, before = []) => [...before, text] };

export const boolFlag: Flag<boolean> = {
  isBool: true,
  read(text) {
    const value = goBool(text);
    if (value === undefined) throw parseError();
    return value;
  },
};

/** Decimal, `0x`, `0o` or `0b`, with `_` between digits as in Go. */
export const integerFlag: Flag<number> = {
  isBool: false,
  read(text) {
    const [, sign = '', digits = ''] = /^([+-]?)(\w+)$/.exec(text) ?? [];
    if (!/^(0[xX](_?[\da-fA-F])+|0[oO]?(_?[0-7])+|0[bB](_?[01])+|[1-9](_?\d)*|0)$/.test(digits)) throw parseError();
    const plain = digits.replaceAll('_', '');
    const value = Number(/^0\d/.test(plain) ? `0o${plain.slice(1)}` : plain) * (sign === '-' ? -1 : 1);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw usageError('invalid_flag', 'value out of range');
    return value;
  },
};

/** Go duration text, as milliseconds. Its errors are the time library's. */
export const durationFlag: Flag<number> = { isBool: false, read: (text) => parseDuration(text) };

/** Like `durationFlag`, for the flags of which upstream only says `parse error`. */
export const terseDurationFlag: Flag<number> = {
  isBool: false,
  read(text) {
    try {
      return parseDuration(text);
    } catch {
      throw parseError(); // Compat: the reason is not told.
    }
  },
};
