/** What the pipelines of a template give. Compat: Go text/template, down to the part that a fault points at. */
import type { Bytes } from './bytes.ts';
import { functionNamed, type TemplateFunction } from './functions.ts';
import type { Run } from './run.ts';
import { type Command, type Operand, type Part, type Pipeline, show } from './syntax.ts';
import { CallFault, Fields, isTrue, typeName, type Value } from './value.ts';

/** What the command before gives; undefined for the first. */
type Piped = { readonly value: Value } | undefined;

/** Whatever these are, nothing can be given to them. */
const plainKinds: ReadonlySet<Operand['kind']> = new Set<Operand['kind']>([
  'dot',
  'nil',
  'bool',
  'string',
  'number',
  'pipeline',
]);

/** The variables and the place of one template that is being rendered. */
export class Evaluation {
  readonly run: Run;
  readonly template: Bytes;
  /** What a fault points at. */
  at: Part;
  /** Innermost last. */
  readonly #variables: { readonly name: Bytes; value: Value }[];

  /** @param data  what `$` stands for. */
  constructor(run: Run, template: Bytes, data: Value, at: Part) {
    this.run = run;
    this.template = template;
    this.at = at;
    this.#variables = [{ name: '$', value: data }];
  }

  fail(message: Bytes): never {
    return this.run.fail(message, this);
  }

  /** How many variables there are, to forget those that come after. */
  get mark(): number {
    return this.#variables.length;
  }

  forget(mark: number): void {
    this.#variables.length = mark;
  }

  /** Gives the variable another value. */
  assign(name: Bytes, value: Value): void {
    this.#variable(name).value = value;
  }

  #variable(name: Bytes): { value: Value } {
    return this.#variables.findLast((one) => one.name === name) ?? this.fail(`undefined variable: ${name}`);
  }

  /** Declares or assigns its variables too. */
  pipeline(dot: Value, pipeline: Pipeline): Value {
    this.at = pipeline;
    let piped: Piped;
    for (const command of pipeline.commands) piped = { value: this.#command(dot, command, piped) };
    for (const name of pipeline.targets) {
      if (pipeline.assigns) this.assign(name, piped?.value);
      else this.#variables.push({ name, value: piped?.value });
    }
    return piped?.value;
  }

  #command(dot: Value, command: Command, piped: Piped): Value {
    const { head, args } = command;
    if (head.kind === 'function') return this.#call(dot, head.name, head, command, args, piped);
    const given = args.length > 0 || piped !== undefined;
    if (head.kind !== 'pipeline') this.at = head;
    if (given && plainKinds.has(head.kind)) this.#notAFunction(head);
    if (head.kind === 'nil') this.fail('nil is not a command');
    return this.#operand(dot, head, given);
  }

  /** @param given  whether it is to be called with something, which no value can be. */
  #operand(dot: Value, operand: Operand, given = false): Value {
    this.at = operand;
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'bool':
      case 'string':
        return operand.value;
      case 'number':
        return operand.value === 'tooLarge' ? this.fail(`${operand.text} overflows int`) : operand.value;
      case 'field':
        return this.#take(dot, operand.path, given);
      case 'variable':
        return this.#variableOf(operand, given);
      case 'chain':
        return this.#take(this.#operand(dot, operand.of), operand.path, given);
      case 'function':
        return this.#call(dot, operand.name, operand, operand, [], undefined);
      case 'pipeline':
        return this.run.nested(this, () => this.pipeline(dot, operand));
    }
  }

  #variableOf(operand: Extract<Operand, { kind: 'variable' }>, given: boolean): Value {
    const { value } = this.#variable(operand.name);
    if (given && operand.path.length === 0) this.#notAFunction(operand);
    return this.#take(value, operand.path, given);
  }

  #notAFunction(operand: Operand): never {
    return this.fail(`can't give argument to non-function ${show(operand)}`);
  }

  /** Follows the names into the value. Nil has every field, and it is nil. */
  #take(from: Value, path: readonly Bytes[], given: boolean): Value {
    let value = from;
    for (const [index, name] of path.entries()) {
      if (value === undefined) return undefined;
      const field = value instanceof Fields ? value.get(name) : undefined;
      if (field === undefined) this.fail(`can't evaluate field ${name} in type ${typeName(value)}`);
      if (given && index === path.length - 1) this.fail(`${name} has arguments but cannot be invoked as function`);
      value = field;
    }
    return value;
  }

  /** @param whole  what a fault of the function itself points at. */
  #call(dot: Value, name: Bytes, at: Part, whole: Part, args: readonly Operand[], piped: Piped): Value {
    this.at = at;
    const called = functionNamed(name);
    if (called === undefined) return this.fail(`${name} is not a defined function`);
    this.#checkCount(name, called, args.length, piped === undefined ? 0 : 1);
    if (name === 'and' || name === 'or') return this.#choose(dot, name, args, piped);
    const values = args.map((arg, index) =>
      called.wantsFormat && index === 0 ? this.#format(dot, arg) : this.#operand(dot, arg),
    );
    if (piped !== undefined) {
      values.push(called.wantsFormat && values.length === 0 ? this.#mustBeString(piped.value) : piped.value);
    }
    try {
      if (name === 'call') throw new CallFault(noCallee(args[0], values[0]));
      const result = called.call(values);
      this.run.step(this, [...values, result]);
      return result;
    } catch (cause) {
      if (!(cause instanceof CallFault)) throw cause;
      this.at = whole;
      return this.fail(`error calling ${name}: ${cause.message}`);
    }
  }

  #checkCount(name: Bytes, { least, exact }: TemplateFunction, args: number, piped: 0 | 1): void {
    const count = args + piped;
    if (exact && count !== least) this.fail(`wrong number of args for ${name}: want ${least} got ${count}`);
    if (count < least) this.fail(`wrong number of args for ${name}: want at least ${least} got ${args}`);
  }

  /** The first value that decides, or the last; those behind it are not evaluated. */
  #choose(dot: Value, name: 'and' | 'or', args: readonly Operand[], piped: Piped): Value {
    let value: Value;
    for (const arg of args) {
      value = this.#operand(dot, arg);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped === undefined ? value : piped.value;
  }

  #format(dot: Value, arg: Operand): Value {
    this.at = arg;
    if (arg.kind === 'nil') this.fail('cannot assign nil to string');
    if (arg.kind === 'bool' || arg.kind === 'number') this.fail(`expected string; found ${show(arg)}`);
    return this.#mustBeString(this.#operand(dot, arg));
  }

  #mustBeString(value: Value): Value {
    if (value === undefined) this.fail('invalid value; expected string');
    if (typeof value !== 'string') this.fail(`wrong type for value; expected string; got ${typeName(value)}`);
    return value;
  }
}

/** Why `call` cannot work: none of the values that a template has is a function. */
function noCallee(arg: Operand | undefined, callee: Value): Bytes {
  if (callee === undefined) return 'call of nil';
  const piped = typeof callee === 'string' ? callee : `<${typeName(callee)} Value>`;
  return `non-function ${arg === undefined ? piped : show(arg)} of type ${typeName(callee)}`;
}
