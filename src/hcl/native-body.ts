/** A body of HCL's native syntax, as a schema reads it. */
import { didYouMean } from '../lib/nearest.ts';
import type { Range, Report, Source } from '../lib/source.ts';
import type { Block, BlockShape, Body, BodyContent, BodyShape } from '../schema/document.ts';
import { adviceOn } from './advice.ts';
import type { AttributeNode, BlockNode, BodyNode, Expression } from './ast.ts';
import { evaluate } from './evaluate.ts';
import { type HclAttribute, referencesOf } from './references.ts';
import type { Scope } from './scope.ts';

/** The tree of a native file together with what its expressions may refer to. */
export class NativeBody implements Body {
  readonly node: BodyNode;
  readonly source: Source;
  readonly scope: Scope;

  constructor(node: BodyNode, source: Source, scope: Scope) {
    this.node = node;
    this.source = source;
    this.scope = scope;
  }

  get missingRange(): Range {
    return this.#range(this.node.start, this.node.start);
  }

  content(shape: BodyShape, report: Report): BodyContent & { readonly attributes: ReadonlyMap<string, HclAttribute> } {
    const attributes = new Map<string, HclAttribute>();
    const blocks: Block[] = [];
    for (const item of this.node.items) {
      if (item.kind === 'attribute') {
        if (shape.attributes.includes(item.name)) attributes.set(item.name, this.attribute(item));
      } else {
        const known = shape.blocks.find(({ type }) => type === item.type);
        if (known !== undefined && this.#hasLabels(item, known, report)) blocks.push(this.block(item));
      }
    }
    this.#reportUnknown(shape, attributes, report);
    return { attributes, blocks };
  }

  attributes(report: Report): readonly HclAttribute[] {
    const found: HclAttribute[] = [];
    for (const item of this.node.items) {
      if (item.kind === 'attribute') found.push(this.attribute(item));
      else
        this.#error(
          `Unexpected "${item.type}" block`,
          'Blocks are not allowed here.',
          item.start,
          item.typeEnd,
          report,
        );
    }
    return found;
  }

  /** Every attribute and block in document order, for who decodes without a shape. */
  items(): readonly (HclAttribute | Block)[] {
    return this.node.items.map((item) => (item.kind === 'attribute' ? this.attribute(item) : this.block(item)));
  }

  /** The same body with other things to refer to. */
  withScope(scope: Scope): NativeBody {
    return new NativeBody(this.node, this.source, scope);
  }

  attribute(node: AttributeNode): HclAttribute {
    const { source, scope } = this;
    const locate = (start: number, end: number) => ({ source, start, end });
    return {
      name: node.name,
      nameRange: this.#range(node.start, node.nameEnd),
      valueRange: this.#range(node.value.start, node.value.end),
      evaluate: (report) => evaluate(node.value, source.text, locate, scope, report),
      rangeOf: (key) => rangeOf(node.value, key, source),
      references: () => referencesOf(node.value),
    };
  }

  block(node: BlockNode): Block {
    const last = node.labels.at(-1);
    return {
      type: node.type,
      labels: node.labels.map(({ text }) => text),
      labelRanges: node.labels.map(({ start, end }) => this.#range(start, end)),
      range: this.#range(node.start, last?.end ?? node.typeEnd),
      body: new NativeBody(node.body, this.source, this.scope),
    };
  }

  #range(start: number, end: number): Range {
    return { source: this.source, start, end };
  }

  #error(summary: string, detail: string, start: number, end: number, report: Report): void {
    report({ severity: 'error', summary, detail, range: this.#range(start, end) });
  }

  #reportUnknown(shape: BodyShape, found: ReadonlyMap<string, HclAttribute>, report: Report): void {
    for (const item of this.node.items) {
      if (item.kind === 'attribute' && !found.has(item.name)) {
        const free = shape.attributes.filter((name) => !found.has(name));
        const isBlock = shape.blocks.some(({ type }) => type === item.name);
        const hint = isBlock ? ` Did you mean to define a block of type "${item.name}"?` : didYouMean(item.name, free);
        const detail = `An argument named "${item.name}" is not expected here.${adviceOn(item.name, shape) ?? hint}`;
        this.#error('Unsupported argument', detail, item.start, item.nameEnd, report);
      } else if (item.kind === 'block' && !shape.blocks.some(({ type }) => type === item.type)) {
        const isArgument = shape.attributes.includes(item.type);
        const example = `${item.type} = ${item.body.items.length > 0 ? '{ … }' : '…'}`;
        const hint = isArgument
          ? ` Did you mean to define argument "${item.type}"? If so, use the equals sign to assign it a value: ${example}`
          : didYouMean(
              item.type,
              shape.blocks.map(({ type }) => type),
            );
        const detail = `Blocks of type "${item.type}" are not expected here.${adviceOn(item.type, shape) ?? hint}`;
        this.#error('Unsupported block type', detail, item.start, item.typeEnd, report);
      }
    }
  }

  #hasLabels(block: BlockNode, { type, labels }: BlockShape, report: Report): boolean {
    const extra = block.labels[labels.length];
    if (extra !== undefined) {
      const detail =
        labels.length === 0
          ? `No labels are expected for ${type} blocks.`
          : `Only ${labels.length} labels (${labels.join(', ')}) are expected for ${type} blocks.`;
      this.#error(`Extraneous label for ${type}`, detail, extra.start, extra.end, report);
      return false;
    }
    const missing = labels[block.labels.length];
    if (missing === undefined) return true;
    const detail = `All ${type} blocks must have ${labels.length} labels (${labels.join(', ')}).`;
    this.#error(`Missing ${missing} for ${type}`, detail, block.braceAt, block.braceAt + 1, report);
    return false;
  }
}

/** Where an entry or element of a written-out object or tuple stands. */
function rangeOf(node: Expression, key: string | number, source: Source): Range | undefined {
  if (node.kind === 'parentheses') return rangeOf(node.inner, key, source);
  if (node.kind === 'tuple') {
    const element = typeof key === 'number' ? node.elements[key] : undefined;
    return element && { source, start: element.start, end: element.end };
  }
  if (node.kind !== 'object') return undefined;
  const entry = node.entries.findLast((one) => one.key.kind === 'literal' && String(one.key.value) === String(key));
  return entry && { source, start: entry.key.start, end: entry.value.end };
}
