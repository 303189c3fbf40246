/** Reads documents by a schema: everything that is wrong at once, each with its place. */
import { formatPlace, type Range, type Report } from '../lib/source.ts';
import type { Attribute, Body, BodyContent, BodyShape } from './document.ts';
import { isList, textOf } from './scalar.ts';
import type {
  AttributeField,
  BlockField,
  BodyReader,
  Entry,
  Fields,
  Infer,
  LocatedText,
  LocatedTexts,
  Schema,
} from './schema.ts';

/** Environment variables, handed in by an entry point. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a document's body.
 *
 * @returns undefined when anything was reported as an error; warnings alone do not count.
 */
export function parseBody<F extends Fields>(
  schema: Schema<F>,
  body: Body,
  report: Report,
  env: Env = {},
): Infer<Schema<F>> | undefined {
  const watch = watched(report);
  const content = body.content(shapeOf(schema), watch.report);
  const parsing: Parsing = { body, content, env, report: watch.report };
  const values: [string, unknown][] = [];
  for (const entry of schema.entries) {
    const { field } = entry;
    let got: Got = absent;
    if (field.kind === 'attribute') got = readAttribute(entry.key, field, parsing);
    if (field.kind === 'block') got = readBlocks(entry.key, field, parsing);
    if (got === absent) got = whenAbsent(entry, parsing);
    if (got !== absent) values.push([entry.name, got.value]);
  }
  // When nothing was reported, every field has given its value.
  return watch.isSound() ? (Object.fromEntries(values) as Infer<Schema<F>>) : undefined;
}

interface Parsing {
  readonly body: Body;
  readonly content: BodyContent;
  readonly env: Env;
  readonly report: Report;
}

/** Nothing was written. What was wrong is reported and counts as a value that nobody will see. */
const absent = undefined;
const reported = { value: undefined };
type Got = { readonly value: unknown } | typeof absent;

function watched(report: Report): { readonly report: Report; isSound(): boolean } {
  let isSound = true;
  return {
    report(diagnostic) {
      if (diagnostic.severity === 'error') isSound = false;
      report(diagnostic);
    },
    isSound: () => isSound,
  };
}

const shapes = new WeakMap<Schema, BodyShape>();

/** The names a document may hold, aliases among them. Made once per schema. */
function shapeOf(schema: Schema): BodyShape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const attributes = schema.entries.flatMap(({ key, field }) =>
    field.kind === 'attribute' ? [key, ...(field.aliases ?? [])] : [],
  );
  const blocks = schema.entries.flatMap(({ key, field }) =>
    field.kind === 'block' ? [{ type: key, labels: field.labels }] : [],
  );
  const shape = { attributes, blocks, advice: schema.misplaced };
  shapes.set(schema, shape);
  return shape;
}

function readAttribute(key: string, field: AttributeField<unknown>, parsing: Parsing): Got {
  const attribute = pickAttribute(key, field, parsing);
  if (attribute === undefined) return fromEnv(key, field, parsing);
  const value = attribute.evaluate(parsing.report);
  if (value === undefined) return reported;
  if (value === null || (value === '' && field.emptyIsUnset)) return fromEnv(key, field, parsing);
  const got = field.fromValue(value, attribute.valueRange, (entry) => attribute.rangeOf(entry));
  if (got.ok) return got;
  const range = (got.at === undefined ? undefined : attribute.rangeOf(got.at)) ?? attribute.valueRange;
  if (field.invalid !== undefined) {
    const raw = field.isSecret || isList(value) || typeof value === 'object' ? '' : String(value);
    return fail(parsing, 'Invalid value', field.invalid(raw, got.why), range);
  }
  return fail(parsing, 'Unsuitable value type', `Unsuitable value for "${key}": ${got.why}`, range);
}

/** The attribute under its own name, else under a known misspelling. */
function pickAttribute(key: string, field: AttributeField<unknown>, parsing: Parsing): Attribute | undefined {
  const { attributes } = parsing.content;
  let picked = attributes.get(key);
  for (const alias of field.aliases ?? []) {
    const other = attributes.get(alias);
    if (other === undefined) continue;
    const detail =
      picked === undefined
        ? `"${alias}" is taken as "${key}"; write "${key}".`
        : `"${alias}" is ignored because "${picked.name}" is given too.`;
    parsing.report({ severity: 'warning', summary: 'Misspelled argument', detail, range: other.nameRange });
    picked ??= other;
  }
  return picked;
}

function fromEnv(key: string, field: AttributeField<unknown>, parsing: Parsing): Got {
  const text = field.env === undefined ? undefined : parsing.env[field.env];
  if (text === undefined || text === '') return absent;
  const got = field.fromText(text);
  if (got.ok) return got;
  return fail(
    parsing,
    `Unsuitable environment variable ${field.env}`,
    `It stands in for "${key}": ${got.why}`,
    undefined,
  );
}

function readBlocks(key: string, field: BlockField<unknown>, parsing: Parsing): Got {
  const blocks = parsing.content.blocks.filter((one) => one.type === key);
  const [first, second] = blocks;
  if (first === undefined) return absent;
  if (field.atMostOne && second !== undefined) {
    const detail = `Only one ${key} block is allowed. Another was defined at ${formatPlace(first.range)}.`;
    return fail(parsing, `Duplicate ${key} block`, detail, second.range);
  }
  const value = field.read(blocks, bodyReader(parsing));
  return value === undefined ? reported : { value };
}

function bodyReader({ report, env }: Parsing): BodyReader {
  return {
    read: (schema, body) => parseBody(schema, body, report, env),
    readTexts: (body) => parseTexts(body, report),
  };
}

/** Takes every attribute of a body, converted to text; lists, maps and blocks are reported. */
function parseTexts(body: Body, report: Report): LocatedTexts | undefined {
  const watch = watched(report);
  const texts = new Map<string, LocatedText>();
  for (const attribute of body.attributes(watch.report)) {
    const value = attribute.evaluate(watch.report);
    if (value === undefined) continue;
    const got = textOf(value);
    if (got.ok)
      texts.set(attribute.name, { value: got.value, range: attribute.valueRange, nameRange: attribute.nameRange });
    else {
      const detail = `Unsuitable value for "${attribute.name}": ${got.why}`;
      watch.report({ severity: 'error', summary: 'Unsuitable value type', detail, range: attribute.valueRange });
    }
  }
  return watch.isSound() ? texts : undefined;
}

function whenAbsent({ key, field }: Entry, parsing: Parsing): Got {
  const range = parsing.body.missingRange;
  if (!field.isRequired) return { value: field.whenAbsent(range) };
  if (field.kind === 'block') {
    return fail(parsing, `Missing ${key} block`, field.missing ?? `A ${key} block is required.`, range);
  }
  const detail = field.missing ?? `The argument "${key}" is required, but no definition was found.`;
  return fail(parsing, 'Missing required argument', detail, range);
}

function fail(parsing: Parsing, summary: string, detail: string, range: Range | undefined): Got {
  parsing.report({ severity: 'error', summary, detail, range });
  return reported;
}
