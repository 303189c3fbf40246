/** What an expression may refer to. Without a table its things are not allowed at all. */
import type { Value } from '../schema/document.ts';

export interface Scope {
  /** Absent: `Variables not allowed`. */
  readonly variables?: ReadonlyMap<string, Value>;
  /** Absent: `Function calls not allowed`. By name, namespaces included. */
  readonly functions?: ReadonlyMap<string, HclFunction | LazyFunction>;
  /**
   * Names that are left for somebody else to resolve: a reference that begins with one, such as `node.class` in a job
   * file, stands for its own text, `${node.class}`.
   */
  readonly passesThrough?: (name: string) => boolean;
}

export interface HclFunction {
  /** The names of its parameters, for error texts. */
  readonly parameters: readonly string[];
  /** The name of the parameter that takes any number of further arguments. */
  readonly variadic?: string;
  /** @throws FunctionError when an argument does not suit. */
  call(args: readonly Value[]): Value;
}

/** A function that decides itself which of its arguments are evaluated, such as `try`. */
export interface LazyFunction {
  /**
   * @param args  each gives its argument's value, or undefined when it has none; its errors go nowhere.
   * @throws      FunctionError when there is no result.
   */
  callLazily(args: readonly (() => Value | undefined)[]): Value;
}

/** An argument does not suit, or the call failed as a whole. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  /** Which argument, from 0. */
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.argument = argument;
  }
}
