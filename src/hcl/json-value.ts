/** Values of HCL's JSON syntax: every text in it is a template. */
import { type Report, rangeText, Source } from '../lib/source.ts';
import type { Value } from '../schema/document.ts';
import type { Expression } from './ast.ts';
import { evaluate } from './evaluate.ts';
import type { Locate } from './evaluation.ts';
import type { JsonNode, JsonObject, JsonString } from './json-tree.ts';
import type { Scope } from './scope.ts';
import { type Parsed, parseTemplateText } from './syntax.ts';
import { kindOf, toText } from './values.ts';

/** @returns undefined after reporting an error. Nesting is bounded by the parser of the tree. */
export function evaluateJson(node: JsonNode, source: Source, scope: Scope, report: Report): Value | undefined {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'string':
      return evaluateString(node, source, scope, report);
    case 'array': {
      const values: Value[] = [];
      for (const element of node.elements) {
        const value = evaluateJson(element, source, scope, report);
        if (value !== undefined) values.push(value);
      }
      return values.length === node.elements.length ? values : undefined;
    }
    case 'object':
      return evaluateObject(node, source, scope, report);
  }
}

/** Whether there is anything in a text but itself. */
function isTemplate(text: string): boolean {
  return text.includes('${') || text.includes('%{');
}

/** The template that a string is, if it is one. */
export function parseJsonTemplate({ value }: JsonString): Parsed<Expression | undefined> {
  if (!isTemplate(value)) return { node: undefined, faults: [], warnings: [] };
  return parseTemplateText(new Source('', value));
}

function evaluateString(node: JsonString, source: Source, scope: Scope, report: Report): Value | undefined {
  const { value, start, end, hasEscapes } = node;
  if (!isTemplate(value)) return value;
  // Without escapes the text stands in the file as it is; with them only the string as a whole can be pointed at.
  const locate: Locate = (from, to) =>
    hasEscapes ? { source, start, end } : { source, start: start + 1 + from, end: start + 1 + to };
  const { node: template, faults } = parseJsonTemplate(node);
  for (const { summary, detail, start: from, end: to } of faults) {
    report({ severity: 'error', summary, detail, range: locate(from, to) });
  }
  if (template === undefined || faults.length > 0) return undefined;
  return evaluate(template, value, locate, scope, report);
}

function evaluateObject(node: JsonObject, source: Source, scope: Scope, report: Report): Value | undefined {
  const entries = new Map<string, { readonly value: Value; readonly name: JsonString }>();
  let failed = false;
  for (const { name, value: valueNode } of node.properties) {
    const key = evaluateString(name, source, scope, report);
    const value = evaluateJson(valueNode, source, scope, report);
    const fail = (summary: string, detail: string) => {
      report({ severity: 'error', summary, detail, range: { source, start: name.start, end: name.end } });
      failed = true;
    };
    const text = key === undefined || key === null ? undefined : toText(key);
    const before = text === undefined ? undefined : entries.get(text);
    if (key === undefined || value === undefined) failed = true;
    else if (key === null) fail('Invalid object key expression', 'Cannot use null value as an object key.');
    else if (text === undefined)
      fail(
        'Invalid object key expression',
        `Cannot use this expression as an object key: string required, but have ${kindOf(key)}.`,
      );
    else if (before !== undefined) {
      const where = rangeText({ source, start: before.name.start, end: before.name.end });
      fail('Duplicate object attribute', `An attribute named "${text}" was already defined at ${where}.`);
    } else entries.set(text, { value, name });
  }
  if (failed) return undefined;
  return Object.fromEntries(Array.from(entries, ([key, { value }]) => [key, value]));
}
