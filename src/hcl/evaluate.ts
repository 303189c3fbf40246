/** Expressions to values. Errors are reported where they arise; what depends on them has no value. */

import { didYouMean } from '../lib/nearest.ts';
import type { Diagnostic, Range, Report } from '../lib/source.ts';
import type { Value } from '../schema/document.ts';
import { type Arithmetic, calculate } from './arithmetic.ts';
import type {
  BinaryNode,
  CallNode,
  ConditionalNode,
  Expression,
  ForNode,
  ObjectNode,
  TemplateNode,
  UnaryNode,
} from './ast.ts';
import { elementsOf, failKey, getAttribute, indexInto } from './collections.ts';
import { FunctionError, type Scope } from './scope.ts';
import { areEqual, isTuple, kindOf, toBoolean, toNumber, toText } from './values.ts';

/** Steps and characters that one evaluation may take: loops in loops make a lot of little. */
const largestWork = 10_000_000;

/** Where a node's stretch of the tree's text stands in a file. */
export type Locate = (start: number, end: number) => Range;

/**
 * Evaluates one expression.
 *
 * @param text    the text of the tree that the node belongs to.
 * @param locate  turns the node's offsets into a range for diagnostics.
 * @returns       undefined after reporting an error.
 */
export function evaluate(
  node: Expression,
  text: string,
  locate: Locate,
  scope: Scope,
  report: Report,
): Value | undefined {
  return new Evaluation(text, locate, scope, report).value(node);
}

export class Evaluation {
  readonly #text: string;
  readonly #locate: Locate;
  readonly #scope: Scope;
  #report: Report;
  #workLeft = largestWork;
  /** Loop variables, the innermost last. */
  readonly #locals: (readonly [name: string, value: Value])[] = [];
  /** The elements at hand of the splats around, the innermost last. */
  readonly #items: Value[] = [];

  constructor(text: string, locate: Locate, scope: Scope, report: Report) {
    this.#text = text;
    this.#locate = locate;
    this.#scope = scope;
    this.#report = report;
  }

  fail(summary: string, detail: string, node: { readonly start: number; readonly end: number }): undefined {
    const diagnostic: Diagnostic = { severity: 'error', summary, detail, range: this.#locate(node.start, node.end) };
    this.#report(diagnostic);
  }

  /** Counts work done. @returns false after reporting that it was too much. */
  spend(amount: number, node: Expression): boolean {
    if (this.#workLeft < 0) return false;
    this.#workLeft -= amount;
    if (this.#workLeft >= 0) return true;
    this.fail('Result too large', 'Evaluating this expression takes too much work, or its result is too large.', node);
    return false;
  }

  value(node: Expression): Value | undefined {
    if (!this.spend(1, node)) return undefined;
    switch (node.kind) {
      case 'literal':
        return node.value;
      case 'template':
        return this.#template(node);
      case 'parentheses':
        return this.value(node.inner);
      case 'variable':
      case 'get':
      case 'index':
        return this.#chain(node);
      case 'item':
        return this.#items.at(-1);
      case 'splat':
        return this.#splat(node.source, node.each);
      case 'call':
        return this.#call(node);
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'conditional':
        return this.#conditional(node);
      case 'tuple':
        return this.#all(node.elements);
      case 'object':
        return this.#object(node);
      case 'for':
        return node.key === undefined ? this.#forTuple(node) : this.#forObject(node, node.key);
      case 'join':
        return this.#join(node.loop);
    }
  }

  /** Every value, or undefined when one has none; the others are evaluated all the same, for their errors. */
  #all(nodes: readonly Expression[]): Value[] | undefined {
    const values: Value[] = [];
    for (const node of nodes) {
      const value = this.value(node);
      if (value !== undefined) values.push(value);
    }
    return values.length === nodes.length ? values : undefined;
  }

  #template(node: TemplateNode): Value | undefined {
    const [only] = node.parts;
    if (node.passes && only !== undefined) return this.value(only);
    let text = '';
    let failed = false;
    for (const part of node.parts) {
      const piece = this.#piece(part);
      if (piece === undefined) failed = true;
      else text += piece;
    }
    return failed || !this.spend(text.length, node) ? undefined : text;
  }

  /** The text of one part of a template. */
  #piece(part: Expression): string | undefined {
    const value = this.value(part);
    if (value === undefined) return undefined;
    const summary = 'Invalid template interpolation value';
    if (value === null) {
      return this.fail(
        summary,
        'The expression result is null. Cannot include a null value in a string template.',
        part,
      );
    }
    const text = toText(value);
    if (text === undefined) {
      return this.fail(
        summary,
        `Cannot include the given value in a string template: string required, but have ${kindOf(value)}.`,
        part,
      );
    }
    return text;
  }

  #join(loop: ForNode): Value | undefined {
    const parts = this.#forTuple(loop);
    const text = parts?.map((part) => toText(part) ?? '').join('');
    return text === undefined || !this.spend(text.length, loop) ? undefined : text;
  }

  /** Names and indexes in a row, from the outside in and then back: the row may be long. */
  #chain(node: Expression): Value | undefined {
    const steps: Extract<Expression, { kind: 'get' | 'index' }>[] = [];
    let root = node;
    while (root.kind === 'get' || root.kind === 'index') {
      steps.push(root);
      root = root.kind === 'get' ? root.object : root.collection;
    }
    if (root.kind === 'variable' && this.#passesThrough(root.name))
      return `\${${this.#text.slice(node.start, node.end)}}`;
    let value = root.kind === 'variable' ? this.#variable(root.name, root) : this.value(root);
    for (const step of steps.reverse()) {
      if (value === undefined || !this.spend(1, step)) return undefined;
      if (step.kind === 'get') value = getAttribute(this, value, step);
      else {
        const key = this.value(step.key);
        value = key === undefined ? undefined : indexInto(this, value, key, step);
      }
    }
    return value;
  }

  #passesThrough(name: string): boolean {
    return this.#scope.passesThrough?.(name) === true && !this.#locals.some(([local]) => local === name);
  }

  #variable(name: string, node: Expression): Value | undefined {
    const local = this.#locals.findLast(([known]) => known === name);
    if (local !== undefined) return local[1];
    const { variables } = this.#scope;
    const value = variables?.get(name);
    if (value !== undefined) return value;
    if (variables === undefined && this.#locals.length === 0)
      return this.fail('Variables not allowed', 'Variables may not be used here.', node);
    const known = [...(variables?.keys() ?? []), ...this.#locals.map(([local]) => local)];
    return this.fail('Unknown variable', `There is no variable named "${name}".${didYouMean(name, known)}`, node);
  }

  #splat(sourceNode: Expression, each: Expression): Value | undefined {
    const source = this.value(sourceNode);
    if (source === undefined) return undefined;
    const elements = source === null ? [] : isTuple(source) ? source : [source];
    const values: Value[] = [];
    for (const element of elements) {
      this.#items.push(element);
      const value = this.value(each);
      this.#items.pop();
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  }

  #call(node: CallNode): Value | undefined {
    const place = { start: node.start, end: node.nameEnd };
    const { functions } = this.#scope;
    if (functions === undefined)
      return this.fail('Function calls not allowed', 'Functions may not be called here.', place);
    const found = functions.get(node.name);
    if (found === undefined) {
      const hint = didYouMean(node.name, functions.keys());
      return this.fail('Call to unknown function', `There is no function named "${node.name}".${hint}`, place);
    }
    const args = this.#arguments(node);
    if (args === undefined) return undefined;
    const { parameters, variadic } = found;
    const missing = parameters[args.length];
    if (missing !== undefined) {
      const count = `${variadic === undefined ? '' : ' at least'} ${parameters.length} argument(s)`;
      return this.fail(
        'Not enough function arguments',
        `Function "${node.name}" expects${count}. Missing value for "${missing}".`,
        { start: node.end - 1, end: node.end },
      );
    }
    if (args.length > parameters.length && variadic === undefined) {
      const extra = node.args[parameters.length] ?? node;
      return this.fail(
        'Too many function arguments',
        `Function "${node.name}" expects only ${parameters.length} argument(s).`,
        extra,
      );
    }
    try {
      const result = found.call(args);
      return this.spend(typeof result === 'string' ? result.length : 1, node) ? result : undefined;
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      if (error.argument === undefined)
        return this.fail('Error in function call', `Call to function "${node.name}" failed: ${error.message}.`, node);
      const parameter = parameters[error.argument] ?? variadic ?? '';
      const argument = node.args[Math.min(error.argument, node.args.length - 1)] ?? node;
      return this.fail(
        'Invalid function argument',
        `Invalid value for "${parameter}" parameter: ${error.message}.`,
        argument,
      );
    }
  }

  #arguments(node: CallNode): readonly Value[] | undefined {
    const args = this.#all(node.args);
    const last = node.args.at(-1);
    if (args === undefined || !node.spreads || last === undefined) return args;
    const spread = args.pop() ?? null;
    const summary = 'Invalid expanding argument value';
    if (spread === null) return this.fail(summary, 'The expanding argument (indicated by ...) must not be null.', last);
    if (!isTuple(spread))
      return this.fail(
        summary,
        'The expanding argument (indicated by ...) must be of a tuple, list, or set type.',
        last,
      );
    return [...args, ...spread];
  }

  #unary(node: UnaryNode): Value | undefined {
    const value = this.value(node.operand);
    if (value === undefined) return undefined;
    const result = node.operator === '-' ? negated(toNumber(value)) : inverted(toBoolean(value));
    if (result !== undefined) return result;
    if (value === null)
      return this.fail('Operation failed', 'Error during operation: argument must not be null.', node);
    const wanted = node.operator === '-' ? 'number' : 'bool';
    return this.fail(
      'Invalid operand',
      `Unsuitable value for unary operand: ${wanted} required, but have ${kindOf(value)}.`,
      node.operand,
    );
  }

  /** A row of operators leans to the left; it is walked, not descended into. */
  #binary(node: BinaryNode): Value | undefined {
    const row: BinaryNode[] = [];
    let first: Expression = node;
    while (first.kind === 'binary') {
      row.push(first);
      first = first.left;
    }
    let left = this.value(first);
    for (const one of row.reverse()) {
      const right = this.value(one.right);
      left =
        left === undefined || right === undefined || !this.spend(1, one) ? undefined : this.#apply(one, left, right);
    }
    return left;
  }

  #apply(node: BinaryNode, left: Value, right: Value): Value | undefined {
    const { operator } = node;
    switch (operator) {
      case '==':
        return areEqual(left, right);
      case '!=':
        return !areEqual(left, right);
      case '&&':
      case '||': {
        const a = this.#operand(node, left, node.left, 'left', 'bool', toBoolean);
        const b = this.#operand(node, right, node.right, 'right', 'bool', toBoolean);
        if (a === undefined || b === undefined) return undefined;
        return operator === '&&' ? a && b : a || b;
      }
      default: {
        const a = this.#operand(node, left, node.left, 'left', 'number', toNumber);
        const b = this.#operand(node, right, node.right, 'right', 'number', toNumber);
        if (a === undefined || b === undefined) return undefined;
        return this.#numeric(node, operator, a, b);
      }
    }
  }

  #numeric(
    node: BinaryNode,
    operator: '<' | '<=' | '>' | '>=' | Arithmetic,
    a: number | bigint,
    b: number | bigint,
  ): Value | undefined {
    switch (operator) {
      case '<':
        return a < b;
      case '<=':
        return a <= b;
      case '>':
        return a > b;
      case '>=':
        return a >= b;
      default: {
        const result = calculate(operator, a, b);
        return typeof result === 'string'
          ? this.fail('Operation failed', `Error during operation: ${result}.`, node)
          : result;
      }
    }
  }

  #operand<T>(
    node: BinaryNode,
    value: Value,
    operand: Expression,
    side: string,
    wanted: string,
    convert: (value: Value) => T | undefined,
  ): T | undefined {
    const converted = convert(value);
    if (converted !== undefined) return converted;
    if (value === null)
      return this.fail('Operation failed', 'Error during operation: argument must not be null.', node);
    return this.fail(
      'Invalid operand',
      `Unsuitable value for ${side} operand: ${wanted} required, but have ${kindOf(value)}.`,
      operand,
    );
  }

  /** Both branches are evaluated, since a text on one side makes texts of both; errors count only where they are chosen. */
  #conditional(node: ConditionalNode): Value | undefined {
    const condition = this.value(node.condition);
    if (condition === undefined) return undefined;
    if (condition === null)
      return this.fail(
        'Null condition',
        'The condition value is null. Conditions must either be true or false.',
        node.condition,
      );
    const choice = toBoolean(condition);
    if (choice === undefined)
      return this.fail('Incorrect condition type', 'The condition expression must be of type bool.', node.condition);
    const chosen = this.value(choice ? node.whenTrue : node.whenFalse);
    const other = this.#silently(choice ? node.whenFalse : node.whenTrue);
    if (chosen === undefined || chosen === null || other === undefined || other === null) return chosen;
    const kinds = [kindOf(chosen), kindOf(other)];
    if (kinds[0] === kinds[1]) return chosen;
    const text = kinds.includes('string') ? toText(chosen) : undefined;
    if (text !== undefined && toText(other) !== undefined) return text;
    const [whenTrue, whenFalse] = choice ? kinds : kinds.reverse();
    return this.fail(
      'Inconsistent conditional result types',
      `The true and false result expressions must have consistent types. The 'true' value is ${whenTrue}, but the 'false' value is ${whenFalse}.`,
      node,
    );
  }

  #silently(node: Expression): Value | undefined {
    const report = this.#report;
    this.#report = () => undefined;
    const value = this.value(node);
    this.#report = report;
    return value;
  }

  #object(node: ObjectNode): Value | undefined {
    const entries: [string, Value][] = [];
    for (const entry of node.entries) {
      const key = this.value(entry.key);
      const value = this.value(entry.value);
      if (key === undefined) continue;
      const name = key === null ? undefined : toText(key);
      if (name === undefined) failKey(this, key, entry.key);
      else if (value !== undefined) entries.push([name, value]);
    }
    return entries.length === node.entries.length ? Object.fromEntries(entries) : undefined;
  }

  #forTuple(node: ForNode): Value[] | undefined {
    const values: Value[] = [];
    const done = this.#loop(node, () => {
      const value = node.value.kind === 'template' ? this.#template(node.value) : this.value(node.value);
      if (value === undefined) return false;
      values.push(value);
      return true;
    });
    return done ? values : undefined;
  }

  #forObject(node: ForNode, keyNode: Expression): Value | undefined {
    const entries = new Map<string, Value>();
    const groups = new Map<string, Value[]>();
    const done = this.#loop(node, () => {
      const key = this.value(keyNode);
      const value = this.value(node.value);
      if (key === undefined || value === undefined) return false;
      if (key === null)
        return (
          this.fail(
            'Invalid object key',
            "Key expression in 'for' expression must not produce a null value.",
            keyNode,
          ) ?? false
        );
      const name = toText(key);
      if (name === undefined) {
        return (
          this.fail(
            'Invalid object key',
            `The key expression produced an invalid result: string required, but have ${kindOf(key)}.`,
            keyNode,
          ) ?? false
        );
      }
      if (node.groups) {
        const group = groups.get(name) ?? [];
        group.push(value);
        groups.set(name, group);
      } else if (entries.has(name)) {
        return (
          this.fail(
            'Duplicate object key',
            `Two different items produced the key "${name}" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.`,
            keyNode,
          ) ?? false
        );
      } else entries.set(name, value);
      return true;
    });
    return done ? Object.fromEntries(node.groups ? groups : entries) : undefined;
  }

  /** Runs `body` for each element that the condition lets through, with the loop's names set. @returns false after an error. */
  #loop(node: ForNode, body: () => boolean): boolean {
    const collection = this.value(node.collection);
    if (collection === undefined) return false;
    const elements = elementsOf(this, collection, node);
    if (elements === undefined) return false;
    const depth = this.#locals.length;
    let done = true;
    for (const [key, value] of elements) {
      if (node.keyName !== undefined) this.#locals.push([node.keyName, key]);
      this.#locals.push([node.valueName, value]);
      const wanted = node.condition === undefined ? true : this.#wanted(node.condition);
      done = wanted !== undefined && (!wanted || body());
      this.#locals.length = depth;
      if (!done) break;
    }
    return done;
  }

  #wanted(condition: Expression): boolean | undefined {
    const value = this.value(condition);
    if (value === undefined) return undefined;
    if (value === null)
      return this.fail('Condition is null', "The value of the 'if' clause must not be null.", condition);
    const wanted = toBoolean(value);
    if (wanted === undefined)
      this.fail(
        "Invalid 'for' condition",
        `The 'if' clause value is invalid: bool required, but have ${kindOf(value)}.`,
        condition,
      );
    return wanted;
  }
}

function negated(value: number | bigint | undefined): number | bigint | undefined {
  if (value === undefined) return undefined;
  return value === 0 ? 0 : -value;
}

function inverted(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}
