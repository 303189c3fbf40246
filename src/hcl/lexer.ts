/** Text to tokens. Quoted strings, heredocs and `${…}` nest, so the lexer keeps a stack of what it is in. */
import { lexCode } from './lex-code.ts';
import { lexPlain, lexQuoted } from './lex-text.ts';
import { LexerState } from './lexer-state.ts';
import { type Fault, kind, type Tokens } from './token.ts';

/**
 * Splits a text into tokens.
 *
 * @param mode  `bare` reads a template without quotes.
 */
export function tokenize(
  text: string,
  mode: 'code' | 'bare',
): { readonly tokens: Tokens; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] } {
  const state = new LexerState(text, mode);
  while (state.at < text.length) {
    switch (state.frame.mode) {
      case 'code':
        lexCode(state);
        break;
      case 'quoted':
        lexQuoted(state);
        break;
      default:
        lexPlain(state);
    }
  }
  state.tokens.add(kind.eof, text.length, text.length);
  return { tokens: state.tokens, faults: state.faults, warnings: state.warnings };
}
