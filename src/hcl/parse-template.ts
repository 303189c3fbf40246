/** Strings with sequences in them: pieces first, then their whitespace, then the nesting of `%{if}` and `%{for}`. */
import { didYouMean } from '../lib/nearest.ts';
import type { Expression } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { decodeText } from './literal.ts';
import { nestPieces } from './template-nesting.ts';
import { flushIndentation, type Piece, type TextPiece, trimEnd, trimStart } from './template-pieces.ts';
import { kind } from './token.ts';

/**
 * Reads a quoted string or heredoc, the cursor standing at its opening token.
 *
 * @returns a literal when nothing in it has to be evaluated.
 */
export function parseString(p: Cursor): Expression | undefined {
  const opening = p.read();
  const start = p.start;
  const flush = opening === kind.openHeredoc && p.text.charCodeAt(start + 2) === 45;
  const { skipsNewlines } = p;
  p.skipsNewlines = false;
  const result = parsePieces(p, start, opening === kind.openQuote ? kind.closeQuote : kind.closeHeredoc, flush);
  p.skipsNewlines = skipsNewlines;
  return result;
}

/** Reads a template that has no quotes: all the tokens. */
export function parseBareTemplate(p: Cursor): Expression | undefined {
  p.peek();
  return parsePieces(p, p.start, kind.eof, false);
}

function parsePieces(p: Cursor, start: number, closer: number, flush: boolean): Expression | undefined {
  const first = p.read();
  if (first === closer) return { kind: 'literal', value: '', start, end: p.end };
  if (first === kind.quotedText && p.peek() === closer) {
    const value = decodeText(p.text, p.lastStart, p.lastEnd, true, p.faults);
    p.read();
    return { kind: 'literal', value, start, end: p.end };
  }
  const reader = new PieceReader(p, closer);
  if (!reader.run(first)) return undefined;
  const { pieces } = reader;
  if (flush) flushIndentation(pieces);
  return nestPieces(meld(pieces), start, p);
}

/** Joins neighbouring texts. */
function meld(pieces: readonly Piece[]): readonly Piece[] {
  const melded: Piece[] = [];
  for (const piece of pieces) {
    const before = melded.at(-1);
    if (piece.kind === 'text' && before?.kind === 'text') {
      before.value += piece.value;
      before.end = piece.end;
    } else melded.push(piece);
  }
  return melded;
}

class PieceReader {
  readonly pieces: Piece[] = [];
  readonly #p: Cursor;
  readonly #closer: number;
  /** The sequence before ended in `~}`. */
  #trimsNext = false;
  #failed = false;

  constructor(p: Cursor, closer: number) {
    this.#p = p;
    this.#closer = closer;
  }

  /** @param token  that was read last. @returns false after an error that left something out. */
  run(token: number): boolean {
    const p = this.#p;
    for (let found = token; found !== this.#closer; found = p.read()) {
      const trimsThis = this.#trimsNext;
      this.#trimsNext = false;
      switch (found) {
        case kind.quotedText:
        case kind.plainText:
          this.#text(found === kind.quotedText, trimsThis);
          break;
        case kind.interpolation:
          this.#trimBefore();
          this.#interpolation();
          break;
        case kind.directive:
          this.#trimBefore();
          this.#directive();
          break;
        default:
          p.at = p.last;
          p.fail('Unterminated template string', 'No closing marker was found for the string.');
          if (found !== kind.eof && found !== kind.invalid) p.recover(this.#closer);
          return false;
      }
    }
    return !this.#failed;
  }

  #text(quoted: boolean, trims: boolean): void {
    const { lastStart: start, lastEnd: end, text, faults } = this.#p;
    const value = decodeText(text, start, end, quoted, faults);
    this.pieces.push({ kind: 'text', value: trims ? trimStart(value) : value, start, end });
  }

  /** `${~` eats the blanks before it. */
  #trimBefore(): void {
    const before = this.pieces.at(-1);
    if (before?.kind === 'text' && this.#p.lastEnd - this.#p.lastStart === 3) before.value = trimEnd(before.value);
  }

  #interpolation(): void {
    const p = this.#p;
    const start = p.lastStart;
    p.skipsNewlines = true;
    const value = p.expression();
    const closed = value !== undefined && this.#close(() => this.#unclosedInterpolation(start));
    if (value === undefined) this.#giveUp();
    else if (closed) this.pieces.push({ kind: 'value', value, start, end: p.lastEnd });
    p.skipsNewlines = false;
  }

  #unclosedInterpolation(start: number): void {
    const p = this.#p;
    const found = p.peek();
    if (p.isSpoiltUpTo(kind.sequenceEnd)) return;
    const quoteEnds = this.#closer === kind.closeQuote && (found === kind.openQuote || found === kind.closeQuote);
    if (found === kind.eof || quoteEnds) {
      const where = quoteEnds ? 'quoted template' : 'file';
      p.fail(
        'Unclosed template interpolation sequence',
        `There is no closing brace for this interpolation sequence before the end of the ${where}. This might be caused by incorrect nesting inside the given expression.`,
        start,
        start + 2,
      );
    } else if (found === kind.colon) {
      p.fail(
        'Extra characters after interpolation expression',
        `Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with "$\${" instead of just "\${".`,
      );
    } else {
      p.fail(
        'Extra characters after interpolation expression',
        `Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with "$\${" instead of just "\${".`,
      );
    }
  }

  /** Steps over the sequence's closing brace. */
  #close(complain: () => void): boolean {
    const p = this.#p;
    if (p.peek() !== kind.sequenceEnd) {
      complain();
      this.#giveUp();
      return false;
    }
    p.read();
    this.#trimsNext = p.end - p.start === 2;
    return true;
  }

  /** Skips the rest of the sequence. */
  #giveUp(): void {
    this.#failed = true;
    this.#p.recover(kind.sequenceEnd);
  }

  #directive(): void {
    const p = this.#p;
    p.skipsNewlines = true;
    this.#directiveBody(p.lastStart);
    p.skipsNewlines = false;
  }

  #directiveBody(start: number): void {
    const p = this.#p;
    if (p.peek() !== kind.identifier) {
      p.fail(
        'Invalid template directive',
        'A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence.',
      );
      this.#giveUp();
      return;
    }
    const word = p.word;
    const piece = this.#directivePiece(word, start);
    if (piece === undefined) {
      this.#giveUp();
      return;
    }
    p.peek();
    piece.end = p.end;
    const complain = () =>
      p.fail(
        `Extra characters in ${word} marker`,
        'Expected a closing brace to end the sequence, but found extra characters.',
      );
    if (this.#close(complain)) this.pieces.push(piece);
  }

  #directivePiece(word: string, start: number): Exclude<Piece, TextPiece> | undefined {
    const p = this.#p;
    switch (word) {
      case 'if': {
        p.read();
        const condition = p.expression();
        return condition && { kind: 'if', condition, start, end: start };
      }
      case 'for':
        p.read();
        return this.#forPiece(start);
      case 'else':
      case 'endif':
      case 'endfor':
        p.read();
        return { kind: word, start, end: start };
      default: {
        const hint = didYouMean(word, ['if', 'for', 'else', 'endif', 'endfor']);
        return p.fail(
          'Invalid template control keyword',
          `"${word}" is not a valid template control keyword.${hint} ${literalDirective}`,
        );
      }
    }
  }

  #forPiece(start: number): Exclude<Piece, TextPiece> | undefined {
    const p = this.#p;
    const summary = "Invalid 'for' directive";
    if (p.peek() !== kind.identifier) return p.fail(summary, "For directive requires variable name after 'for'.");
    let valueName = p.word;
    let keyName: string | undefined;
    p.read();
    if (p.take(kind.comma)) {
      if (p.peek() !== kind.identifier)
        return p.fail(summary, 'For directive requires value variable name after comma.');
      keyName = valueName;
      valueName = p.word;
      p.read();
    }
    if (!p.isKeyword('in')) return p.fail(summary, "For directive requires 'in' keyword after names.");
    p.read();
    const collection = p.expression();
    return collection && { kind: 'for', keyName, valueName, collection, start, end: start };
  }
}

const literalDirective = 'To include a literal "%{", double its sign: "%%{".';
