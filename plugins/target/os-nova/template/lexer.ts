/** Cuts a template into tokens. Compat: Go text/template, down to what it says about what it cannot read. */
import { type Bytes, isAlphanumeric, nameRune, runeAt } from './bytes.ts';
import { quote } from './quote.ts';
import type { Token, TokenKind } from './token.ts';

const keywords: ReadonlySet<string> = new Set(
  '. block break continue define else end if nil range template with'.split(' '),
);

/** @returns all tokens; the last is `end` or `fault`. */
export function lex(template: Bytes): readonly Token[] {
  const lexer = new Lexer(template);
  lexer.run();
  return lexer.tokens;
}

const closing = /(?:[ \t\r\n]-)?\}\}/y;
const trimOpening = /-[ \t\r\n]/y;
const blanks = /[ \t\r\n]*/y;
/** Everything that begins like a number: whether it is one shows when it is evaluated. */
const number =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;

interface Quotation {
  readonly kind: TokenKind;
  readonly form: RegExp;
  /** In the error about one that does not end. */
  readonly called: string;
}

/** What stands between marks, by the mark. */
const quotations: Readonly<Record<string, Quotation>> = {
  '"': { kind: 'string', form: /"(?:[^"\\\n]|\\[^\n])*"/y, called: 'quoted string' },
  '`': { kind: 'string', form: /`[^`]*`/y, called: 'raw quoted string' },
  "'": { kind: 'character', form: /'(?:[^'\\\n]|\\[^\n])*'/y, called: 'character constant' },
};

const signs: Readonly<Record<string, TokenKind>> = { '=': 'assign', '|': 'pipe' };

/** What takes a token returns whether another may follow. */
class Lexer {
  readonly tokens: Token[] = [];
  readonly #text: Bytes;
  #at = 0;
  #parentheses = 0;
  #line = 1;
  /** Up to where lines are counted. */
  #counted = 0;

  constructor(text: Bytes) {
    this.#text = text;
  }

  run(): void {
    while (this.#plain() && this.#action());
  }

  #add(kind: TokenKind, end: number): boolean {
    this.#push(kind, this.#text.slice(this.#at, end));
    this.#at = end;
    return true;
  }

  #push(kind: TokenKind, text: Bytes): void {
    for (; this.#counted < this.#at; this.#counted++) if (this.#text[this.#counted] === '\n') this.#line++;
    this.tokens.push({ kind, text, at: this.#at, line: this.#line });
  }

  #fail(text: Bytes): boolean {
    this.#push('fault', text);
    return false;
  }

  /** @returns where the form ends that begins at `at`; undefined when it does not. */
  #endOf(form: RegExp, at = this.#at): number | undefined {
    form.lastIndex = at;
    return form.test(this.#text) ? form.lastIndex : undefined;
  }

  /** Text up to the next action. */
  #plain(): boolean {
    const open = this.#text.indexOf('{{', this.#at);
    const end = open < 0 ? this.#text.length : open;
    const trims = open >= 0 && this.#endOf(trimOpening, open + 2) !== undefined;
    const textEnd = trims ? this.#trimmedEnd(end) : end;
    if (textEnd > this.#at) this.#add('text', textEnd);
    this.#at = end;
    if (open < 0) this.#push('end', '');
    return open >= 0;
  }

  #trimmedEnd(to: number): number {
    let end = to;
    while (end > this.#at && ' \t\r\n'.includes(this.#text.charAt(end - 1))) end--;
    return end;
  }

  #action(): boolean {
    const inner = this.#endOf(trimOpening, this.#at + 2) ?? this.#at + 2;
    if (this.#text.startsWith('/*', inner)) return this.#comment(inner);
    this.#add('left', this.#at + 2);
    this.#at = inner;
    this.#parentheses = 0;
    for (;;) {
      const close = this.#endOf(closing);
      if (close !== undefined) return this.#parentheses > 0 ? this.#fail('unclosed left paren') : this.#right(close);
      if (!this.#operand(this.#text.charAt(this.#at))) return false;
    }
  }

  #comment(start: number): boolean {
    this.#at = start;
    const end = this.#text.indexOf('*/', start + 2);
    if (end < 0) return this.#fail('unclosed comment');
    const close = this.#endOf(closing, end + 2);
    if (close === undefined) return this.#fail('comment ends before closing delimiter');
    this.#at = this.#afterClosing(end + 2, close);
    return true;
  }

  #right(close: number): boolean {
    const after = this.#afterClosing(this.#at, close);
    this.#at = close - 2;
    this.#add('right', close);
    this.#at = after;
    return true;
  }

  /** `-}}` eats the blanks behind it. */
  #afterClosing(start: number, end: number): number {
    return end - start > 2 ? (this.#endOf(blanks, end) ?? end) : end;
  }

  /** @param sign  that it begins with; empty at the template's end. */
  #operand(sign: string): boolean {
    const at = this.#at;
    if (sign === '') return this.#fail('unclosed action');
    if (' \t\r\n'.includes(sign)) return this.#space();
    const kind = signs[sign];
    if (kind !== undefined) return this.#add(kind, at + 1);
    if (sign === ':') return this.#text[at + 1] === '=' ? this.#add('declare', at + 2) : this.#fail('expected :=');
    const quotation = quotations[sign];
    if (quotation !== undefined) return this.#quotation(quotation);
    if (sign === '$') return this.#name('variable', at + 1);
    if (sign === '.' && /[^\d]/.test(this.#text.charAt(at + 1))) return this.#name('field', at + 1);
    if (/[.+\-\d]/.test(sign)) return this.#number();
    if (sign === '(' || sign === ')') return this.#parenthesis(sign);
    const { code } = runeAt(this.#text, at);
    if (isAlphanumeric(code)) return this.#name('identifier', at);
    if (code > 0x20 && code < 0x7f) return this.#add('sign', at + 1);
    return this.#fail(`unrecognized character in action: ${nameRune(code)}`);
  }

  /** The last blank before `-}}` belongs to that. */
  #space(): boolean {
    const end = this.#endOf(blanks) ?? this.#at;
    return this.#add('space', this.#text.startsWith('-}}', end) ? end - 1 : end);
  }

  #quotation({ kind, form, called }: Quotation): boolean {
    const end = this.#endOf(form);
    return end === undefined ? this.#fail(`unterminated ${called}`) : this.#add(kind, end);
  }

  #parenthesis(sign: '(' | ')'): boolean {
    this.#parentheses += sign === '(' ? 1 : -1;
    if (this.#parentheses < 0) return this.#fail('unexpected right paren');
    return this.#add(sign === '(' ? 'open' : 'close', this.#at + 1);
  }

  /** @param from  behind the sign that the name begins with. */
  #name(kind: 'variable' | 'field' | 'identifier', from: number): boolean {
    let end = from;
    while (end < this.#text.length) {
      const { code, bytes } = runeAt(this.#text, end);
      if (!isAlphanumeric(code)) break;
      end += bytes.length;
    }
    if (!this.#endsName(end)) return this.#fail(`bad character ${nameRune(runeAt(this.#text, end).code)}`);
    const word = this.#text.slice(this.#at, end);
    if (keywords.has(word)) return this.#add('keyword', end);
    return this.#add(word === 'true' || word === 'false' ? 'bool' : kind, end);
  }

  #endsName(at: number): boolean {
    return (
      at >= this.#text.length || ' \t\r\n.,|:)('.includes(this.#text.charAt(at)) || this.#text.startsWith('}}', at)
    );
  }

  /** `1+2i` is one number too. */
  #number(): boolean {
    const first = this.#numberEnd(this.#at);
    const end = first.fits && /[+-]/.test(this.#text.charAt(first.end)) ? this.#numberEnd(first.end) : first;
    const isWhole = end === first || this.#text[end.end - 1] === 'i';
    if (end.fits && isWhole) return this.#add(end === first ? 'number' : 'complex', end.end);
    return this.#fail(`bad number syntax: ${quote(this.#text.slice(this.#at, end.end))}`);
  }

  /** A character that makes a name of it does not fit, and belongs to what is wrong. */
  #numberEnd(at: number): { readonly end: number; readonly fits: boolean } {
    const end = this.#endOf(number, at) ?? at;
    if (end >= this.#text.length) return { end, fits: true };
    const { code, bytes } = runeAt(this.#text, end);
    return isAlphanumeric(code) ? { end: end + bytes.length, fits: false } : { end, fits: true };
  }
}
