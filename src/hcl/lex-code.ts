/** Tokens of code: names, numbers, signs, line ends; comments and blanks leave none. */
import { identifierEnd, isDigit, isIdentifierStart, numberEnd } from './characters.ts';
import type { LexerState } from './lexer-state.ts';
import { kind } from './token.ts';

/** Signs that never begin a longer one. */
const standsAlone = new Uint8Array(128);
for (const sign of '()*+,-%?[]') standsAlone[sign.charCodeAt(0)] = 1;

/** Reads code until it ends or something else begins. */
export function lexCode(state: LexerState): void {
  const { text, tokens, frame } = state;
  const to = text.length;
  while (state.at < to && state.frame === frame) {
    const { at } = state;
    const c = text.charCodeAt(at);
    if (c === 32 || c === 9) state.at = at + 1;
    else if (isIdentifierStart(text, at, c)) {
      const end = identifierEnd(text, at, to);
      tokens.add(kind.identifier, at, end);
      state.at = end;
    } else if (isDigit(c)) {
      const end = numberEnd(text, at, to);
      tokens.add(kind.number, at, end);
      state.at = end;
    } else if (c < 128 && standsAlone[c] === 1) state.emit(c, 1);
    else lexSign(state, c);
  }
}

/** Everything that is more than one character, or changes what is being read. */
function lexSign(state: LexerState, c: number): void {
  switch (c) {
    case 10: // \n
      state.emitNewline(state.at, state.at + 1);
      break;
    case 13: // \r
      if (state.follows(10)) state.emitNewline(state.at, state.at + 2);
      else state.emitInvalid(1);
      break;
    case 34: // "
      state.emit(kind.openQuote, 1);
      state.enter('quoted');
      break;
    case 35: // #
      lexLineComment(state);
      break;
    case 47: // /
      lexSlash(state);
      break;
    case 46: // .
      if (state.text.startsWith('...', state.at)) state.emit(kind.ellipsis, 3);
      else state.emit(kind.dot, 1);
      break;
    case 60: // <
      if (!state.follows(60) || !lexHeredocStart(state)) lexOperator(state, c);
      break;
    case 123: // {
      state.frame.braces++;
      state.emit(kind.openBrace, 1);
      break;
    case 125: // }
      lexClosingBrace(state, kind.closeBrace, 1);
      break;
    case 126: // ~
      if (state.follows(125)) lexClosingBrace(state, kind.sequenceEnd, 2);
      else state.emitInvalid(1);
      break;
    default:
      lexOperator(state, c);
  }
}

/** By the first character of an operator: the second ones that make a longer one of it. */
const pairs = new Map<number, readonly { readonly next: number; readonly kind: number }[]>(
  Object.entries({
    '=': { '=': kind.equals, '>': kind.fatArrow },
    '!': { '=': kind.notEqual },
    '<': { '=': kind.lessOrEqual },
    '>': { '=': kind.greaterOrEqual },
    ':': { ':': kind.doubleColon },
    '&': { '&': kind.and },
    '|': { '|': kind.or },
  }).map(([first, seconds]) => [
    first.charCodeAt(0),
    Object.entries(seconds).map(([second, kind]) => ({ next: second.charCodeAt(0), kind })),
  ]),
);

/** An operator of one or two characters, or a character that is none. */
function lexOperator(state: LexerState, c: number): void {
  for (const pair of pairs.get(c) ?? []) {
    if (!state.follows(pair.next)) continue;
    state.emit(pair.kind, 2);
    return;
  }
  if (pairs.has(c) && c !== 38 && c !== 124) state.emit(c, 1);
  else state.emitInvalid((state.text.codePointAt(state.at) ?? 0) > 0xffff ? 2 : 1);
}

/** A brace that ends the sequence around, or else is of the kind given. */
function lexClosingBrace(state: LexerState, otherwise: number, length: number): void {
  if (state.closesSequence) {
    state.emit(kind.sequenceEnd, length);
    state.leave();
  } else {
    state.frame.braces--;
    state.emit(otherwise, length);
  }
}

/** A comment that ends its line is the newline: errors about the line's end point at it. */
function lexLineComment(state: LexerState): void {
  const found = state.text.indexOf('\n', state.at);
  if (found < 0) state.at = state.text.length;
  else state.emitNewline(state.at, found + 1);
}

function lexSlash(state: LexerState): void {
  if (state.follows(47)) {
    lexLineComment(state);
    return;
  }
  const isComment = state.follows(42) && state.hasCommentEnds;
  const end = isComment ? state.text.indexOf('*/', state.at + 2) : -1;
  if (end >= 0) {
    state.at = end + 2;
    return;
  }
  if (isComment) state.hasCommentEnds = false;
  state.emit(kind.slash, 1);
}

const heredocStart = /<<-?(?:([\p{ID_Start}_][\p{ID_Continue}-]*)|(['"])([\p{ID_Start}_][\p{ID_Continue}-]*)\2)\r?\n/uy;

/** `<<EOT` or `<<-EOT` up to the line's end. A marker in quotes is an error, and read on as if it had none. */
function lexHeredocStart(state: LexerState): boolean {
  heredocStart.lastIndex = state.at;
  const found = heredocStart.exec(state.text);
  if (found === null) return false;
  const [opening, plain, quote, quoted] = found;
  const marker = plain ?? quoted ?? '';
  if (quote !== undefined) {
    const quoteAt = state.at + opening.indexOf(quote);
    state.reportQuotedMarker(quoteAt, quoteAt + marker.length + 2, marker);
  }
  state.emit(kind.openHeredoc, opening.length);
  state.enter('heredoc', marker);
  return true;
}
