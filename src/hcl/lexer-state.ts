/** How far the lexer is, what it is in the middle of, and what it has made so far. */
import { lexicalFaults } from './lexical-faults.ts';
import { type Fault, kind, mostFaults, Tokens } from './token.ts';

/** What the text at hand is: code, a quoted string, a heredoc, or a template without quotes (a string of JSON). */
export type Mode = 'code' | 'quoted' | 'heredoc' | 'bare';

interface Frame {
  readonly mode: Mode;
  /** Of a heredoc: the word that ends it. */
  readonly marker: string;
  /** Of code: braces that are open. */
  braces: number;
  /** Of a heredoc: whether the next piece of text begins a line, and so may be the end marker. */
  atLineStart: boolean;
}

/** Editors of Windows put it before the first character; it means nothing. */
const byteOrderMark = 0xfeff;

export class LexerState {
  readonly text: string;
  readonly tokens: Tokens;
  readonly warnings: Fault[] = [];
  /** Once no end of a comment was found there is none further on. */
  hasCommentEnds = true;
  /** Where reading stands. */
  at: number;
  frame: Frame;
  readonly #outer: Frame[] = [];
  #faults: ReturnType<typeof lexicalFaults> | undefined;

  constructor(text: string, mode: Mode) {
    this.text = text;
    this.at = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
    this.frame = { mode, marker: '', braces: 0, atLineStart: true };
    this.tokens = new Tokens(text.length);
  }

  get faults(): readonly Fault[] {
    return this.#faults?.found ?? [];
  }

  /** True in the code of a `${…}` whose own braces are all closed: the next `}` ends it. */
  get closesSequence(): boolean {
    return this.#outer.length > 0 && this.frame.braces === 0;
  }

  enter(mode: Mode, marker = ''): void {
    this.#outer.push(this.frame);
    this.frame = { mode, marker, braces: 0, atLineStart: true };
  }

  leave(): void {
    this.frame = this.#outer.pop() ?? this.frame;
  }

  emit(kind: number, length: number): void {
    this.tokens.add(kind, this.at, this.at + length);
    this.at += length;
  }

  /** Emits a token that cannot be, and says why. */
  emitInvalid(length: number): void {
    this.#faults ??= lexicalFaults(this.text);
    this.#faults.report(this.at, this.at + length, this.#outer.length > 0);
    this.emit(kind.invalid, length);
  }

  /** Blank lines make no further token. */
  emitNewline(start: number, end: number): void {
    const { tokens } = this;
    if (tokens.count === 0 || tokens.kinds[tokens.count - 1] !== kind.newline) tokens.add(kind.newline, start, end);
    this.at = end;
  }

  /** The heredoc's marker was put in quotes, as a shell would have it. */
  reportQuotedMarker(start: number, end: number, marker: string): void {
    this.#faults ??= lexicalFaults(this.text);
    this.#faults.quotedMarker(start, end, marker);
  }

  /** A line of a heredoc that ends in its marker has probably lost a line break, and the heredoc goes on behind it. */
  warnOfGluedMarker(end: number): void {
    if (this.warnings.length >= mostFaults) return;
    const { marker } = this.frame;
    const detail = `This line ends with the end marker of the text that it belongs to, so the text goes on behind it. To end the text here, put ${marker} on a line of its own.`;
    this.warnings.push({ summary: 'End marker inside of a line', detail, start: end - marker.length, end });
  }

  /** True when the next character but one has this code. */
  follows(c: number): boolean {
    return this.text.charCodeAt(this.at + 1) === c;
  }
}
