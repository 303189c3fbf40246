/** The parser's way through the tokens. */
import type { Bytes } from './bytes.ts';
import { showToken, type Token, type TokenKind } from './token.ts';

/** What is wrong with the form of a template, in Go's words. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
}

export class Cursor {
  /** The template's name, as errors give it. */
  readonly name: Bytes;
  /** On which line the action at hand began; 0 outside of actions. */
  actionLine = 0;
  readonly #tokens: readonly Token[];
  #index = 0;
  /** How far the tokens were looked at: errors give the line of the last one. */
  #furthest = 0;

  constructor(name: Bytes, tokens: readonly Token[]) {
    this.name = name;
    this.#tokens = tokens;
  }

  /** The next token. Behind the last one stands that again. */
  peek(): Token {
    this.#furthest = Math.max(this.#furthest, this.#index);
    const token = this.#tokens[Math.min(this.#index, this.#tokens.length - 1)];
    if (token === undefined) throw new RangeError('a template has at least one token');
    return token;
  }

  read(): Token {
    const token = this.peek();
    this.#index++;
    return token;
  }

  /** Skips blanks. */
  peekWord(): Token {
    while (this.peek().kind === 'space') this.#index++;
    return this.peek();
  }

  /** Skips blanks. */
  readWord(): Token {
    this.peekWord();
    return this.read();
  }

  /** Where the cursor stands, to return to. */
  get mark(): number {
    return this.#index;
  }

  return(mark: number): void {
    this.#index = mark;
  }

  /** The line that errors give just now. */
  get line(): number {
    return this.#tokens[Math.min(this.#furthest, this.#tokens.length - 1)]?.line ?? 1;
  }

  fail(message: Bytes, line = this.line): never {
    throw new SyntaxFault(`template: ${this.name}:${line}: ${message}`);
  }

  /** @param place  what is being read: `unexpected "," in operand`. */
  unexpected(token: Token, place: string): never {
    if (token.kind !== 'fault') this.fail(`unexpected ${showToken(token)} in ${place}`);
    const isElsewhere = this.actionLine !== 0 && this.actionLine !== token.line;
    const start = ` started at ${this.name}:${this.actionLine}`;
    const ending = token.text.endsWith(' action') ? start : ` in action${start}`;
    this.fail(token.text + (isElsewhere ? ending : ''));
  }

  /** Reads a token that must be there. */
  expect(kind: TokenKind, place: string): Token {
    const token = this.readWord();
    return token.kind === kind ? token : this.unexpected(token, place);
  }
}
