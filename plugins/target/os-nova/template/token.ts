/** What the lexer hands to the parser. */
import { type Bytes, firstRunes } from './bytes.ts';
import { quote } from './quote.ts';

export type TokenKind =
  /** Plain text between actions. */
  | 'text'
  /** `{{` and `}}`. */
  | 'left'
  | 'right'
  /** Blanks between operands; the one before a field tells `$x .y` from `$x.y`. */
  | 'space'
  /** What has a meaning of its own: `if`, `range`, `nil`, `.` and the like. */
  | 'keyword'
  | 'identifier'
  /** `.Name` and `$name`, sign included. */
  | 'field'
  | 'variable'
  | 'bool'
  | 'number'
  | 'complex'
  /** Between single quotes. */
  | 'character'
  /** Between double quotes or backquotes. */
  | 'string'
  | 'open'
  | 'close'
  | 'pipe'
  | 'assign'
  | 'declare'
  /** Any other sign. */
  | 'sign'
  | 'end'
  /** The text says what is wrong; nothing follows. */
  | 'fault';

export interface Token {
  readonly kind: TokenKind;
  readonly text: Bytes;
  /** Byte offset in the template. */
  readonly at: number;
  /** Counted from 1. */
  readonly line: number;
}

/** The token as error texts show it. */
export function showToken({ kind, text }: Token): Bytes {
  if (kind === 'end') return 'EOF';
  if (kind === 'fault') return text;
  if (kind === 'keyword') return `<${text}>`;
  return text.length > 10 ? `${quote(firstRunes(text, 10))}...` : quote(text);
}
