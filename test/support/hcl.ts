/** Short ways to parse and evaluate HCL in tests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateExpression, parseHcl, parseHclJson } from '../../src/hcl/parse.ts';
import type { Scope } from '../../src/hcl/scope.ts';
import { type Diagnostic, formatDiagnostic, Source } from '../../src/lib/source.ts';
import type { Attribute, Block, BodyShape, Value } from '../../src/schema/document.ts';

/** The syntax errors of a native text: `3:13 Invalid character`. */
export function problems(text: string): readonly string[] {
  return parseHcl(new Source('t.hcl', text)).diagnostics.map(brief);
}

/** Place and summary of a diagnostic. */
export function brief({ summary, range }: Diagnostic): string {
  const { line, column } = range === undefined ? { line: 0, column: 0 } : range.source.position(range.start);
  return `${line}:${column} ${summary}`;
}

/** The value of one expression; throws with all errors when it has none. */
export function evaluated(text: string, scope: Scope = {}): Value {
  const found: Diagnostic[] = [];
  const value = evaluateExpression(new Source('t.hcl', text), scope, (one) => found.push(one));
  if (value === undefined || found.length > 0) throw new Error(found.map(formatDiagnostic).join('\n'));
  return value;
}

/** The errors of one expression, formatted; it must have no value. */
export function errorsOf(text: string, scope: Scope = {}): readonly string[] {
  const found: string[] = [];
  const value = evaluateExpression(new Source('t.hcl', text), scope, (one) => found.push(formatDiagnostic(one)));
  assert.equal(value, undefined, `${text} has a value`);
  assert.notDeepEqual(found, [], `${text} has neither value nor error`);
  return found;
}

type Plain = { readonly [name: string]: unknown };

/** Everything in a native body without a shape: `[name, value]` and `[type, ...labels, items]`, in document order. */
export function walk(text: string, scope: Scope = {}): readonly (readonly unknown[])[] {
  const { body, diagnostics } = parseHcl(new Source('t.hcl', text), scope);
  assert.deepEqual(diagnostics.map(brief), []);
  return items(body);
}

function items(body: ReturnType<typeof parseHcl>['body']): readonly (readonly unknown[])[] {
  const isBlock = (item: Attribute | Block): item is Block => 'body' in item;
  return body.items().map((item) => {
    if (!isBlock(item)) return [item.name, item.evaluate((one) => assert.fail(formatDiagnostic(one)))];
    return [item.type, ...item.labels, items(item.body as typeof body)];
  });
}

/** The values that a JSON text has under a shape of attributes alone, and the errors on the way. */
export function jsonAttributes(
  text: string,
  scope: Scope = {},
): { readonly values: Plain; readonly errors: readonly string[] } {
  const { body, diagnostics } = parseHclJson(new Source('t.json', text), scope);
  const errors = diagnostics.map(formatDiagnostic);
  const report = (one: Diagnostic) => errors.push(formatDiagnostic(one));
  const values = body.attributes(report).map((one) => [one.name, one.evaluate(report)]);
  return { values: Object.fromEntries(values), errors };
}

/** Reads a JSON body under a shape; blocks as `[type, ...labels, attributes]`, where `inner` is the shape of each. */
export function jsonContent(
  text: string,
  shape: BodyShape,
  inner: BodyShape,
): { readonly attributes: Plain; readonly blocks: readonly unknown[]; readonly errors: readonly string[] } {
  const { body, diagnostics } = parseHclJson(new Source('t.json', text));
  const errors = diagnostics.map(formatDiagnostic);
  const report = (one: Diagnostic) => errors.push(formatDiagnostic(one));
  const plain = (attributes: ReadonlyMap<string, Attribute>) =>
    Object.fromEntries(Array.from(attributes, ([name, one]) => [name, one.evaluate(report)]));
  const content = body.content(shape, report);
  const blocks = content.blocks.map((block) => [
    block.type,
    ...block.labels,
    plain(block.body.content(inner, report).attributes),
  ]);
  return { attributes: plain(content.attributes), blocks, errors };
}

/** The last test of a file: some packages set the length of stack traces for the whole process. */
export function guardStackTraces(): void {
  test('at the end of this file stack traces have their usual length', () => {
    assert.equal(Error.stackTraceLimit, 10);
  });
}
