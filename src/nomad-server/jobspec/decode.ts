/** A block of a job file, by its shape, as an object of the API's JSON. */
import { NativeBody } from '../../hcl/native-body.ts';
import { parseDuration } from '../../lib/duration.ts';
import { explain } from '../../lib/error.ts';
import type { Report } from '../../lib/source.ts';
import type { Attribute, Block, Body, BodyShape, Value } from '../../schema/document.ts';
import { dynamicShape, expanded, type Found, withNames } from './dynamic.ts';
import { place, reportError, startOf } from './place.ts';
import type { Item, Shape } from './shape.ts';

type Made = Record<string, unknown>;

export interface Reading {
  readonly report: Report;
  /** What expressions see. */
  readonly variables: Map<string, Value>;
}

/** @returns every member that the shape knows, absent ones as Nomad's parser leaves them. */
export function decodeBlock(shape: Shape, { body, labels, labelRanges, range }: Block, reading: Reading): Made {
  const { report, variables } = reading;
  const content = body.content(bodyShape(shape), report);
  for (const name of shape.required ?? []) {
    if (content.attributes.has(name)) continue;
    const detail = `The argument "${name}" is required, but no definition was found.`;
    reportError(report, 'Missing required argument', detail, body.missingRange);
  }
  const made: Made = { ...shape.fixed };
  if (shape.label !== undefined) made[shape.label] = labels[0] ?? '';
  const blocks = expanded(content.blocks, variables, report);
  for (const { block } of blocks) {
    if (shape.items[block.type] === undefined) unknownBlock(block, report);
  }
  for (const [name, item] of Object.entries(shape.items)) {
    const attribute = content.attributes.get(name);
    const found = blocks.filter(({ block }) => block.type === name);
    const value = decodeItem(item, attribute, found, reading);
    if (value !== undefined || !(item.json in made)) made[item.json] = value ?? absent(item);
  }
  const wrong = shape.finish?.(made);
  if (wrong !== undefined) reportError(report, wrong.summary, wrong.detail, labelRanges[0] ?? range);
  return made;
}

function bodyShape(shape: Shape): BodyShape {
  const entries = Object.entries(shape.items);
  const isBlock = ({ kind }: Item) => kind === 'block' || kind === 'blocks' || kind === 'free' || kind === 'map';
  return {
    attributes: entries.filter(([, { kind }]) => kind !== 'block' && kind !== 'blocks').map(([name]) => name),
    blocks: [
      ...entries
        .filter(([, item]) => isBlock(item))
        .map(([type, item]) => ({ type, labels: labelOf(item) === undefined ? [] : ['name'] })),
      dynamicShape,
    ],
  };
}

/** A dynamic block makes what does not belong here. */
function unknownBlock({ type, range }: Block, report: Report): void {
  reportError(report, 'Unsupported block type', `Blocks of type "${type}" are not expected here.`, range);
}

const labelOf = (item: Item) => (item.kind === 'blocks' || item.kind === 'block' ? item.shape.label : undefined);

const absent = (item: Item) => ('absent' in item ? item.absent : null);

/** @returns undefined when the file says nothing, or nothing that suits. */
function decodeItem(item: Item, attribute: Attribute | undefined, found: readonly Found[], reading: Reading): unknown {
  const { report, variables } = reading;
  const read = <T>({ block, names }: Found, decode: (block: Block) => T) =>
    withNames(variables, names, () => decode(block));
  switch (item.kind) {
    case 'blocks': {
      if (found.length === 0) return undefined;
      const all = found.map((one) => read(one, (block) => decodeBlock(item.shape, block, reading)));
      return item.keyed ? Object.fromEntries(all.map((one, at) => [found[at]?.block.labels[0] ?? '', one])) : all;
    }
    case 'block': {
      const one = onlyOne(found, report);
      return one && read(one, (block) => decodeBlock(item.shape, block, reading));
    }
    case 'free': {
      const one = onlyOne(found, report);
      if (one !== undefined) return read(one, (block) => freeBody(block.body, reading));
      return attribute && freeValue(attribute.evaluate(report) ?? null, false);
    }
    case 'map': {
      const one = onlyOne(found, report);
      if (one === undefined) return attribute && texts(attribute.evaluate(report), attribute, report);
      if (attribute !== undefined) doubleMap(one.block, attribute, report);
      return read(one, ({ body }) =>
        Object.fromEntries(body.attributes(report).map((entry) => [entry.name, scalarText(entry, report)])),
      );
    }
    default:
      return attribute && decodeAttribute(item.kind, attribute, report);
  }
}

function onlyOne([first, second]: readonly Found[], report: Report): Found | undefined {
  if (first !== undefined && second !== undefined) {
    const { type, range } = first.block;
    const detail = `Only one ${type} block is allowed. Another was defined at ${place(range)}.`;
    reportError(report, `Duplicate ${type} block`, detail, second.block.range);
  }
  return first;
}

function doubleMap({ type, range }: Block, attribute: Attribute, report: Report): void {
  const other = place({ ...attribute.nameRange, end: attribute.valueRange.end });
  const detail = `${type} may not be defined more than once. Another definition is defined at ${other}.`;
  reportError(report, `Duplicate ${type} block`, detail, range);
}

function decodeAttribute(
  kind: 'text' | 'number' | 'flag' | 'duration' | 'texts',
  attribute: Attribute,
  report: Report,
) {
  const value = attribute.evaluate(report);
  const complain = (detail: string) => {
    reportError(report, 'Unsuitable value type', detail, startOf(attribute.valueRange));
    return undefined;
  };
  if (value === undefined) return complain('Unsuitable value: value must be known');
  if (value === null) return undefined;
  const unsuitable = (wanted: string) => complain(`Unsuitable value: ${wanted} required, but have ${typeName(value)}`);
  if (kind === 'texts') {
    if (!isList(value)) return unsuitable('list of string');
    return value.map(String);
  }
  if (isList(value) || typeof value === 'object')
    return unsuitable(kind === 'flag' ? 'bool' : kind === 'number' ? 'number' : 'string');
  if (kind === 'text') return String(value);
  if (kind === 'number') {
    const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
    if (Number.isNaN(number)) return unsuitable('number');
    return Number.isInteger(number) ? number : complain('Unsuitable value: value must be a whole number');
  }
  if (kind === 'flag')
    return value === true || value === 'true'
      ? true
      : value === false || value === 'false'
        ? false
        : unsuitable('bool');
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  try {
    return Math.round(parseDuration(String(value)) * 1e6);
  } catch (cause) {
    return complain(`Unsuitable duration value: ${explain(cause)}`);
  }
}

/** A body that Nomad does not look into. Source: spec jobspec.md §6. */
function freeBody(body: Body, reading: Reading): Made {
  const { report, variables } = reading;
  const made: Made = {};
  for (const item of body instanceof NativeBody ? body.items() : body.attributes(report)) {
    if ('evaluate' in item) {
      made[item.name] = freeValue(item.evaluate(report) ?? null, true);
      continue;
    }
    for (const { block, names } of expanded([item], variables, report)) {
      const content = withNames(variables, names, () => freeBody(block.body, reading));
      const inner = block.labels.reduceRight<unknown>((value, label) => ({ [label]: [value] }), content);
      const before = made[block.type];
      made[block.type] = [...(Array.isArray(before) ? before : []), inner];
    }
  }
  return made;
}

/** @param wrap  an object becomes a list of it. */
function freeValue(value: Value, wrap: boolean): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map((one) => freeValue(one, false));
  if (typeof value !== 'object' || value === null) return value;
  const made = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, freeValue(one, true)]));
  return wrap ? [made] : made;
}

function texts(value: Value | undefined, attribute: Attribute, report: Report): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || isList(value)) {
    const detail = `Unsuitable value: map of string required, but have ${typeName(value)}`;
    reportError(report, 'Unsuitable value type', detail, attribute.valueRange);
    return undefined;
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
}

function scalarText(attribute: Attribute, report: Report): string {
  return String(decodeAttribute('text', attribute, report) ?? '');
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

function typeName(value: Value): string {
  if (isList(value)) return 'tuple';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value;
}
