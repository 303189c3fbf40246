/** Type constraints of variables, and values brought into their form. Source: spec jobspec.md §1.1. */
import { isTuple, toBoolean, toNumber, toText } from '../../hcl/values.ts';
import type { Value } from '../../schema/document.ts';
import { distinct } from './functions/collection.ts';

export type VariableType =
  | { readonly kind: 'any' | 'string' | 'number' | 'bool' }
  | { readonly kind: 'list' | 'set' | 'map'; readonly of: VariableType }
  | { readonly kind: 'tuple'; readonly of: readonly VariableType[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Member> };

interface Member {
  readonly type: VariableType;
  readonly isOptional: boolean;
}

/** Said of a value that does not fit, in HashiCorp's words: `a number is required`. */
export class UnfitError extends Error {
  override readonly name = 'UnfitError';
}

/** @returns undefined for text that is no type constraint. */
export function parseType(text: string): VariableType | undefined {
  const tokens = text.match(/[A-Za-z_][\w-]*|[()[\]{},=]|\S/g) ?? [];
  const type = readType(tokens);
  return tokens.length === 0 ? type : undefined;
}

/** Takes what it reads off the front. */
function readType(tokens: string[]): VariableType | undefined {
  const name = tokens.shift();
  switch (name) {
    case 'any':
    case 'string':
    case 'number':
    case 'bool':
      return { kind: name };
    case 'list':
    case 'set':
    case 'map': {
      const of = takes(tokens, '(') ? readType(tokens) : undefined;
      return of !== undefined && takes(tokens, ')') ? { kind: name, of } : undefined;
    }
    case 'tuple':
      return takes(tokens, '(', '[') ? readTuple(tokens) : undefined;
    case 'object':
      return takes(tokens, '(', '{') ? readObject(tokens) : undefined;
    default:
      return undefined;
  }
}

function readTuple(tokens: string[]): VariableType | undefined {
  const of: VariableType[] = [];
  while (!takes(tokens, ']')) {
    const one = readType(tokens);
    if (one === undefined) return undefined;
    of.push(one);
    takes(tokens, ',');
  }
  return takes(tokens, ')') ? { kind: 'tuple', of } : undefined;
}

function readObject(tokens: string[]): VariableType | undefined {
  const members = new Map<string, Member>();
  while (!takes(tokens, '}')) {
    const name = tokens.shift();
    if (name === undefined || !takes(tokens, '=')) return undefined;
    const isOptional = takes(tokens, 'optional', '(');
    const type = readType(tokens);
    if (type === undefined || (isOptional && !takes(tokens, ')'))) return undefined;
    members.set(name, { type, isOptional });
    takes(tokens, ',');
  }
  return takes(tokens, ')') ? { kind: 'object', members } : undefined;
}

function takes(tokens: string[], ...wanted: readonly string[]): boolean {
  const isThere = wanted.every((one, at) => tokens[at] === one);
  if (isThere) tokens.splice(0, wanted.length);
  return isThere;
}

/** @throws UnfitError. */
export function convert(value: Value, type: VariableType): Value {
  if (value === null) return value;
  switch (type.kind) {
    case 'any':
      return value;
    case 'string':
      return orUnfit(toText(value), 'string required');
    case 'number':
      return orUnfit(toNumber(value), 'a number is required');
    case 'bool':
      return orUnfit(toBoolean(value), 'a bool is required');
    case 'list':
      return asList(value, 'list').map((one) => convert(one, type.of));
    case 'set':
      return distinct(asList(value, 'set').map((one) => convert(one, type.of)));
    case 'tuple':
      return asTuple(value, type.of);
    case 'map':
      return mapped(asObject(value, 'map'), (one) => convert(one, type.of));
    case 'object':
      return asMembers(asObject(value, 'object'), type.members);
  }
}

function orUnfit<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new UnfitError(message);
  return value;
}

function asList(value: Value, kind: string): readonly Value[] {
  if (isTuple(value)) return value;
  throw new UnfitError(`a ${kind} is required`);
}

function asTuple(value: Value, types: readonly VariableType[]): readonly Value[] {
  const list = asList(value, 'tuple');
  if (list.length !== types.length) throw new UnfitError(`a tuple of ${types.length} elements is required`);
  return list.map((one, at) => convert(one, types[at] ?? { kind: 'any' }));
}

function asObject(value: Value, kind: string): Readonly<Record<string, Value>> {
  if (typeof value === 'object' && value !== null && !isTuple(value)) return value;
  throw new UnfitError(`${kind === 'object' ? 'an' : 'a'} ${kind} is required`);
}

function asMembers(value: Readonly<Record<string, Value>>, members: ReadonlyMap<string, Member>): Value {
  const entries = [...members].map(([name, { type, isOptional }]) => {
    const one = value[name];
    if (one === undefined && !isOptional) throw new UnfitError(`attribute "${name}" is required`);
    return [name, one === undefined ? null : convert(one, type)] as const;
  });
  return Object.fromEntries(entries);
}

const mapped = (value: Readonly<Record<string, Value>>, change: (one: Value) => Value): Value =>
  Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]));
