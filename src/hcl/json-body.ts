/** A body of HCL's JSON syntax. Only the shape that is asked for tells which of its properties are blocks. */
import { didYouMean } from '../lib/nearest.ts';
import { type Diagnostic, type Range, type Report, rangeText, type Source } from '../lib/source.ts';
import type { Block, BlockShape, Body, BodyContent, BodyShape } from '../schema/document.ts';
import { adviceOn } from './advice.ts';
import type { JsonNode, JsonProperty, JsonString } from './json-tree.ts';
import { evaluateJson } from './json-value.ts';
import { type HclAttribute, referencesInJson } from './references.ts';
import type { Scope } from './scope.ts';

/** A property of this name is a comment. */
const comment = '//';

/** An object, or an array of objects that count as one. */
export class JsonBody implements Body {
  readonly node: JsonNode;
  readonly source: Source;
  readonly scope: Scope;

  constructor(node: JsonNode, source: Source, scope: Scope) {
    this.node = node;
    this.source = source;
    this.scope = scope;
  }

  get missingRange(): Range {
    const { node } = this;
    return node.kind === 'object' ? this.#range({ start: node.end - 1, end: node.end }) : this.#startRange(node);
  }

  content(shape: BodyShape, report: Report): BodyContent & { readonly attributes: ReadonlyMap<string, HclAttribute> } {
    const attributes = new Map<string, HclAttribute>();
    const blocks: Block[] = [];
    for (const property of this.#properties(this.node, undefined, report)) {
      const name = property.name.value;
      if (name === comment) continue;
      const blockShape = shape.blocks.find(({ type }) => type === name);
      if (shape.attributes.includes(name)) {
        const before = attributes.get(name);
        if (before === undefined) attributes.set(name, this.#attribute(property));
        else
          this.#error(
            'Duplicate argument',
            `The argument "${name}" was already set at ${rangeText(before.nameRange)}.`,
            property.name,
            report,
          );
      } else if (blockShape !== undefined) this.#unpack(property.value, blockShape, property.name, [], blocks, report);
      else {
        const known = [
          ...shape.attributes.filter((one) => !attributes.has(one)),
          ...shape.blocks.map(({ type }) => type),
        ];
        const detail = `No argument or block type is named "${name}".${adviceOn(name, shape) ?? didYouMean(name, known)}`;
        this.#error('Extraneous JSON object property', detail, property.name, report);
      }
    }
    return { attributes, blocks };
  }

  attributes(report: Report): readonly HclAttribute[] {
    if (this.node.kind !== 'object') {
      const detail = 'A JSON object is required here, setting the arguments for this block.';
      report({ severity: 'error', summary: wrongType, detail, range: this.#startRange(this.node) });
      return [];
    }
    const found = new Map<string, HclAttribute>();
    for (const property of this.node.properties) {
      const name = property.name.value;
      const before = found.get(name);
      if (name === comment) continue;
      if (before === undefined) found.set(name, this.#attribute(property));
      else
        this.#error(
          'Duplicate attribute definition',
          `The argument "${name}" was already set at ${rangeText(before.nameRange)}.`,
          property.name,
          report,
        );
    }
    return [...found.values()];
  }

  /** The same body with other things to refer to. */
  withScope(scope: Scope): JsonBody {
    return new JsonBody(this.node, this.source, scope);
  }

  #range({ start, end }: { readonly start: number; readonly end: number }): Range {
    return { source: this.source, start, end };
  }

  /** An error about a whole object or array points at its bracket. */
  #startRange(node: JsonNode): Range {
    const isLong = node.kind === 'object' || node.kind === 'array';
    return this.#range({ start: node.start, end: isLong ? node.start + 1 : node.end });
  }

  #error(summary: string, detail: string, name: JsonString, report: Report): void {
    report({ severity: 'error', summary, detail, range: this.#range(name) });
  }

  #attribute({ name, value }: JsonProperty): HclAttribute {
    return {
      name: name.value,
      nameRange: this.#range(name),
      valueRange: this.#range(value),
      evaluate: (report) => evaluateJson(value, this.source, this.scope, report),
      rangeOf: (key) => this.#rangeOf(value, key),
      references: () => referencesInJson(value),
    };
  }

  #rangeOf(node: JsonNode, key: string | number): Range | undefined {
    if (node.kind === 'array') {
      const element = typeof key === 'number' ? node.elements[key] : undefined;
      return element && this.#range(element);
    }
    const property =
      node.kind === 'object' ? node.properties.find(({ name }) => name.value === String(key)) : undefined;
    return property && this.#range({ start: property.name.start, end: property.value.end });
  }

  /** The properties of an object, or of all objects of an array, in order. @param label  that they stand for, if they do. */
  #properties(node: JsonNode, label: string | undefined, report: Report): readonly JsonProperty[] {
    const purpose =
      label === undefined ? 'to define arguments and child blocks' : `to specify ${label} labels for this block`;
    const fail = (bad: JsonNode, what: string) =>
      report({
        severity: 'error',
        summary: wrongType,
        detail: `${what} is required here, ${purpose}.`,
        range: this.#startRange(bad),
      });
    if (node.kind === 'object') return node.properties;
    if (node.kind === 'array') {
      return node.elements.flatMap((element) => {
        if (element.kind === 'object') return element.properties;
        fail(element, 'A JSON object');
        return [];
      });
    }
    if (!(node.kind === 'scalar' && node.value === null)) fail(node, 'Either a JSON object or JSON array of objects');
    return [];
  }

  /** Peels off the labels, one nested object each; then an object is one block, an array is several. */
  #unpack(
    node: JsonNode,
    shape: BlockShape,
    type: JsonString,
    labels: readonly JsonString[],
    blocks: Block[],
    report: Report,
  ): void {
    const label = shape.labels[labels.length];
    if (label !== undefined) {
      let isSound = true;
      const notice = (diagnostic: Diagnostic) => {
        isSound = false;
        report(diagnostic);
      };
      const properties = this.#properties(node, label, notice).filter(({ name }) => name.value !== comment);
      if (properties.length === 0 && isSound) {
        const detail = `At least one object property is required, whose name represents the ${shape.type} block's ${label}.`;
        report({ severity: 'error', summary: 'Missing block label', detail, range: this.#startRange(node) });
      }
      for (const { name, value } of properties) this.#unpack(value, shape, type, [...labels, name], blocks, report);
    } else if (node.kind === 'object') blocks.push(this.#block(node, type, labels));
    else if (node.kind === 'array')
      for (const element of node.elements) blocks.push(this.#block(element, type, labels));
    else if (!(node.kind === 'scalar' && node.value === null)) {
      const detail = `Either a JSON object or a JSON array is required, representing the contents of one or more "${shape.type}" blocks.`;
      report({ severity: 'error', summary: wrongType, detail, range: this.#startRange(node) });
    }
  }

  #block(body: JsonNode, type: JsonString, labels: readonly JsonString[]): Block {
    return {
      type: type.value,
      labels: labels.map(({ value }) => value),
      labelRanges: labels.map((label) => this.#range(label)),
      range: this.#range(labels.at(-1) ?? type),
      body: new JsonBody(body, this.source, this.scope),
    };
  }
}

const wrongType = 'Incorrect JSON value type';
