/** Expressions to values. Errors are reported where they arise; what depends on them has no value. */
import { didYouMean } from '../lib/nearest.ts';
import type { Report } from '../lib/source.ts';
import type { Value } from '../schema/document.ts';
import type { Expression, ObjectNode, TemplateNode } from './ast.ts';
import { callFunction } from './calls.ts';
import { failKey, getAttribute, indexInto } from './collections.ts';
import { Evaluation, type Locate, stepCost } from './evaluation.ts';
import { forObject, forTuple, splat } from './loops.ts';
import { binary, conditional, unary } from './operators.ts';
import type { Scope } from './scope.ts';
import { kindOf, toText } from './values.ts';

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
  if (node.kind === 'literal') return node.value;
  const evaluator = new Evaluator(text, locate, scope, report);
  const value = evaluator.value(node);
  return evaluator.isExhausted ? undefined : value;
}

const variablesDetail =
  'Variables may not be used here. Write the value itself; for a literal "${" in a text, write "$${".';

class Evaluator extends Evaluation {
  override value(node: Expression): Value | undefined {
    if (!this.spend(stepCost, node)) return undefined;
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
        return this.items.at(-1);
      case 'splat':
        return splat(this, node);
      case 'call':
        return callFunction(this, node);
      case 'unary':
        return unary(this, node);
      case 'binary':
        return binary(this, node);
      case 'conditional':
        return conditional(this, node);
      case 'tuple':
        return this.all(node.elements);
      case 'object':
        return this.#object(node);
      case 'for':
        return node.key === undefined ? forTuple(this, node) : forObject(this, node, node.key);
      case 'join': {
        const text = forTuple(this, node.loop)
          ?.map((part) => toText(part) ?? '')
          .join('');
        return text !== undefined && this.spend(text.length, node) ? text : undefined;
      }
    }
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
      const detail = 'The expression result is null. Cannot include a null value in a string template.';
      return this.fail(summary, detail, part);
    }
    const text = toText(value);
    if (text !== undefined) return text;
    const detail = `Cannot include the given value in a string template: string required, but have ${kindOf(value)}.`;
    return this.fail(summary, detail, part);
  }

  /** Names and indexes in a row, from the outside in and then back: the row may be long. */
  #chain(node: Expression): Value | undefined {
    const steps: Extract<Expression, { kind: 'get' | 'index' }>[] = [];
    let root = node;
    while (root.kind === 'get' || root.kind === 'index') {
      steps.push(root);
      root = root.kind === 'get' ? root.object : root.collection;
    }
    if (root.kind === 'variable' && this.#passesThrough(root.name)) {
      return `\${${this.text.slice(node.start, node.end)}}`;
    }
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
    return this.scope.passesThrough?.(name) === true && !this.locals.some(([local]) => local === name);
  }

  #variable(name: string, node: Expression): Value | undefined {
    const local = this.locals.findLast(([known]) => known === name);
    if (local !== undefined) return local[1];
    const { variables } = this.scope;
    const value = variables?.get(name);
    if (value !== undefined) return value;
    if (variables === undefined && this.locals.length === 0) {
      return this.fail('Variables not allowed', variablesDetail, node);
    }
    const known = [...(variables?.keys() ?? []), ...this.locals.map(([local]) => local)];
    return this.fail('Unknown variable', `There is no variable named "${name}".${didYouMean(name, known)}`, node);
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
}
