/** From the row of pieces to a tree: `%{if}` and `%{for}` take in what stands up to their end. */
import type { Expression, TemplateNode } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { Piece } from './template-pieces.ts';

/** @returns undefined after reporting directives that do not match. */
export function nestPieces(pieces: readonly Piece[], start: number, p: Cursor): Expression | undefined {
  const end = p.lastEnd;
  const [only] = pieces;
  if (pieces.length === 1 && only?.kind === 'text') return { kind: 'literal', value: only.value, start, end };
  if (pieces.length === 1 && only?.kind === 'value') {
    return { kind: 'template', parts: [only.value], passes: true, start, end };
  }
  const nesting = new Nesting(pieces, p);
  const parts = nesting.run();
  return parts && { kind: 'template', parts, passes: false, start, end };
}

type EndPiece = Extract<Piece, { kind: 'else' | 'endif' | 'endfor' }>;

class Nesting {
  readonly #pieces: readonly Piece[];
  readonly #p: Cursor;
  #at = 0;

  /** @param p  that has just read the closing marker. */
  constructor(pieces: readonly Piece[], p: Cursor) {
    this.#pieces = pieces;
    this.#p = p;
  }

  run(): readonly Expression[] | undefined {
    const parts: Expression[] = [];
    while (this.#at < this.#pieces.length) {
      const part = this.#part();
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return parts;
  }

  #part(): Expression | undefined {
    const piece = this.#pieces[this.#at++];
    if (piece === undefined) return undefined;
    switch (piece.kind) {
      case 'text':
        return { kind: 'literal', value: piece.value, start: piece.start, end: piece.end };
      case 'value':
        return piece.value;
      case 'if':
      case 'for': {
        if (!this.#p.descend()) return undefined;
        const node = piece.kind === 'if' ? this.#if(piece) : this.#for(piece);
        this.#p.ascend();
        return node;
      }
      default:
        return this.#unexpected(piece, 'The control directives within this template are unbalanced.');
    }
  }

  #if(open: Extract<Piece, { kind: 'if' }>): Expression | undefined {
    const branches: Expression[][] = [[]];
    for (;;) {
      const end = this.#endPiece('if', 'endif', open);
      if (end === undefined) return undefined;
      if (end === null) {
        const part = this.#part();
        if (part === undefined) return undefined;
        branches.at(-1)?.push(part);
      } else if (end.kind === 'endif') {
        const [whenTrue = [], whenFalse = []] = branches;
        return {
          kind: 'conditional',
          condition: open.condition,
          whenTrue: template(whenTrue, open.end),
          whenFalse: template(whenFalse, end.start),
          start: open.start,
          end: end.end,
        };
      } else if (end.kind === 'else' && branches.length === 1) branches.push([]);
      else if (end.kind === 'else')
        return this.#unexpected(end, `Already in the else clause for the if started at ${this.#place(open)}.`);
      else return this.#unexpected(end, `Expecting an endif directive for the if started at ${this.#place(open)}.`);
    }
  }

  #for(open: Extract<Piece, { kind: 'for' }>): Expression | undefined {
    const parts: Expression[] = [];
    for (;;) {
      const end = this.#endPiece('for', 'endfor', open);
      if (end === undefined) return undefined;
      if (end === null) {
        const part = this.#part();
        if (part === undefined) return undefined;
        parts.push(part);
      } else if (end.kind === 'endfor') {
        const { keyName, valueName, collection, start } = open;
        const place = { start, end: end.end };
        const value = template(parts, open.end);
        const rest = { key: undefined, condition: undefined, groups: false };
        return {
          kind: 'join',
          loop: { kind: 'for', keyName, valueName, collection, value, ...rest, ...place },
          ...place,
        };
      } else if (end.kind === 'else')
        return this.#unexpected(end, 'An else clause is not expected for a for directive.');
      else
        return this.#unexpected(
          end,
          `Expecting an endfor directive corresponding to the for directive at ${this.#place(open)}.`,
        );
    }
  }

  /** Steps over a piece that ends or divides. @returns null at any other piece; undefined at the template's end. */
  #endPiece(word: string, closer: string, open: Piece): EndPiece | null | undefined {
    const piece = this.#pieces[this.#at];
    if (piece === undefined) {
      const detail = `The ${word} directive at ${this.#place(open)} is missing its corresponding ${closer} directive.`;
      return this.#p.fail('Unexpected end of template', detail, this.#p.lastStart, this.#p.lastEnd);
    }
    if (piece.kind !== 'else' && piece.kind !== 'endif' && piece.kind !== 'endfor') return null;
    this.#at++;
    return piece;
  }

  #unexpected(piece: EndPiece, detail: string): undefined {
    return this.#p.fail(`Unexpected ${piece.kind} directive`, detail, piece.start, piece.end);
  }

  #place(piece: Piece): string {
    return this.#p.place(piece.start, piece.end);
  }
}

function template(parts: readonly Expression[], emptyAt: number): TemplateNode {
  return {
    kind: 'template',
    parts,
    passes: false,
    start: parts[0]?.start ?? emptyAt,
    end: parts.at(-1)?.end ?? emptyAt,
  };
}
