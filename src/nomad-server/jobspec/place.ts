/** Places and errors as Nomad's job parser prints them: `input.hcl:6,9-13`, over lines `8,1-10,2`. */
import type { Diagnostic, Range, Report } from '../../lib/source.ts';

export function place({ source, start, end }: Range): string {
  const from = source.position(start);
  const to = source.position(end);
  const upTo = from.line === to.line ? String(to.column) : `${to.line},${to.column}`;
  return `${source.name}:${from.line},${from.column}-${upTo}`;
}

export function jobFileError({ summary, detail, range }: Diagnostic): string {
  return `${range === undefined ? '<nil>' : place(range)}: ${summary}; ${detail}`;
}

export function reportError(report: Report, summary: string, detail: string, range: Range | undefined): void {
  report({ severity: 'error', summary, detail, range });
}

/** Where an expression begins, as HashiCorp's parser has it: a text without its quotes, a call up to its bracket. */
export function startOf(range: Range): Range {
  const text = range.source.text.slice(range.start, range.end);
  const [whole, quote, inside = ''] = /^(")((?:\\.|(?!\$\{)[^"\\])*)/.exec(text) ??
    /^(?:[\w:]+\(|[[{])/.exec(text) ?? [text];
  if (quote === undefined) return { ...range, end: range.start + whole.length };
  return { ...range, start: range.start + 1, end: range.start + 1 + inside.length };
}
