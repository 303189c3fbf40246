/** Functions of job files are made from plain ones: these read their arguments. */
import { FunctionError, type HclFunction } from '../../../hcl/scope.ts';
import { isObject, isTuple, type ObjectValue, toNumber, toText } from '../../../hcl/values.ts';
import type { Value } from '../../../schema/document.ts';

/** Reads arguments by their place, from 0. Each throws a `FunctionError` when the argument does not suit. */
export interface Arguments {
  readonly count: number;
  value(at: number): Value;
  text(at: number): string;
  number(at: number): number;
  list(at: number): readonly Value[];
  texts(at: number): readonly string[];
  object(at: number): ObjectValue;
  /** The arguments from this place on. */
  rest(at: number): readonly Value[];
}

export type Table = Readonly<Record<string, HclFunction>>;

/** @param parameters  their names, for error texts; the last one begins with `...` when there may be any number. */
export function define(parameters: readonly string[], call: (args: Arguments) => Value): HclFunction {
  const last = parameters.at(-1) ?? '';
  const read = (args: readonly Value[]) => call(readArguments(args));
  if (!last.startsWith('...')) return { parameters, call: read };
  return { parameters: parameters.slice(0, -1), variadic: last.slice(3), call: read };
}

function readArguments(args: readonly Value[]): Arguments {
  const value = (at: number) => args[at] ?? null;
  const orFail = <T>(found: T | undefined, wanted: string, at: number): T => {
    if (found === undefined) throw new FunctionError(`${wanted} required`, at);
    return found;
  };
  const list = (at: number) => {
    const one = value(at);
    return orFail(isTuple(one) ? one : undefined, 'list', at);
  };
  return {
    count: args.length,
    value,
    text: (at) => orFail(toText(value(at)), 'string', at),
    number: (at) => Number(orFail(toNumber(value(at)), 'number', at)),
    list,
    texts: (at) => list(at).map((one) => orFail(toText(one), 'list of string', at)),
    object: (at) => {
      const one = value(at);
      return orFail(isObject(one) ? one : undefined, 'map', at);
    },
    rest: (at) => args.slice(at),
  };
}
