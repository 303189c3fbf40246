/** The doors of the language: a text in; a body, and every error of the text, out. */
import type { Diagnostic, Report, Source } from '../lib/source.ts';
import type { Body, Value } from '../schema/document.ts';
import { evaluate } from './evaluate.ts';
import { JsonBody } from './json-body.ts';
import { parseJsonText } from './json-parser.ts';
import { NativeBody } from './native-body.ts';
import type { Scope } from './scope.ts';
import { parseBodyText, parseExpressionText } from './syntax.ts';
import type { Fault } from './token.ts';

/** A file that was read. After an error the body holds what was understood, and decoding it is guesswork. */
export interface ParsedFile<B extends Body = Body> {
  readonly body: B;
  /** Errors, in the order of their places; empty when all is well. */
  readonly diagnostics: readonly Diagnostic[];
  /** What is allowed, and hardly meant. */
  readonly warnings: readonly Diagnostic[];
}

/** Longer texts are refused, in UTF-16 units: no configuration is that long. */
export const longestText = 10 * 1024 * 1024;

/**
 * Reads a file in the syntax that its name calls for: JSON for names that end in `.json`, native for all others.
 *
 * @param scope  what expressions may refer to; by default nothing at all.
 */
export function parseFile(source: Source, scope?: Scope): ParsedFile {
  return source.name.toLowerCase().endsWith('.json') ? parseHclJson(source, scope) : parseHcl(source, scope);
}

/**
 * Reads HCL's native syntax.
 *
 * Compat: HashiCorp HCL 2.23 with its summaries and details. Where it stops at the first error of a body, this goes on; where
 * its text leaves the reader alone (a forgotten `=`, a template that was not rendered), more is said.
 *
 * @param options.reflowed  accepts an argument whose `=` or value stands on the next line, as in texts that a web page
 *                          has wrapped.
 */
export function parseHcl(
  source: Source,
  scope: Scope = {},
  options: { readonly reflowed?: boolean } = {},
): ParsedFile<NativeBody> {
  if (source.text.length > longestText) {
    return {
      body: new NativeBody({ items: [], start: 0, end: 0 }, source, scope),
      diagnostics: [tooLong(source)],
      warnings: [],
    };
  }
  const { node, faults, warnings } = parseBodyText(source, options.reflowed ?? false);
  return {
    body: new NativeBody(node, source, scope),
    diagnostics: diagnosticsOf(faults, 'error', source),
    warnings: diagnosticsOf(warnings, 'warning', source),
  };
}

/** Reads HCL's JSON syntax. The templates inside its strings are read when they are evaluated. */
export function parseHclJson(source: Source, scope: Scope = {}): ParsedFile<JsonBody> {
  const nothing = { kind: 'object', properties: [], start: 0, end: source.text.length } as const;
  if (source.text.length > longestText)
    return { body: new JsonBody(nothing, source, scope), diagnostics: [tooLong(source)], warnings: [] };
  const { root, faults } = parseJsonText(source.text);
  return {
    body: new JsonBody(root ?? nothing, source, scope),
    diagnostics: diagnosticsOf(faults, 'error', source),
    warnings: [],
  };
}

function tooLong(source: Source): Diagnostic {
  const detail = `A configuration file may have at most ${longestText} characters; this one has ${source.text.length}.`;
  return { severity: 'error', summary: 'File too large', detail, range: { source, start: 0, end: 0 } };
}

function diagnosticsOf(
  faults: readonly Fault[],
  severity: Diagnostic['severity'],
  source: Source,
): readonly Diagnostic[] {
  return faults.map(({ summary, detail, start, end }) => ({
    severity,
    summary,
    detail,
    range: { source, start, end },
  }));
}

/**
 * Evaluates a text that is one expression.
 *
 * @returns undefined after reporting an error.
 */
export function evaluateExpression(source: Source, scope: Scope, report: Report): Value | undefined {
  if (source.text.length > longestText) return void report(tooLong(source));
  const { node, faults } = parseExpressionText(source);
  diagnosticsOf(faults, 'error', source).forEach(report);
  if (node === undefined || faults.length > 0) return undefined;
  return evaluate(node, source.text, (start, end) => ({ source, start, end }), scope, report);
}
