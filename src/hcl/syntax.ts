/** Texts to trees: lexer and parser together. */
import type { Source } from '../lib/source.ts';
import type { BodyNode, Expression } from './ast.ts';
import { tokenize } from './lexer.ts';
import { parseFileBody } from './parse-body.ts';
import { parseBareTemplate } from './parse-template.ts';
import { Parser } from './parser.ts';
import { type Fault, kind } from './token.ts';

export interface Parsed<T> {
  readonly node: T;
  /** In the order of their places. */
  readonly faults: readonly Fault[];
  /** Odd, but allowed. */
  readonly warnings: readonly Fault[];
}

/** Reads a file of native syntax. */
export function parseBodyText(source: Source, isReflowed: boolean): Parsed<BodyNode> {
  const { tokens, faults, warnings } = tokenize(source.text, 'code');
  const parser = new Parser(source, tokens, isReflowed);
  const node = parseFileBody(parser);
  return { node, faults: inOrder(faults, parser.faults), warnings };
}

/** Reads a text as a template without quotes. */
export function parseTemplateText(source: Source): Parsed<Expression | undefined> {
  const { tokens, faults, warnings } = tokenize(source.text, 'bare');
  const parser = new Parser(source, tokens);
  const node = parseBareTemplate(parser);
  return { node, faults: inOrder(faults, parser.faults), warnings };
}

/** Reads a text that is one expression and nothing else. */
export function parseExpressionText(source: Source): Parsed<Expression | undefined> {
  const { tokens, faults, warnings } = tokenize(source.text, 'code');
  const parser = new Parser(source, tokens);
  parser.skipsNewlines = true;
  const node = parser.expression();
  if (node !== undefined && parser.peek() !== kind.eof) {
    parser.fail(
      'Extra characters after expression',
      'An expression was successfully parsed, but extra characters were found after it.',
    );
  }
  return { node, faults: inOrder(faults, parser.faults), warnings };
}

function inOrder(lexical: readonly Fault[], syntactic: readonly Fault[]): readonly Fault[] {
  if (lexical.length === 0 && syntactic.length < 2) return syntactic;
  return [...lexical, ...syntactic].sort((a, b) => a.start - b.start);
}
