/** Bodies made by hand, for tests of schemas that need no HCL. */
import { nearest } from '../../src/lib/nearest.ts';
import { type Range, Source } from '../../src/lib/source.ts';
import type { Attribute, Block, Body, Value } from '../../src/schema/document.ts';

/** One thing in a body: `['min', 1]`, or a block `{ block: 'check', labels: ['cpu'], items: […] }`. */
export type Item = readonly [string, Value] | BlockItem;

export interface BlockItem {
  readonly block: string;
  readonly labels?: readonly string[];
  readonly items: readonly Item[];
}

/** A body whose item n stands on line n + 1 of `test.hcl`; the items of a block share its line. */
export function bodyOf(items: readonly Item[], at?: Range): Body {
  const source = new Source('test.hcl', `${items.map((item) => nameOf(item)).join('\n')}\n`);
  let offset = 0;
  const placed = items.map((item) => {
    const range = at ?? { source, start: offset, end: offset + nameOf(item).length };
    offset += nameOf(item).length + 1;
    return { item, range };
  });
  const attributes = placed.flatMap(({ item, range }) => (isBlock(item) ? [] : [attributeOf(item, range)]));
  const blocks = placed.flatMap(({ item, range }) => (isBlock(item) ? [blockOf(item, range)] : []));
  const end: Range = at ?? { source, start: offset, end: offset };
  return {
    missingRange: end,
    content(shape, report) {
      const names = [...shape.attributes, ...shape.blocks.map((one) => one.type)];
      const unknown = (name: string, summary: string, range: Range) => {
        const hint = nearest(name, names);
        const detail = hint === undefined ? `"${name}" is not expected here.` : `Did you mean "${hint}"?`;
        report({ severity: 'error', summary, detail: shape.advice?.[name] ?? detail, range });
      };
      for (const { name, nameRange } of attributes) {
        if (!shape.attributes.includes(name)) unknown(name, 'Unsupported argument', nameRange);
      }
      for (const { type, range } of blocks) {
        if (!shape.blocks.some((one) => one.type === type)) unknown(type, 'Unsupported block type', range);
      }
      return { attributes: new Map(attributes.map((one) => [one.name, one])), blocks };
    },
    attributes(report) {
      for (const { type, range } of blocks) {
        report({
          severity: 'error',
          summary: `Unexpected "${type}" block`,
          detail: 'Blocks are not allowed here.',
          range,
        });
      }
      return attributes;
    },
  };
}

function isBlock(item: Item): item is BlockItem {
  return 'block' in item;
}

function nameOf(item: Item): string {
  return isBlock(item) ? item.block : item[0];
}

function attributeOf([name, value]: readonly [string, Value], range: Range): Attribute {
  return { name, nameRange: range, valueRange: range, evaluate: () => value, rangeOf: () => undefined };
}

function blockOf({ block, labels = [], items }: BlockItem, range: Range): Block {
  return { type: block, labels, labelRanges: labels.map(() => range), range, body: bodyOf(items, range) };
}
