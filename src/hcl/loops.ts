/** What goes through a collection: `for` expressions and splats. */
import type { Value } from '../schema/document.ts';
import type { Expression, ForNode, SplatNode } from './ast.ts';
import type { Evaluation } from './evaluation.ts';
import { isObject, isTuple, kindOf, sortedKeys, toBoolean, toText } from './values.ts';

/** `[for x in xs : value]`; the first error ends the loop. */
export function forTuple(evaluation: Evaluation, node: ForNode): Value[] | undefined {
  const values: Value[] = [];
  const done = loop(evaluation, node, () => {
    const value = evaluation.value(node.value);
    if (value === undefined) return false;
    values.push(value);
    return true;
  });
  return done ? values : undefined;
}

/** `{for x in xs : key => value}`, with or without `...`. */
export function forObject(evaluation: Evaluation, node: ForNode, keyNode: Expression): Value | undefined {
  const entries = new Map<string, Value>();
  const groups = new Map<string, Value[]>();
  const done = loop(evaluation, node, () => {
    const key = evaluation.value(keyNode);
    const value = evaluation.value(node.value);
    const name = key === undefined ? undefined : loopKey(evaluation, key, keyNode);
    if (name === undefined || value === undefined) return false;
    if (node.groups) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [value]);
      else group.push(value);
    } else if (entries.has(name)) {
      const detail = `Two different items produced the key "${name}" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.`;
      evaluation.fail('Duplicate object key', detail, keyNode);
      return false;
    } else entries.set(name, value);
    return true;
  });
  return done ? Object.fromEntries(node.groups ? groups : entries) : undefined;
}

function loopKey(evaluation: Evaluation, key: Value, node: Expression): string | undefined {
  const summary = 'Invalid object key';
  if (key === null) {
    return evaluation.fail(summary, "Key expression in 'for' expression must not produce a null value.", node);
  }
  const name = toText(key);
  if (name !== undefined) return name;
  const detail = `The key expression produced an invalid result: string required, but have ${kindOf(key)}.`;
  return evaluation.fail(summary, detail, node);
}

/** Runs `body` for each element that the condition lets through, with the loop's names set. @returns false after an error. */
function loop(evaluation: Evaluation, node: ForNode, body: () => boolean): boolean {
  const collection = evaluation.value(node.collection);
  const elements = collection === undefined ? undefined : elementsOf(evaluation, collection, node);
  if (elements === undefined) return false;
  const { locals } = evaluation;
  const depth = locals.length;
  let done = true;
  for (const [key, value] of elements) {
    if (node.keyName !== undefined) locals.push([node.keyName, key]);
    locals.push([node.valueName, value]);
    const wanted = node.condition === undefined ? true : isWanted(evaluation, node.condition);
    done = wanted !== undefined && (!wanted || body());
    locals.length = depth;
    if (!done) break;
  }
  return done;
}

/** Index and element, or key and value in the order of the keys. */
function elementsOf(
  evaluation: Evaluation,
  value: Value,
  node: ForNode,
): Iterable<readonly [Value, Value]> | undefined {
  if (isTuple(value)) return value.entries();
  if (isObject(value)) return sortedKeys(value).map((key) => [key, value[key] ?? null] as const);
  if (value === null) {
    const detail = "A null value cannot be used as the collection in a 'for' expression.";
    return evaluation.fail('Iteration over null value', detail, node.collection);
  }
  const detail = `A value of type ${kindOf(value)} cannot be used as the collection in a 'for' expression.`;
  return evaluation.fail('Iteration over non-iterable value', detail, node.collection);
}

function isWanted(evaluation: Evaluation, condition: Expression): boolean | undefined {
  const value = evaluation.value(condition);
  if (value === undefined) return undefined;
  if (value === null) {
    return evaluation.fail('Condition is null', "The value of the 'if' clause must not be null.", condition);
  }
  const wanted = toBoolean(value);
  if (wanted !== undefined) return wanted;
  const detail = `The 'if' clause value is invalid: bool required, but have ${kindOf(value)}.`;
  return evaluation.fail("Invalid 'for' condition", detail, condition);
}

/** `source[*].step`: a value that is no tuple counts as a tuple of one, null as none. */
export function splat(evaluation: Evaluation, node: SplatNode): Value | undefined {
  const source = evaluation.value(node.source);
  if (source === undefined) return undefined;
  const values: Value[] = [];
  for (const element of source === null ? [] : isTuple(source) ? source : [source]) {
    evaluation.items.push(element);
    const value = evaluation.value(node.each);
    evaluation.items.pop();
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}
