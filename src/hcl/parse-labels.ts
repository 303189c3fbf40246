/** The head of a block: what stands between its type and its opening brace. */
import type { LabelNode } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { decodeText } from './literal.ts';
import { kind } from './token.ts';

/**
 * Reads labels up to the opening brace, the cursor standing after the type.
 *
 * @param start, typeEnd  of the type.
 * @returns               undefined after an error; the rest of the item was skipped then.
 */
export function parseLabels(p: Cursor, start: number, typeEnd: number): readonly LabelNode[] | undefined {
  const labels: LabelNode[] = [];
  for (;;) {
    switch (p.peek()) {
      case kind.openBrace:
        return labels;
      case kind.identifier:
        labels.push({ text: p.word, start: p.start, end: p.end });
        p.read();
        break;
      case kind.openQuote: {
        const label = parseQuotedLabel(p);
        if (label === undefined) {
          p.recoverAfterItem();
          return undefined;
        }
        labels.push(label);
        break;
      }
      case kind.assign:
        p.fail(
          'Invalid block definition',
          'The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
        );
        p.recoverAfterItem();
        return undefined;
      case kind.newline: {
        const hint = missingEquals(p, start, typeEnd, labels);
        p.fail(
          'Invalid block definition',
          `A block definition must have block content delimited by "{" and "}", starting on the same line as the block header.${hint}`,
        );
        p.recoverAfterItem();
        return undefined;
      }
      default:
        p.fail(
          'Invalid block definition',
          'Either a quoted string block label or an opening brace ("{") is expected here.',
        );
        p.recoverAfterItem();
        return undefined;
    }
  }
}

/** `cooldown "2m"` is more often an argument without its equals sign than a block without its body. */
function missingEquals(p: Cursor, start: number, typeEnd: number, labels: readonly LabelNode[]): string {
  const [value] = labels;
  if (value === undefined || labels.length > 1) return '';
  const fixed = `${p.text.slice(start, typeEnd)} = ${p.text.slice(value.start, value.end)}`;
  return ` If an argument was meant, the equals sign is missing: ${fixed}`;
}

/** A label in quotes; sequences are not allowed in it. */
function parseQuotedLabel(p: Cursor): LabelNode | undefined {
  p.read();
  const { start } = p;
  let text = '';
  for (;;) {
    switch (p.read()) {
      case kind.closeQuote:
        return { text, start, end: p.end };
      case kind.quotedText:
        text += decodeText(p.text, p.start, p.end, true, p.faults);
        break;
      case kind.interpolation:
      case kind.directive: {
        const sign = p.text.charAt(p.start);
        const detail = `Template sequences are not allowed in this string. To include a literal "${sign}", double it (as "${sign}${sign}") to escape it.`;
        p.fail('Invalid string literal', detail);
        p.recover(kind.sequenceEnd);
        break;
      }
      case kind.eof:
        return p.fail(
          'Unterminated string literal',
          'Unable to find the closing quote mark before the end of the file.',
        );
      default:
        return p.fail('Invalid string literal', 'This item is not valid in a string literal.');
    }
  }
}
