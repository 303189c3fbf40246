/** Constraints: what their targets stand for on a node, and whether an operand holds. Spec nomad-scheduler.md §11. */
import type { Node } from '../../nomad/node-types.ts';
import type { Constraint } from '../../nomad/types.ts';
import { meetsVersion } from './version.ts';

/** The text of a constraint as metrics name it: `${attr.kernel.name} = linux`. */
export function constraintText(constraint: Constraint): string {
  return `${constraint.LTarget} ${constraint.Operand} ${constraint.RTarget}`;
}

/** @returns what the target stands for on the node, undefined when it stands for nothing. Text without `${` is itself. */
export function resolveTarget(target: string, node: Node): string | undefined {
  if (!target.startsWith('${')) return target;
  const name = target.slice(2, -1);
  if (name.startsWith('attr.')) return node.Attributes[name.slice(5)];
  if (name.startsWith('meta.')) return node.Meta?.[name.slice(5)];
  switch (name) {
    case 'node.unique.id':
      return node.ID;
    case 'node.unique.name':
      return node.Name;
    case 'node.datacenter':
      return node.Datacenter;
    case 'node.class':
      return node.NodeClass;
    case 'node.pool':
      return node.NodePool;
    default:
      return undefined;
  }
}

/** True for a constraint that differs between nodes of one computed class. */
export function isEscaped(constraint: Constraint): boolean {
  const isUnique = (target: string) => /^\$\{(?:node|attr|meta)\.unique\./.test(target);
  return isUnique(constraint.LTarget) || isUnique(constraint.RTarget);
}

/** Constraints that speak of other allocations, not of the node alone. */
export function isDistinct(constraint: Constraint): boolean {
  return constraint.Operand === 'distinct_hosts' || constraint.Operand === 'distinct_property';
}

/** Whether the node meets the constraint. Unknown operands and unreadable versions are never met. */
export function isMet(constraint: Constraint, node: Node): boolean {
  const left = resolveTarget(constraint.LTarget, node);
  const right = resolveTarget(constraint.RTarget, node);
  return holds(constraint.Operand, left, right);
}

function holds(operand: string, left: string | undefined, right: string | undefined): boolean {
  if (operand === 'is_set') return left !== undefined;
  if (operand === 'is_not_set') return left === undefined;
  if (operand === '!=' || operand === 'not') return left !== right || left === undefined;
  if (left === undefined || right === undefined) return false;
  switch (operand) {
    case '=':
    case '==':
    case 'is':
      return left === right;
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
    case '>':
      return order(left, right) > 0;
    case '>=':
      return order(left, right) >= 0;
    case 'version':
    case 'semver':
      return meetsVersion(left, right, operand);
    case 'regexp':
      return expression(right)?.test(left) ?? false;
    case 'set_contains':
    case 'set_contains_all':
      return items(right).every((item) => items(left).includes(item));
    case 'set_contains_any':
      return items(right).some((item) => items(left).includes(item));
    default:
      return false;
  }
}

/** As integers if both are, else as numbers if both are, else by bytes. */
function order(left: string, right: string): number {
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
  if (isNumber.test(left) && isNumber.test(right)) return Number(left) - Number(right);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

const items = (list: string): readonly string[] => list.split(',').map((item) => item.trim());

const expressions = new Map<string, RegExp | undefined>();
const mostExpressions = 1000;

function expression(text: string): RegExp | undefined {
  if (!expressions.has(text)) {
    if (expressions.size >= mostExpressions) expressions.clear();
    expressions.set(text, compile(text));
  }
  return expressions.get(text);
}

function compile(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined; // an expression that cannot be read is never met
  }
}
