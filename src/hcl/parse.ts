/** The doors of the language: a text in; a body, and every error of the text, out. */
import type { Diagnostic, Source } from '../lib/source.ts';
import type { Body } from '../schema/document.ts';
import { JsonBody } from './json-body.ts';
import { parseJsonText } from './json-parser.ts';
import { NativeBody } from './native-body.ts';
import type { Scope } from './scope.ts';
import { parseBodyText } from './syntax.ts';
import type { Fault } from './token.ts';

/** A file that was read. After an error the body holds what was understood, and decoding it is guesswork. */
export interface ParsedFile<B extends Body = Body> {
  readonly body: B;
  /** In the order of their places; empty when all is well. */
  readonly diagnostics: readonly Diagnostic[];
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
 */
export function parseHcl(source: Source, scope: Scope = {}): ParsedFile<NativeBody> {
  if (source.text.length > longestText) {
    return { body: new NativeBody({ items: [], start: 0, end: 0 }, source, scope), diagnostics: [tooLong(source)] };
  }
  const { node, faults } = parseBodyText(source);
  return { body: new NativeBody(node, source, scope), diagnostics: diagnosticsOf(faults, source) };
}

/** Reads HCL's JSON syntax. The templates inside its strings are read when they are evaluated. */
export function parseHclJson(source: Source, scope: Scope = {}): ParsedFile<JsonBody> {
  const nothing = { kind: 'object', properties: [], start: 0, end: source.text.length } as const;
  if (source.text.length > longestText)
    return { body: new JsonBody(nothing, source, scope), diagnostics: [tooLong(source)] };
  const { root, faults } = parseJsonText(source.text);
  return { body: new JsonBody(root ?? nothing, source, scope), diagnostics: diagnosticsOf(faults, source) };
}

function tooLong(source: Source): Diagnostic {
  const detail = `A configuration file may have at most ${longestText} characters; this one has ${source.text.length}.`;
  return { severity: 'error', summary: 'File too large', detail, range: { source, start: 0, end: 0 } };
}

function diagnosticsOf(faults: readonly Fault[], source: Source): readonly Diagnostic[] {
  return faults.map(({ summary, detail, start, end }) => ({
    severity: 'error',
    summary,
    detail,
    range: { source, start, end },
  }));
}
