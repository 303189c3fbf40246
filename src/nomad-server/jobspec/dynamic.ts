/** `dynamic "port" { for_each = … content { … } }`: blocks made from a list or a map. Source: spec jobspec.md §1. */
import type { Report } from '../../lib/source.ts';
import type { Block, Value } from '../../schema/document.ts';
import { reportError } from './place.ts';

/** A block of a body, with the names that hold in it alone. */
export interface Found {
  readonly block: Block;
  readonly names: ReadonlyMap<string, Value>;
}

export const dynamicShape = { type: 'dynamic', labels: ['name'] };

const noNames: ReadonlyMap<string, Value> = new Map();

/**
 * Replaces dynamic blocks by those that they make.
 *
 * @param variables  what expressions see; holds each block's names while its labels are read.
 */
export function expanded(blocks: readonly Block[], variables: Map<string, Value>, report: Report): readonly Found[] {
  return blocks.flatMap((block) =>
    block.type === 'dynamic' ? made(block, variables, report) : [{ block, names: noNames }],
  );
}

/** Runs `read` while the names hold. */
export function withNames<T>(variables: Map<string, Value>, names: ReadonlyMap<string, Value>, read: () => T): T {
  const before = [...names.keys()].map((name) => [name, variables.get(name)] as const);
  for (const [name, value] of names) variables.set(name, value);
  const result = read();
  for (const [name, value] of before) {
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
  return result;
}

function made(block: Block, variables: Map<string, Value>, report: Report): readonly Found[] {
  const type = block.labels[0] ?? '';
  const shape = { attributes: ['for_each', 'iterator', 'labels'], blocks: [{ type: 'content', labels: [] }] };
  const { attributes, blocks } = block.body.content(shape, report);
  const [content] = blocks;
  const list = attributes.get('for_each')?.evaluate(report);
  if (content === undefined || list === undefined || list === null || typeof list !== 'object') {
    const missing = content === undefined ? '"content" block' : '"for_each" list or map';
    reportError(report, `Invalid dynamic "${type}" block`, `A ${missing} is required.`, block.range);
    return [];
  }
  const written = attributes.get('iterator')?.evaluate(report);
  const iterator = typeof written === 'string' ? written.replace(/^\$\{(.*)\}$/, '$1') : type;
  const entries = Array.isArray(list) ? [...list.entries()] : Object.entries(list);
  return entries.map(([key, value]) => {
    const names = new Map<string, Value>([[iterator, { key, value }]]);
    const labels = withNames(variables, names, () => attributes.get('labels')?.evaluate(report));
    const texts = Array.isArray(labels) ? labels.map(String) : [];
    const labelRanges = texts.map(() => block.range);
    return { block: { type, labels: texts, labelRanges, range: block.range, body: content.body }, names };
  });
}
