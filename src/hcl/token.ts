/** What the lexer hands to the parser: kinds and places, no objects. */

/**
 * Kinds of token. A sign that stands for itself has its own character code; the others take codes that no such sign has.
 * Comments and blanks leave no token; a comment that ends its line counts as the newline.
 */
export const kind = {
  eof: 0,
  identifier: 1,
  number: 2,
  newline: 3,
  openQuote: 4,
  closeQuote: 5,
  openHeredoc: 6,
  closeHeredoc: 7,
  /** A piece of a quoted string: may hold backslash escapes. */
  quotedText: 8,
  /** A piece of a heredoc or bare template, at most one line of it. */
  plainText: 9,
  /** `${` or `${~` */
  interpolation: 11,
  /** `%{` or `%{~` */
  directive: 12,
  /** The `}` or `~}` of the two above. */
  sequenceEnd: 13,
  /** Cannot be part of the language; already reported by the lexer. */
  invalid: 14,
  equals: 15,
  notEqual: 16,
  lessOrEqual: 17,
  greaterOrEqual: 18,
  and: 19,
  or: 20,
  ellipsis: 21,
  fatArrow: 22,
  doubleColon: 23,
  bang: 33,
  percent: 37,
  openParen: 40,
  closeParen: 41,
  star: 42,
  plus: 43,
  comma: 44,
  minus: 45,
  dot: 46,
  slash: 47,
  colon: 58,
  less: 60,
  assign: 61,
  greater: 62,
  question: 63,
  openBracket: 91,
  closeBracket: 93,
  openBrace: 123,
  closeBrace: 125,
} as const;

/** The tokens of a text in order, the last one `eof`. Token `i` covers `spans[2 * i]` up to `spans[2 * i + 1]`. */
export class Tokens {
  kinds: Uint8Array;
  /** UTF-16 offsets. */
  spans: Int32Array;
  count = 0;

  /** @param length  of the text; room for the usual number of tokens is made at once. */
  constructor(length: number) {
    const room = (length >> 2) + 16;
    this.kinds = new Uint8Array(room);
    this.spans = new Int32Array(room * 2);
  }

  add(kind: number, start: number, end: number): void {
    const at = this.count++;
    if (at >= this.kinds.length) this.#grow();
    this.kinds[at] = kind;
    this.spans[at * 2] = start;
    this.spans[at * 2 + 1] = end;
  }

  #grow(): void {
    const kinds = new Uint8Array(this.kinds.length * 2);
    kinds.set(this.kinds);
    this.kinds = kinds;
    const spans = new Int32Array(this.spans.length * 2);
    spans.set(this.spans);
    this.spans = spans;
  }
}

/** More errors of one kind than these help nobody; a file that is no HCL at all would have thousands. */
export const mostFaults = 100;

/** An error at a stretch of the text, before a source is put to it. */
export interface Fault {
  readonly summary: string;
  readonly detail: string;
  readonly start: number;
  readonly end: number;
}
