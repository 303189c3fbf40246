/** Where the parser stands in the tokens, what it found wrong, and how it gets going again after an error. */
import { rangeText, type Source } from '../lib/source.ts';
import type { Expression } from './ast.ts';
import { type Fault, kind, mostFaults, type Tokens } from './token.ts';

/** Deeper nesting is an error: recursion must end long before the stack does. */
export const deepestNesting = 200;

export abstract class Cursor {
  readonly source: Source;
  readonly text: string;
  readonly kinds: Uint8Array;
  readonly spans: Int32Array;
  readonly faults: Fault[] = [];
  /** Whether an argument's `=` and value may stand on lines of their own, as in a text that was reflowed. */
  readonly isReflowed: boolean;
  /** Inside brackets line ends mean nothing. */
  skipsNewlines = false;
  /** True after any error: what comes after it may be a consequence. */
  hasFailed = false;
  /** The token that was looked at last. */
  at = 0;
  /** The token that was read last. */
  last = 0;
  #next = 0;
  #depth = 0;
  /** Once reading was given up, nothing that follows is worth an error. */
  #stopped = false;

  constructor(source: Source, tokens: Tokens, isReflowed = false) {
    this.source = source;
    this.text = source.text;
    this.kinds = tokens.kinds;
    this.spans = tokens.spans;
    this.isReflowed = isReflowed;
  }

  /** Reads one expression. @returns undefined when it made no sense; that has been reported then. */
  abstract expression(): Expression | undefined;

  /** @returns the kind of the token ahead. */
  peek(): number {
    let at = this.#next;
    if (this.skipsNewlines) while (this.kinds[at] === kind.newline) at++;
    this.at = at;
    return this.kinds[at] ?? kind.eof;
  }

  /** Steps over the token ahead (never over the end). @returns its kind. */
  read(): number {
    const found = this.peek();
    this.last = this.at;
    if (found !== kind.eof) this.#next = this.at + 1;
    return found;
  }

  /** Steps over the token ahead when it is of this kind. */
  take(wanted: number): boolean {
    if (this.peek() !== wanted) return false;
    this.read();
    return true;
  }

  /** Where the token that was looked at last begins. */
  get start(): number {
    return this.spans[this.at * 2] ?? 0;
  }

  /** Where the token that was looked at last ends. */
  get end(): number {
    return this.spans[this.at * 2 + 1] ?? 0;
  }

  /** Where the token that was read last begins. */
  get lastStart(): number {
    return this.spans[this.last * 2] ?? 0;
  }

  /** Where the token that was read last ends. */
  get lastEnd(): number {
    return this.spans[this.last * 2 + 1] ?? 0;
  }

  /** The text of the token that was looked at last. */
  get word(): string {
    return this.text.slice(this.start, this.end);
  }

  /** True when the lexer has objected to something between here and the next closing token of this kind. */
  isSpoiltUpTo(closer: number): boolean {
    let at = this.#next;
    while (this.kinds[at] !== closer && this.kinds[at] !== kind.eof && this.kinds[at] !== kind.invalid) at++;
    return this.kinds[at] === kind.invalid;
  }

  /** True when the token ahead is this name. */
  isKeyword(name: string): boolean {
    return (
      this.peek() === kind.identifier && this.end - this.start === name.length && this.text.startsWith(name, this.start)
    );
  }

  /** Reports an error at the token that was looked at last, or at the stretch given. What the lexer has reported is not reported again. */
  fail(summary: string, detail: string, start = this.start, end = this.end): undefined {
    this.hasFailed = true;
    if (this.#stopped || (this.kinds[this.at] === kind.invalid && start === this.start)) return;
    this.faults.push({ summary, detail, start, end });
    if (this.faults.length < mostFaults) return;
    this.faults.push({
      summary: 'Too many errors',
      detail: `After ${mostFaults} errors the rest of this text was not read.`,
      start,
      end,
    });
    this.#stop();
  }

  /** Opens one more level of nesting. @returns false, and reading ends, when that is one too many. */
  descend(): boolean {
    if (++this.#depth <= deepestNesting) return true;
    this.peek();
    this.fail('Nesting too deep', `Blocks and expressions may be nested at most ${deepestNesting} levels deep.`);
    this.#stop();
    return false;
  }

  ascend(): void {
    this.#depth--;
  }

  /** Makes the end the next token. */
  #stop(): void {
    while (this.kinds[this.#next] !== kind.eof) this.#next++;
    this.#stopped = true;
  }

  /** How the places of other things are named in texts: `web.hcl:3,5-9`. */
  place(start: number, end: number): string {
    return rangeText({ source: this.source, start, end });
  }

  /** Skips to after the closing token of this kind, stepping over pairs of the same kind inside. */
  recover(closer: number): void {
    const opener = openerOf(closer);
    let open = 0;
    for (;;) {
      const found = this.read();
      if (found === kind.eof) return;
      if (found === opener || (closer === kind.sequenceEnd && found === kind.directive)) open++;
      else if (found === closer && open-- === 0) return;
    }
  }

  /** Skips to after the line end that ends the item at hand; brackets that open on the way are closed first. */
  recoverAfterItem(): void {
    this.skipsNewlines = false;
    const open: number[] = [];
    const counts = new Map<number, number>();
    const count = (closer: number, change: number) => counts.set(closer, (counts.get(closer) ?? 0) + change);
    for (;;) {
      const found = this.peek();
      if (found === kind.eof) return;
      // A brace that closes the block around the item is left for the block.
      if (found === kind.closeBrace && open.length === 0) return;
      this.read();
      if (found === kind.newline && open.length === 0) return;
      const closer = closerOf(found);
      if (closer !== kind.eof) {
        open.push(closer);
        count(closer, 1);
      }
      // What closes a bracket further out closes all those inside of it.
      const isOpen = (counts.get(found) ?? 0) > 0;
      for (let closed: number | undefined; isOpen && closed !== found; ) {
        closed = open.pop() ?? found;
        count(closed, -1);
      }
    }
  }
}

function closerOf(opener: number): number {
  switch (opener) {
    case kind.openBrace:
      return kind.closeBrace;
    case kind.openBracket:
      return kind.closeBracket;
    case kind.openParen:
      return kind.closeParen;
    case kind.openQuote:
      return kind.closeQuote;
    case kind.openHeredoc:
      return kind.closeHeredoc;
    case kind.interpolation:
    case kind.directive:
      return kind.sequenceEnd;
    default:
      return kind.eof;
  }
}

function openerOf(closer: number): number {
  switch (closer) {
    case kind.closeBrace:
      return kind.openBrace;
    case kind.closeBracket:
      return kind.openBracket;
    case kind.closeParen:
      return kind.openParen;
    case kind.closeQuote:
      return kind.openQuote;
    case kind.closeHeredoc:
      return kind.openHeredoc;
    case kind.sequenceEnd:
      return kind.interpolation;
    default:
      return kind.eof;
  }
}
