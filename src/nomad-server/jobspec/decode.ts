/** A block of a job file, by its shape, as an object of the API's JSON. */
import { NativeBody } from '../../hcl/native-body.ts';
import { parseDuration } from '../../lib/duration.ts';
import { explain } from '../../lib/error.ts';
import type { Report } from '../../lib/source.ts';
import type { Attribute, Block, Body, BodyShape, Value } from '../../schema/document.ts';
import { place, reportError } from './place.ts';
import type { Item, Shape } from './shape.ts';

type Made = Record<string, unknown>;

/** @returns every member that the shape knows, absent ones as Nomad's parser leaves them. */
export function decodeBlock(shape: Shape, { body, labels, labelRanges, range }: Block, report: Report): Made {
  const content = body.content(bodyShape(shape), report);
  for (const name of shape.required ?? []) {
    if (content.attributes.has(name)) continue;
    const detail = `The argument "${name}" is required, but no definition was found.`;
    reportError(report, 'Missing required argument', detail, body.missingRange);
  }
  const made: Made = { ...shape.fixed };
  if (shape.label !== undefined) made[shape.label] = labels[0] ?? '';
  for (const [name, item] of Object.entries(shape.items)) {
    const attribute = content.attributes.get(name);
    const found = content.blocks.filter(({ type }) => type === name);
    const value = decodeItem(item, attribute, found, report);
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
    blocks: entries
      .filter(([, item]) => isBlock(item))
      .map(([type, item]) => ({ type, labels: labelOf(item) === undefined ? [] : ['name'] })),
  };
}

const labelOf = (item: Item) => (item.kind === 'blocks' || item.kind === 'block' ? item.shape.label : undefined);

const absent = (item: Item) => ('absent' in item ? item.absent : null);

/** @returns undefined when the file says nothing, or nothing that suits. */
function decodeItem(item: Item, attribute: Attribute | undefined, found: readonly Block[], report: Report): unknown {
  switch (item.kind) {
    case 'blocks': {
      if (found.length === 0) return undefined;
      const all = found.map((one) => decodeBlock(item.shape, one, report));
      return item.keyed ? Object.fromEntries(all.map((one, at) => [found[at]?.labels[0] ?? '', one])) : all;
    }
    case 'block': {
      const one = onlyOne(found, report);
      return one && decodeBlock(item.shape, one, report);
    }
    case 'free': {
      const one = onlyOne(found, report);
      if (one !== undefined) return freeBody(one.body, report);
      return attribute && freeValue(attribute.evaluate(report) ?? null, false);
    }
    case 'map': {
      const one = onlyOne(found, report);
      if (one === undefined) return attribute && texts(attribute.evaluate(report), attribute, report);
      const entries = one.body.attributes(report).map((entry) => [entry.name, scalarText(entry, report)]);
      return Object.fromEntries(entries);
    }
    default:
      return attribute && decodeAttribute(item.kind, attribute, report);
  }
}

function onlyOne([first, second]: readonly Block[], report: Report): Block | undefined {
  if (first !== undefined && second !== undefined) {
    const detail = `Only one ${first.type} block is allowed. Another was defined at ${place(first.range)}.`;
    reportError(report, `Duplicate ${first.type} block`, detail, second.range);
  }
  return first;
}

function decodeAttribute(
  kind: 'text' | 'number' | 'flag' | 'duration' | 'texts',
  attribute: Attribute,
  report: Report,
) {
  const value = attribute.evaluate(report);
  if (value === undefined || value === null) return undefined;
  const unsuitable = (wanted: string) => {
    reportError(
      report,
      'Unsuitable value type',
      `Unsuitable value: ${wanted} required, but have ${typeName(value)}`,
      attribute.valueRange,
    );
    return undefined;
  };
  if (kind === 'texts') {
    if (!isList(value)) return unsuitable('list of string');
    return value.map(String);
  }
  if (isList(value) || typeof value === 'object')
    return unsuitable(kind === 'flag' ? 'bool' : kind === 'number' ? 'number' : 'string');
  if (kind === 'text') return String(value);
  if (kind === 'number') {
    const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
    return Number.isNaN(number) ? unsuitable('number') : number;
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
    reportError(report, 'Unsuitable value type', `Unsuitable duration value: ${explain(cause)}`, attribute.valueRange);
    return undefined;
  }
}

/** A body that Nomad does not look into. Source: spec jobspec.md §6. */
function freeBody(body: Body, report: Report): Made {
  const made: Made = {};
  for (const item of body instanceof NativeBody ? body.items() : body.attributes(report)) {
    if ('evaluate' in item) {
      made[item.name] = freeValue(item.evaluate(report) ?? null, true);
      continue;
    }
    const inner = item.labels.reduceRight<unknown>(
      (value, label) => ({ [label]: [value] }),
      freeBody(item.body, report),
    );
    const before = made[item.type];
    made[item.type] = [...(Array.isArray(before) ? before : []), inner];
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
