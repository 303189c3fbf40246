/** Small HCL files of the command line: namespaces, node pools, variables. */
import { parseFile } from '../../../hcl/parse.ts';
import { type Diagnostic, formatDiagnostic, Source } from '../../../lib/source.ts';
import type { Block, Body, Value } from '../../../schema/document.ts';
import { CommandFailure } from '../cli/command.ts';

export interface HclValues {
  readonly attributes: Readonly<Record<string, Value>>;
  /** Attributes of the blocks, by the block's type. */
  readonly blocks: Readonly<Record<string, Readonly<Record<string, Value>>>>;
}

/**
 * @param attributes  the names that it knows.
 * @param blocks      types of blocks without labels, of free attributes.
 * @param inside      the type of a labelled block around everything, where there is one.
 * @throws            CommandFailure with every fault and its place.
 */
export function readHclFile(
  path: string,
  text: string,
  attributes: readonly string[],
  blocks: readonly string[],
  inside?: string,
): HclValues & { readonly label: string } {
  const found: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => found.push(diagnostic);
  const { body, diagnostics } = parseFile(new Source(path, text));
  found.push(...diagnostics);
  const outer = inside === undefined ? undefined : wrapped(body, inside, report);
  const content = (outer?.body ?? body).content(
    { attributes, blocks: blocks.map((type) => ({ type, labels: [] })) },
    report,
  );
  const values = valuesOf([...content.attributes.values()]);
  const inner = content.blocks.map((block) => [block.type, valuesOf(block.body.attributes(report))] as const);
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CommandFailure(`Failed to parse file: ${errors.map(formatDiagnostic).join('\n')}`);
  return { attributes: values, blocks: Object.fromEntries(inner), label: outer?.labels[0] ?? '' };

  function valuesOf(all: readonly { readonly name: string; evaluate(to: typeof report): Value | undefined }[]) {
    return Object.fromEntries(all.map((one) => [one.name, one.evaluate(report) ?? null]));
  }
}

function wrapped(body: Body, type: string, report: (diagnostic: Diagnostic) => void): Block | undefined {
  const [block] = body.content({ attributes: [], blocks: [{ type, labels: ['name'] }] }, report).blocks;
  if (block === undefined) throw new CommandFailure(`Failed to parse file: a block "${type}" is missing`);
  return block;
}

/** Numbers and booleans as text. */
export const textOf = (value: Value | undefined): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

export const textsOf = (
  values: Readonly<Record<string, Value>> | undefined,
): Readonly<Record<string, string>> | null =>
  values === undefined ? null : Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOf(value)]));
