/** What an expression refers to, so that definitions can be put in an order before any is evaluated. */
import type { Attribute } from '../schema/document.ts';
import type { Expression, ForNode } from './ast.ts';
import type { JsonNode } from './json-tree.ts';
import { parseJsonTemplate } from './json-value.ts';

/** `var.region` in an expression: the root `var` and the name `region` behind it. */
export interface Reference {
  readonly root: string;
  /** Absent where an index, a splat or nothing follows the root. */
  readonly name: string | undefined;
}

/** An attribute of a file: it can also tell what it refers to. */
export interface HclAttribute extends Attribute {
  /** Every reference in the expression, in its order; the names of its own loops are none. */
  references(): readonly Reference[];
}

/** In the order of the text, but for what stands in index brackets and on the right of operators. Steps behind the second name are left out. */
export function referencesOf(node: Expression): readonly Reference[] {
  const found: Reference[] = [];
  collect(node, [], found);
  return found;
}

/** The same of a value in JSON: of the templates in its texts and keys. */
export function referencesInJson(node: JsonNode): readonly Reference[] {
  switch (node.kind) {
    case 'scalar':
      return [];
    case 'string': {
      const template = parseJsonTemplate(node).node;
      return template === undefined ? [] : referencesOf(template);
    }
    case 'array':
      return node.elements.flatMap(referencesInJson);
    case 'object':
      return node.properties.flatMap(({ name, value }) => [...referencesInJson(name), ...referencesInJson(value)]);
  }
}

function collect(node: Expression, locals: readonly string[], found: Reference[]): void {
  // Rows of steps and operators may be long: they are walked, not descended into.
  let at = node;
  let name: string | undefined;
  for (;;) {
    if (at.kind === 'get') {
      name = at.name;
      at = at.object;
    } else if (at.kind === 'index') {
      name = at.key.kind === 'literal' && typeof at.key.value === 'string' ? at.key.value : undefined;
      collect(at.key, locals, found);
      at = at.collection;
    } else if (at.kind === 'binary') {
      name = undefined;
      collect(at.right, locals, found);
      at = at.left;
    } else break;
  }
  if (at.kind === 'variable') {
    if (!locals.includes(at.name)) found.push({ root: at.name, name });
  } else if (at.kind === 'for') collectLoop(at, locals, found);
  else if (at.kind === 'join') collectLoop(at.loop, locals, found);
  else for (const part of partsOf(at)) collect(part, locals, found);
}

function collectLoop(node: ForNode, locals: readonly string[], found: Reference[]): void {
  collect(node.collection, locals, found);
  const inner = [...locals, node.valueName, ...(node.keyName === undefined ? [] : [node.keyName])];
  for (const part of [node.key, node.value, node.condition]) if (part !== undefined) collect(part, inner, found);
}

/** The expressions right inside of one. */
function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'template':
      return node.parts;
    case 'parentheses':
      return [node.inner];
    case 'splat':
      return [node.source, node.each];
    case 'call':
      return node.args;
    case 'unary':
      return [node.operand];
    case 'conditional':
      return [node.condition, node.whenTrue, node.whenFalse];
    case 'tuple':
      return node.elements;
    case 'object':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    default:
      return [];
  }
}
