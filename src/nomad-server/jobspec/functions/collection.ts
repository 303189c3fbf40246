/** Functions on lists and maps. Source: spec jobspec.md §1.2. */
import { jsonencode } from '../../../hcl/functions.ts';
import { FunctionError } from '../../../hcl/scope.ts';
import { areEqual, isObject, isTuple, sortedKeys, toText } from '../../../hcl/values.ts';
import type { Value } from '../../../schema/document.ts';
import { type Arguments, define, type Table } from './arguments.ts';

export const collectionFunctions: Table = {
  length: define(['collection'], (args) => {
    const value = args.value(0);
    if (isTuple(value)) return value.length;
    if (isObject(value)) return Object.keys(value).length;
    throw new FunctionError('collection must be a list, a map or a tuple');
  }),
  concat: define(['...seqs'], (args) => lists(args, 0).flat()),
  contains: define(['list', 'value'], (args) => args.list(0).some((one) => areEqual(one, args.value(1)))),
  element: define(['list', 'index'], (args) => {
    const list = args.list(0);
    if (list.length === 0) throw new FunctionError('cannot use element function with an empty list');
    return list[args.number(1) % list.length] ?? null;
  }),
  flatten: define(['list'], (args) => flattened(args.list(0))),
  index: define(['list', 'value'], (args) => {
    const found = args.list(0).findIndex((one) => areEqual(one, args.value(1)));
    if (found < 0) throw new FunctionError('item not found');
    return found;
  }),
  keys: define(['map'], (args) => sortedKeys(args.object(0))),
  values: define(['map'], (args) => sortedKeys(args.object(0)).map((key) => args.object(0)[key] ?? null)),
  lookup: define(['map', 'key', '...default'], (args) => {
    const value = args.object(0)[args.text(1)] ?? (args.count > 2 ? args.value(2) : undefined);
    if (value === undefined) throw new FunctionError(`lookup failed to find key "${args.text(1)}"`);
    return value;
  }),
  merge: define(['...maps'], (args) => Object.assign({}, ...args.rest(0).map((_, at) => args.object(at)))),
  zipmap: define(['keys', 'values'], (args) => {
    const [keys, values] = [args.texts(0), args.list(1)];
    if (keys.length !== values.length) {
      throw new FunctionError(`number of keys (${keys.length}) does not match number of values (${values.length})`);
    }
    return Object.fromEntries(keys.map((key, at) => [key, values[at] ?? null]));
  }),
  range: define(['...params'], range),
  reverse: define(['list'], (args) => args.list(0).toReversed()),
  slice: define(['list', 'start_index', 'end_index'], (args) => args.list(0).slice(args.number(1), args.number(2))),
  sort: define(['list'], (args) => args.texts(0).toSorted()),
  distinct: define(['list'], (args) => distinct(args.list(0))),
  compact: define(['list'], (args) => args.list(0).filter((one) => one !== null && toText(one) !== '')),
  coalescelist: define(['...vals'], (args) => {
    const found = lists(args, 0).find((one) => one.length > 0);
    if (found === undefined) throw new FunctionError('no non-null arguments');
    return found;
  }),
  chunklist: define(['list', 'size'], (args) => {
    const [list, size] = [args.list(0), args.number(1)];
    if (size <= 0) return [list];
    return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
  }),
  setintersection: define(['first_set', '...other_sets'], (args) => {
    const [first = [], ...others] = lists(args, 0);
    return distinct(first.filter((one) => others.every((other) => other.some((two) => areEqual(one, two)))));
  }),
  setunion: define(['first_set', '...other_sets'], (args) => distinct(lists(args, 0).flat())),
  setproduct: define(['...sets'], (args) =>
    lists(args, 0).reduce<readonly (readonly Value[])[]>(
      (rows, list) => rows.flatMap((row) => list.map((one) => [...row, one])),
      [[]],
    ),
  ),
};

const lists = (args: Arguments, from: number) => args.rest(from).map((_, at) => args.list(at + from));

/** Each value once, in the order in which they come first. */
export const distinct = (list: readonly Value[]): readonly Value[] => [
  ...new Map(list.map((one) => [jsonencode.call([one]), one])).values(),
];

const flattened = (list: readonly Value[]): readonly Value[] =>
  list.flatMap((one) => (isTuple(one) ? flattened(one) : [one]));

const longestRange = 1024;

/** `range(end)`, `range(start, end)`, `range(start, end, step)`. */
function range(args: Arguments): Value {
  const [first = 0, second, third] = args.rest(0).map((_, at) => args.number(at));
  const [start, end] = second === undefined ? [0, first] : [first, second];
  const step = third ?? (end < start ? -1 : 1);
  if (step === 0) throw new FunctionError('step must not be zero');
  const count = Math.max(Math.ceil((end - start) / step), 0);
  if (count > longestRange) throw new FunctionError(`more than ${longestRange} values were generated`);
  return Array.from({ length: count }, (_, at) => start + at * step);
}
