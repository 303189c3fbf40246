/** Tokens of text: what stands between quotes, in a heredoc, or in a template without quotes. */
import type { LexerState } from './lexer-state.ts';
import { kind } from './token.ts';

/** Inside quotes: one piece of text and what ends it. */
export function lexQuoted(state: LexerState): void {
  const end = quotedEnd(state);
  if (end > state.at) state.emit(kind.quotedText, end - state.at);
  if (end >= state.text.length) return;
  switch (state.text.charCodeAt(end)) {
    case 34: // "
      state.emit(kind.closeQuote, 1);
      state.leave();
      break;
    case 92: // a backslash with nothing behind it
      state.emitInvalid(1);
      break;
    case 10:
    case 13:
      lexBrokenString(state);
      break;
    default:
      lexSequence(state);
  }
}

/** Where the piece of text ends: at a quote, a line end, a sequence, or a backslash before a line end. */
function quotedEnd({ text, at }: LexerState): number {
  const to = text.length;
  let end = at;
  while (end < to) {
    const c = text.charCodeAt(end);
    if (c === 34 || c === 10 || c === 13) return end;
    if (c === 92) {
      const next = end + 1 < to ? text.charCodeAt(end + 1) : 10;
      if (next === 10 || next === 13) return end;
      end += (text.codePointAt(end + 1) ?? 0) > 0xffff ? 3 : 2;
    } else if (c === 36 || c === 37) {
      const length = plainLength(text, end, c);
      if (length === 0) return end;
      end += length;
    } else end++;
  }
  return Math.min(end, to);
}

/** A string may not span lines. It is taken to end here, so that the next line is read as code. */
function lexBrokenString(state: LexerState): void {
  const start = state.at;
  let end = start + 1;
  while (state.text.charCodeAt(end) === 10 || state.text.charCodeAt(end) === 13) end++;
  state.emitInvalid(end - start);
  state.leave();
  state.tokens.add(kind.newline, start, end);
}

/** `${` or `%{`, with or without `~`. */
function lexSequence(state: LexerState): void {
  const opens = state.text.charCodeAt(state.at) === 36 ? kind.interpolation : kind.directive;
  const trims = state.text.charCodeAt(state.at + 2) === 126;
  state.frame.atLineStart = false;
  state.emit(opens, trims ? 3 : 2);
  state.enter('code');
}

/** In a heredoc or a bare template: the text up to the line's end or the next sequence. */
export function lexPlain(state: LexerState): void {
  const { text, at: start, frame } = state;
  const end = plainEnd(state);
  if (end === start) {
    lexSequence(state);
    return;
  }
  const endsLine = text.charCodeAt(end - 1) === 10;
  if (endsLine && frame.mode === 'heredoc' && frame.atLineStart && text.slice(start, end).trim() === frame.marker) {
    const newlineAt = text.charCodeAt(end - 2) === 13 ? end - 2 : end - 1;
    state.emit(kind.closeHeredoc, newlineAt - start);
    state.leave();
    state.emitNewline(newlineAt, end);
    return;
  }
  if (endsLine && frame.mode === 'heredoc') {
    const lineEnd = text.charCodeAt(end - 2) === 13 ? end - 2 : end - 1;
    if (text.startsWith(frame.marker, lineEnd - frame.marker.length)) state.warnOfGluedMarker(lineEnd);
  }
  frame.atLineStart = endsLine;
  state.emit(kind.plainText, end - start);
}

function plainEnd({ text, at }: LexerState): number {
  const to = text.length;
  let end = at;
  while (end < to) {
    const c = text.charCodeAt(end);
    if (c === 10) return end + 1;
    if (c === 36 || c === 37) {
      const length = plainLength(text, end, c);
      if (length === 0) return end;
      end += length;
    } else end++;
  }
  return Math.min(end, to);
}

/** How much at a `$` or `%` is plain text: 0 where `${` or `%{` begins, 3 for the escape `$${`, else the sign alone. */
function plainLength(text: string, at: number, sign: number): number {
  const next = text.charCodeAt(at + 1);
  if (next === 123) return 0;
  return next === sign && text.charCodeAt(at + 2) === 123 ? 3 : 1;
}
