/** Text to tokens. Quoted strings, heredocs and `${…}` nest, so the lexer keeps a stack of where it is. */
import { identifierEnd, isIdentifierStart, numberEnd } from './characters.ts';
import { lexicalFaults } from './lexical-faults.ts';
import { type Fault, kind, Tokens } from './token.ts';

/** What the text at hand is: code, a quoted string, a heredoc, or a template without quotes (a string of JSON). */
type Mode = 'code' | 'quoted' | 'heredoc' | 'bare';

interface Frame {
  readonly mode: Mode;
  /** Of a heredoc. */
  readonly marker: string;
  /** Of code inside `${…}`: braces that are open. */
  braces: number;
  /** Of a heredoc: whether the next piece of text begins a line, and so may be the end marker. */
  atLineStart: boolean;
}

/**
 * Splits a text into tokens.
 *
 * @param from, to  the stretch of the text to read; offsets in the result count from the text's beginning.
 * @param mode      `bare` reads a template without quotes.
 */
export function tokenize(
  text: string,
  from: number,
  to: number,
  mode: 'code' | 'bare',
): { readonly tokens: Tokens; readonly faults: readonly Fault[] } {
  const lexer = new Lexer(text, from, to, mode);
  lexer.run();
  return { tokens: lexer.tokens, faults: lexer.faults };
}

class Lexer {
  readonly tokens: Tokens;
  readonly #text: string;
  readonly #to: number;
  readonly #stack: Frame[];
  #frame: Frame;
  #at: number;
  #faults: ReturnType<typeof lexicalFaults> | undefined;

  constructor(text: string, from: number, to: number, mode: Mode) {
    this.#text = text;
    this.#at = from;
    this.#to = to;
    this.#frame = { mode, marker: '', braces: 0, atLineStart: true };
    this.#stack = [];
    this.tokens = new Tokens(to - from);
  }

  get faults(): readonly Fault[] {
    return this.#faults?.found ?? [];
  }

  run(): void {
    while (this.#at < this.#to) {
      switch (this.#frame.mode) {
        case 'code':
          this.#code();
          break;
        case 'quoted':
          this.#quoted();
          break;
        default:
          this.#plain();
      }
    }
    this.tokens.add(kind.eof, this.#to, this.#to);
  }

  #enter(mode: Mode, marker: string): void {
    this.#stack.push(this.#frame);
    this.#frame = { mode, marker, braces: 0, atLineStart: true };
  }

  #leave(): void {
    this.#frame = this.#stack.pop() ?? this.#frame;
  }

  #emit(kind: number, length: number): void {
    this.tokens.add(kind, this.#at, this.#at + length);
    this.#at += length;
  }

  /** Emits a token that cannot be, and says why. */
  #invalid(length: number): void {
    this.#faults ??= lexicalFaults(this.#text);
    this.#faults.report(this.#at, this.#at + length);
    this.#emit(kind.invalid, length);
  }

  /** Until the mode changes: one token after the other. */
  #code(): void {
    const text = this.#text;
    const to = this.#to;
    const tokens = this.tokens;
    while (this.#at < to) {
      const at = this.#at;
      const c = text.charCodeAt(at);
      if (c === 32 || c === 9) {
        this.#at = at + 1;
        continue;
      }
      if (isIdentifierStart(text, at, c)) {
        const end = identifierEnd(text, at, to);
        tokens.add(kind.identifier, at, end);
        this.#at = end;
        continue;
      }
      switch (c) {
        case 10: // \n
          this.#newline(at, at + 1);
          break;
        case 13: // \r
          if (text.charCodeAt(at + 1) === 10 && at + 1 < to) this.#newline(at, at + 2);
          else this.#invalid(1);
          break;
        case 35: // #
          this.#lineComment();
          break;
        case 47: // /
          this.#slash();
          break;
        case 34: // "
          this.#emit(kind.openQuote, 1);
          this.#enter('quoted', '');
          return;
        case 48:
        case 49:
        case 50:
        case 51:
        case 52:
        case 53:
        case 54:
        case 55:
        case 56:
        case 57: {
          // digits
          const end = numberEnd(text, at, to);
          tokens.add(kind.number, at, end);
          this.#at = end;
          break;
        }
        case 61: // =
          if (this.#follows(61)) this.#emit(kind.equals, 2);
          else if (this.#follows(62)) this.#emit(kind.fatArrow, 2);
          else this.#emit(kind.assign, 1);
          break;
        case 123: // {
          this.#frame.braces++;
          this.#emit(c, 1);
          break;
        case 125: // }
          if (this.#closesSequence()) {
            this.#emit(kind.sequenceEnd, 1);
            this.#leave();
            return;
          }
          this.#frame.braces--;
          this.#emit(c, 1);
          break;
        case 126: // ~
          if (this.#follows(125)) {
            const closes = this.#closesSequence();
            this.#emit(kind.sequenceEnd, 2);
            if (closes) {
              this.#leave();
              return;
            }
            this.#frame.braces--;
          } else this.#invalid(1);
          break;
        case 60: // <
          if (this.#follows(60) && this.#heredoc()) return;
          if (this.#follows(61)) this.#emit(kind.lessOrEqual, 2);
          else this.#emit(c, 1);
          break;
        default:
          this.#sign(c);
      }
    }
  }

  #closesSequence(): boolean {
    return this.#stack.length > 0 && this.#frame.braces === 0;
  }

  #follows(c: number): boolean {
    return this.#at + 1 < this.#to && this.#text.charCodeAt(this.#at + 1) === c;
  }

  /** Blank lines make no further token. */
  #newline(start: number, end: number): void {
    const { tokens } = this;
    if (tokens.count === 0 || tokens.kinds[tokens.count - 1] !== kind.newline) tokens.add(kind.newline, start, end);
    this.#at = end;
  }

  /** A comment that ends its line is the newline: errors about the line's end point at it. */
  #lineComment(): void {
    const start = this.#at;
    const found = this.#text.indexOf('\n', start);
    if (found < 0 || found >= this.#to) this.#at = this.#to;
    else this.#newline(start, found + 1);
  }

  #slash(): void {
    if (this.#follows(47)) {
      this.#lineComment();
      return;
    }
    if (this.#follows(42)) {
      const end = this.#text.indexOf('*/', this.#at + 2);
      if (end >= 0 && end + 2 <= this.#to) {
        this.#at = end + 2;
        return;
      }
    }
    this.#emit(kind.slash, 1);
  }

  #sign(c: number): void {
    switch (c) {
      case 40:
      case 41:
      case 42:
      case 43:
      case 44:
      case 45:
      case 37:
      case 63:
      case 91:
      case 93: // ( ) * + , - % ? [ ]
        this.#emit(c, 1);
        break;
      case 33: // !
        if (this.#follows(61)) this.#emit(kind.notEqual, 2);
        else this.#emit(c, 1);
        break;
      case 62: // >
        if (this.#follows(61)) this.#emit(kind.greaterOrEqual, 2);
        else this.#emit(c, 1);
        break;
      case 38: // &
        if (this.#follows(38)) this.#emit(kind.and, 2);
        else this.#invalid(1);
        break;
      case 124: // |
        if (this.#follows(124)) this.#emit(kind.or, 2);
        else this.#invalid(1);
        break;
      case 46: // .
        if (this.#text.startsWith('...', this.#at) && this.#at + 3 <= this.#to) this.#emit(kind.ellipsis, 3);
        else this.#emit(c, 1);
        break;
      case 58: // :
        if (this.#follows(58)) this.#emit(kind.doubleColon, 2);
        else this.#emit(c, 1);
        break;
      default:
        this.#invalid((this.#text.codePointAt(this.#at) ?? 0) > 0xffff ? 2 : 1);
    }
  }

  /** `<<EOT` or `<<-EOT` up to the line's end. */
  #heredoc(): boolean {
    const text = this.#text;
    const start = text.charCodeAt(this.#at + 2) === 45 ? this.#at + 3 : this.#at + 2;
    const first = text.charCodeAt(start);
    const quote = first === 39 || first === 34 ? 1 : 0;
    const nameStart = start + quote;
    if (nameStart >= this.#to || !isIdentifierStart(text, nameStart, text.charCodeAt(nameStart))) return false;
    const nameEnd = identifierEnd(text, nameStart, this.#to);
    if (quote === 1 && text.charCodeAt(nameEnd) !== first) return false;
    let end = nameEnd + quote;
    if (text.charCodeAt(end) === 13) end++;
    if (end >= this.#to || text.charCodeAt(end) !== 10) return false;
    if (quote === 1) {
      this.#faults ??= lexicalFaults(text);
      this.#faults.quotedMarker(start, nameEnd + 1, text.slice(nameStart, nameEnd));
    }
    this.#emit(kind.openHeredoc, end + 1 - this.#at);
    this.#enter('heredoc', text.slice(nameStart, nameEnd));
    return true;
  }

  /** Inside quotes: one piece of text, or what ends it. */
  #quoted(): void {
    const text = this.#text;
    const to = this.#to;
    let at = this.#at;
    while (at < to) {
      const c = text.charCodeAt(at);
      if (c === 34 || c === 10 || c === 13) break;
      if (c === 92) {
        const next = at + 1 < to ? text.charCodeAt(at + 1) : 10;
        if (next === 10 || next === 13) break;
        at += (text.codePointAt(at + 1) ?? 0) > 0xffff ? 3 : 2;
      } else if ((c === 36 || c === 37) && at + 1 < to) {
        const length = sequenceLength(text, at, c);
        if (length === 0) break;
        at += length;
      } else at++;
    }
    if (at > to) at = to;
    if (at > this.#at) this.#emit(kind.quotedText, at - this.#at);
    if (at >= to) return;
    switch (text.charCodeAt(at)) {
      case 34:
        this.#emit(kind.closeQuote, 1);
        this.#leave();
        break;
      case 92:
        this.#invalid(1);
        break;
      case 10:
      case 13:
        this.#brokenString();
        break;
      default:
        this.#sequence();
    }
  }

  /** A string may not span lines. It is taken to end here, so that the next line is read as code. */
  #brokenString(): void {
    let end = this.#at + 1;
    while (end < this.#to && (this.#text.charCodeAt(end) === 10 || this.#text.charCodeAt(end) === 13)) end++;
    const start = this.#at;
    this.#invalid(end - start);
    this.#leave();
    this.tokens.add(kind.newline, start, end);
  }

  /** `${` or `%{`, with or without `~`. */
  #sequence(): void {
    const opens = this.#text.charCodeAt(this.#at) === 36 ? kind.interpolation : kind.directive;
    const trims = this.#at + 2 < this.#to && this.#text.charCodeAt(this.#at + 2) === 126;
    this.#frame.atLineStart = false;
    this.#emit(opens, trims ? 3 : 2);
    this.#enter('code', '');
  }

  /** In a heredoc or a bare template: the text up to the line's end or the next sequence. */
  #plain(): void {
    const text = this.#text;
    const to = this.#to;
    const start = this.#at;
    let at = start;
    while (at < to) {
      const c = text.charCodeAt(at);
      if (c === 10) {
        at++;
        break;
      }
      if ((c === 36 || c === 37) && at + 1 < to) {
        const length = sequenceLength(text, at, c);
        if (length === 0) break;
        at += length;
      } else at++;
    }
    if (at === start) {
      this.#sequence();
      return;
    }
    const endsLine = text.charCodeAt(at - 1) === 10;
    const frame = this.#frame;
    if (endsLine && frame.mode === 'heredoc' && frame.atLineStart && this.#isMarker(start, at)) {
      const newlineAt = text.charCodeAt(at - 2) === 13 ? at - 2 : at - 1;
      this.#emit(kind.closeHeredoc, newlineAt - start);
      this.#leave();
      this.#newline(newlineAt, at);
      return;
    }
    frame.atLineStart = endsLine;
    this.#emit(kind.plainText, at - start);
  }

  #isMarker(start: number, end: number): boolean {
    return this.#text.slice(start, end).trim() === this.#frame.marker;
  }
}

/** 0 at the beginning of `${` or `%{`; else how much of the text at a `$` or `%` is plain: 3 for the escape `$${`. */
function sequenceLength(text: string, at: number, sign: number): number {
  const next = text.charCodeAt(at + 1);
  if (next === 123) return 0;
  return next === sign && text.charCodeAt(at + 2) === 123 ? 3 : 1;
}
