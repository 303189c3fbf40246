/** Texts with a name, places in them, and what is wrong at a place. */

/** A text that came from somewhere; positions are found only when somebody asks. */
export class Source {
  /** As the operator named it: a path, or `<flag>`-like text for what is no file. */
  readonly name: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** @returns line and column, both from 1. A column is one grapheme cluster; a byte order mark has none. */
  position(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.text);
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const before = this.text.slice(starts[low], offset).replace(/^\uFEFF/, '');
    return { line: low + 1, column: graphemes(before) + 1 };
  }
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Half-open: from `start` up to, not including, `end`; UTF-16 offsets. */
export interface Range {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** What is wrong in a few words: `Unsupported argument`. */
  readonly summary: string;
  /** A sentence or two with the names in question and what to do. */
  readonly detail: string;
  readonly range: Range | undefined;
}

export type Report = (diagnostic: Diagnostic) => void;

/** `web.hcl:14:5: Unsupported argument; An argument named "cooldwn" is not expected here. Did you mean "cooldown"?` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const text = diagnostic.detail === '' ? diagnostic.summary : `${diagnostic.summary}; ${diagnostic.detail}`;
  return diagnostic.range === undefined ? text : `${formatPlace(diagnostic.range)}: ${text}`;
}

/** `web.hcl:14:5` */
export function formatPlace(range: Range): string {
  const { line, column } = range.source.position(range.start);
  return `${range.source.name}:${line}:${column}`;
}

/** `web.hcl:14,5-12`, or `web.hcl:14,5-16,2` over several lines: how HashiCorp's texts name a place. */
export function rangeText({ source, start, end }: Range): string {
  const from = source.position(start);
  const to = source.position(end);
  const until = from.line === to.line ? `${to.column}` : `${to.line},${to.column}`;
  return `${source.name}:${from.line},${from.column}-${until}`;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function graphemes(text: string): number {
  if (/^[\x20-\x7e\t]*$/.test(text)) return text.length;
  let count = 0;
  for (const _ of segmenter.segment(text)) count++;
  return count;
}
