/** The pieces of a template in a row, and what happens to the blanks around them. */
import type { Expression } from './ast.ts';

interface Place {
  start: number;
  end: number;
}

export interface TextPiece extends Place {
  readonly kind: 'text';
  value: string;
}

export type Piece =
  | TextPiece
  | (Place & { readonly kind: 'value'; readonly value: Expression })
  | (Place & { readonly kind: 'if'; readonly condition: Expression })
  | (Place & {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expression;
    })
  | (Place & { readonly kind: 'else' | 'endif' | 'endfor' });

/** What Go calls a space. */
const blank = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

export function trimStart(text: string): string {
  let start = 0;
  while (blank.test(text.charAt(start))) start++;
  return text.slice(start);
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (blank.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/**
 * The rule of `<<-`: the smallest indentation of a line goes from all of them. Blank lines do not count; a line that
 * begins with a sequence has none.
 */
export function flushIndentation(pieces: readonly Piece[]): void {
  let smallest = Number.POSITIVE_INFINITY;
  let atLineStart = true;
  const starts: TextPiece[] = [];
  for (const piece of pieces) {
    if (atLineStart) {
      if (piece.kind !== 'text') smallest = 0;
      else {
        const indentation = piece.value.length - trimStart(piece.value).length;
        const isBlankLine = indentation === piece.value.length && piece.value.endsWith('\n');
        if (!isBlankLine) {
          smallest = Math.min(smallest, indentation);
          starts.push(piece);
        }
      }
    }
    atLineStart = piece.kind === 'text' && piece.value.endsWith('\n');
  }
  for (const piece of starts) piece.value = piece.value.slice(smallest);
}
