/** Variables and locals of a job file. Source: spec jobspec.md §1.1. */
import { parseHcl } from '../../hcl/parse.ts';
import { type Range, type Report, Source } from '../../lib/source.ts';
import type { Attribute, Block, Value } from '../../schema/document.ts';
import { reportError } from './place.ts';
import { convert, parseType, UnfitError, type VariableType } from './variable-type.ts';

/** What a job file is given. Later sources win over earlier ones. */
export interface JobInputs {
  /** By name, from `NOMAD_VAR_<name>` of the environment. Names that the file does not declare are passed over. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The text of a variables file, `name = value` per line. Names that the job file does not declare are passed over. */
  readonly file?: string;
  /** By name, from the command line. Names that the file does not declare are errors. */
  readonly flags?: Readonly<Record<string, string>>;
}

/**
 * The values of the declared variables.
 *
 * @param variables  what expressions see; `var` is set before validations are looked at.
 * @returns          false when one has no value.
 */
export function readVariables(
  blocks: readonly Block[],
  inputs: JobInputs,
  variables: Map<string, Value>,
  report: Report,
): boolean {
  const declared = declarations(blocks, report);
  const given = givenValues(declared, inputs, report);
  const values: Record<string, Value> = {};
  let isComplete = true;
  for (const { name, byDefault, hasDefault } of declared.values()) {
    const value = given.get(name) ?? byDefault;
    if (value !== undefined) values[name] = value;
    else {
      isComplete = false;
      if (!hasDefault) unset(name, report);
    }
  }
  variables.set('var', values);
  if (isComplete) for (const one of declared.values()) for (const block of one.validations) validate(block, report);
  return isComplete;
}

interface Declaration {
  readonly name: string;
  readonly type: VariableType;
  /** It has one, be it good or not. */
  readonly hasDefault: boolean;
  /** Undefined also when it is no good. */
  readonly byDefault: Value | undefined;
  readonly validations: readonly Block[];
}

const anyType: VariableType = { kind: 'any' };

function declarations(blocks: readonly Block[], report: Report): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const block of blocks) {
    if (block.type === 'variables') {
      for (const one of block.body.attributes(report)) {
        const byDefault = one.evaluate(report) ?? null;
        found.set(one.name, { name: one.name, type: anyType, byDefault, hasDefault: true, validations: [] });
      }
    }
    if (block.type === 'variable') {
      const one = declaration(block, report);
      found.set(one.name, one);
    }
  }
  return found;
}

function declaration({ body, labels }: Block, report: Report): Declaration {
  const shape = {
    attributes: ['type', 'default', 'description', 'sensitive'],
    blocks: [{ type: 'validation', labels: [] }],
  };
  const { attributes, blocks } = body.content(shape, report);
  const type = typeOf(attributes.get('type'), report);
  const written = attributes.get('default');
  const value = written?.evaluate(report);
  const fits = (message: string) =>
    `This default value is not compatible with the variable's type constraint: ${message}.`;
  const byDefault =
    written && value !== undefined
      ? fitting(value, type, (message) =>
          reportError(report, 'Invalid default value for variable', fits(message), written.valueRange),
        )
      : value;
  return { name: labels[0] ?? '', type, byDefault, hasDefault: written !== undefined, validations: blocks };
}

/** The constraint is no expression: its words are read as they stand. */
function typeOf(attribute: Attribute | undefined, report: Report): VariableType {
  if (attribute === undefined) return anyType;
  const text = textOf(attribute.valueRange).replace(/^"(.*)"$/, '$1');
  const type = parseType(text);
  if (type === undefined) {
    const detail = `The type constraint "${text}" is not known.`;
    reportError(report, 'Invalid type specification', detail, attribute.valueRange);
  }
  return type ?? anyType;
}

const textOf = ({ source, start, end }: Range) => source.text.slice(start, end);

function fitting(value: Value, type: VariableType, complain: (message: string) => void): Value | undefined {
  try {
    return convert(value, type);
  } catch (error) {
    if (!(error instanceof UnfitError)) throw error;
    complain(error.message);
    return undefined;
  }
}

function givenValues(
  declared: ReadonlyMap<string, Declaration>,
  { environment = {}, file = '', flags = {} }: JobInputs,
  report: Report,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const give = (name: string, value: Value | undefined, range?: Range) => {
    const one = declared.get(name);
    if (one === undefined || value === undefined) return;
    const detail = "The given value is not compatible with the variable's type constraint";
    const fit = fitting(value, one.type, (message) =>
      reportError(report, `Invalid value for variable "${name}"`, `${detail}: ${message}.`, range),
    );
    if (fit !== undefined) values.set(name, fit);
  };
  for (const [name, text] of Object.entries(environment)) give(name, readText(text, declared.get(name), report));
  const { body, diagnostics } = parseHcl(new Source('variables', file));
  diagnostics.forEach(report);
  for (const one of body.attributes(report)) give(one.name, one.evaluate(report) ?? null, one.valueRange);
  for (const [name, text] of Object.entries(flags)) {
    if (declared.has(name)) give(name, readText(text, declared.get(name), report));
    else {
      const detail = `A "${name}" variable value was set, but was not found in known variables.`;
      reportError(report, 'Undefined -var variable', detail, undefined);
    }
  }
  return values;
}

/** A text is one; anything else is written as an expression. */
function readText(text: string, one: Declaration | undefined, report: Report): Value | undefined {
  const kind = one?.type.kind ?? 'any';
  if (kind === 'string' || kind === 'any') return text;
  const { body, diagnostics } = parseHcl(new Source('<value>', `value = ${text}`));
  diagnostics.forEach(report);
  return body.attributes(report)[0]?.evaluate(report);
}

function unset(name: string, report: Report): void {
  const help = 'see https://developer.hashicorp.com/nomad/docs/reference/hcl2/variables  for details.';
  const detail = `A used variable must be set or have a default value; ${help}`;
  reportError(report, `Unset variable "${name}"`, detail, undefined);
}

function validate({ body, range }: Block, report: Report): void {
  const { attributes } = body.content({ attributes: ['condition', 'error_message'], blocks: [] }, report);
  const isMet = attributes.get('condition')?.evaluate(report);
  if (isMet !== false && isMet !== 'false') return;
  const message = attributes.get('error_message')?.evaluate(report) ?? '';
  reportError(report, 'Invalid value for variable', String(message), attributes.get('condition')?.valueRange ?? range);
}

/** Locals may refer to each other in any order: those that can be told are, until nothing more can. */
export function readLocals(blocks: readonly Block[], variables: Map<string, Value>, report: Report): void {
  let open = blocks.filter(({ type }) => type === 'locals').flatMap(({ body }) => body.attributes(report));
  const values: Record<string, Value> = {};
  variables.set('local', {});
  while (open.length > 0) {
    const left = open.filter((one) => {
      const value = one.evaluate(() => undefined);
      if (value !== undefined) values[one.name] = value;
      return value === undefined;
    });
    variables.set('local', { ...values });
    if (left.length === open.length) {
      for (const one of left) one.evaluate(report);
      return;
    }
    open = left;
  }
}
