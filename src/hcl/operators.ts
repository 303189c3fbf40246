/** Operators: what they take, and what they make of it. */
import type { Value } from '../schema/document.ts';
import { calculate } from './arithmetic.ts';
import type { BinaryNode, ConditionalNode, Expression, UnaryNode } from './ast.ts';
import type { Evaluation } from './evaluation.ts';
import { areEqual, kindOf, toBoolean, toNumber, toText } from './values.ts';

export function unary(evaluation: Evaluation, node: UnaryNode): Value | undefined {
  const value = evaluation.value(node.operand);
  if (value === undefined) return undefined;
  if (node.operator === '-') {
    const number = operand(evaluation, node, value, node.operand, 'unary', 'number', toNumber);
    return number === undefined || number === 0 ? number : -number;
  }
  const boolean = operand(evaluation, node, value, node.operand, 'unary', 'bool', toBoolean);
  return boolean === undefined ? undefined : !boolean;
}

/** A row of operators leans to the left; it is walked, not descended into. */
export function binary(evaluation: Evaluation, node: BinaryNode): Value | undefined {
  const row: BinaryNode[] = [];
  let first: Expression = node;
  while (first.kind === 'binary') {
    row.push(first);
    first = first.left;
  }
  let left = evaluation.value(first);
  for (const one of row.reverse()) {
    const right = evaluation.value(one.right);
    if (left === undefined || right === undefined || !evaluation.spend(1, one)) left = undefined;
    else left = apply(evaluation, one, left, right);
  }
  return left;
}

function apply(evaluation: Evaluation, node: BinaryNode, left: Value, right: Value): Value | undefined {
  const { operator } = node;
  if (operator === '==') return areEqual(left, right);
  if (operator === '!=') return !areEqual(left, right);
  if (operator === '&&' || operator === '||') {
    const a = operand(evaluation, node, left, node.left, 'left', 'bool', toBoolean);
    const b = operand(evaluation, node, right, node.right, 'right', 'bool', toBoolean);
    if (a === undefined || b === undefined) return undefined;
    return operator === '&&' ? a && b : a || b;
  }
  const a = operand(evaluation, node, left, node.left, 'left', 'number', toNumber);
  const b = operand(evaluation, node, right, node.right, 'right', 'number', toNumber);
  if (a === undefined || b === undefined) return undefined;
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
      if (typeof result !== 'string') return result;
      return evaluation.fail('Operation failed', `Error during operation: ${result}.`, node);
    }
  }
}

/** The operand in the type that the operator works on. */
function operand<T>(
  evaluation: Evaluation,
  node: Expression,
  value: Value,
  valueNode: Expression,
  side: 'unary' | 'left' | 'right',
  type: string,
  convert: (value: Value) => T | undefined,
): T | undefined {
  const converted = convert(value);
  if (converted !== undefined) return converted;
  if (value === null)
    return evaluation.fail('Operation failed', 'Error during operation: argument must not be null.', node);
  const detail = `Unsuitable value for ${side} operand: ${type} required, but have ${kindOf(value)}.`;
  return evaluation.fail('Invalid operand', detail, valueNode);
}

/**
 * `condition ? a : b`. Both branches are evaluated, since a text on one side makes texts of both; but errors count only
 * where they are chosen.
 */
export function conditional(evaluation: Evaluation, node: ConditionalNode): Value | undefined {
  const condition = evaluation.value(node.condition);
  if (condition === undefined) return undefined;
  if (condition === null) {
    const detail = 'The condition value is null. Conditions must either be true or false.';
    return evaluation.fail('Null condition', detail, node.condition);
  }
  const choice = toBoolean(condition);
  if (choice === undefined) {
    return evaluation.fail(
      'Incorrect condition type',
      'The condition expression must be of type bool.',
      node.condition,
    );
  }
  const chosen = evaluation.value(choice ? node.whenTrue : node.whenFalse);
  const other = evaluation.silently(choice ? node.whenFalse : node.whenTrue);
  if (chosen === undefined || chosen === null || other === undefined || other === null) return chosen;
  if (kindOf(chosen) === kindOf(other)) return chosen;
  const text = typeof chosen === 'string' || typeof other === 'string' ? toText(chosen) : undefined;
  if (text !== undefined && toText(other) !== undefined) return text;
  const [whenTrue, whenFalse] = choice ? [chosen, other] : [other, chosen];
  const detail = `The true and false result expressions must have consistent types. The 'true' value is ${kindOf(whenTrue)}, but the 'false' value is ${kindOf(whenFalse)}.`;
  return evaluation.fail('Inconsistent conditional result types', detail, node);
}
