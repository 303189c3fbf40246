/** Pipelines, commands and operands: what stands inside of an action. */
import type { Bytes } from './bytes.ts';
import type { Cursor } from './cursor.ts';
import { isFunction } from './functions.ts';
import { maxDepth } from './limits.ts';
import { readNumber } from './number.ts';
import { quote, unquote, unquoteRune } from './quote.ts';
import { type Command, type Operand, type Pipeline, show } from './syntax.ts';
import type { Token, TokenKind } from './token.ts';

const operandKinds: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'bool',
  'character',
  'complex',
  'field',
  'identifier',
  'number',
  'open',
  'string',
  'variable',
]);
const startsOperand = ({ kind, text }: Token) =>
  operandKinds.has(kind) || (kind === 'keyword' && (text === '.' || text === 'nil'));

/** Values that take no arguments and so can only begin a pipeline. */
const plainKinds: ReadonlySet<Operand['kind']> = new Set<Operand['kind']>(['bool', 'dot', 'nil', 'number', 'string']);

export class PipelineParser {
  /** The variables known at this point; whoever opens a scope cuts them back at its end. */
  variables: readonly Bytes[] = ['$'];
  readonly #cursor: Cursor;
  #depth = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /**
   * @param place  what the pipeline is for, as errors name it.
   * @param end    what ends it; it is read too.
   */
  pipeline(place: string, end: 'right' | 'close' = 'right'): Pipeline {
    const { at } = this.#cursor.peekWord();
    const { targets, assigns } = this.#targets(place);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#cursor.peekWord();
      if (token.kind === end) break;
      if (!startsOperand(token)) this.#cursor.unexpected(this.#cursor.read(), place);
      commands.push(this.#command());
    }
    this.#cursor.read();
    if (commands.length === 0) this.#cursor.fail(`missing value for ${place}`);
    const plain = commands.findIndex(({ head }, index) => index > 0 && plainKinds.has(head.kind));
    if (plain > 0) this.#cursor.fail(`non executable command in pipeline stage ${plain + 1}`);
    return { kind: 'pipeline', targets, assigns, commands, at };
  }

  /** `$x :=`, `$x =`, and before a range `$i, $x :=`. A variable with neither behind it is left to the first command. */
  #targets(place: string): Pick<Pipeline, 'targets' | 'assigns'> {
    const targets: Bytes[] = [];
    const cursor = this.#cursor;
    for (;;) {
      const { mark } = cursor;
      if (cursor.peekWord().kind !== 'variable') return { targets, assigns: false };
      const { text: name } = cursor.readWord();
      const { kind, text } = cursor.peekWord();
      const isComma = kind === 'sign' && text === ',';
      if (kind !== 'assign' && kind !== 'declare' && !isComma) {
        cursor.return(mark);
        return { targets, assigns: false };
      }
      cursor.read();
      targets.push(name);
      this.variables = [...this.variables, name];
      if (!isComma) return { targets, assigns: kind === 'assign' };
      if (place !== 'range' || targets.length > 1) cursor.fail(`too many declarations in ${place}`);
      if (!['variable', 'right', 'close'].includes(cursor.peekWord().kind)) {
        cursor.fail('range can only initialize variables');
      }
    }
  }

  #command(): Command {
    const cursor = this.#cursor;
    const { at } = cursor.peekWord();
    const operands: Operand[] = [];
    for (;;) {
      cursor.peekWord();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = cursor.peek();
      if (token.kind === 'right' || token.kind === 'close') break;
      cursor.read();
      if (token.kind === 'pipe') break;
      if (token.kind !== 'space') cursor.unexpected(token, 'operand');
    }
    const [head, ...args] = operands;
    return head === undefined ? cursor.fail('empty command') : { kind: 'command', head, args, at };
  }

  #operand(): Operand | undefined {
    const cursor = this.#cursor;
    const of = startsOperand(cursor.peek()) ? this.#term(cursor.read()) : undefined;
    if (of === undefined || cursor.peek().kind !== 'field') return of;
    const { at } = cursor.peek();
    const path: Bytes[] = [];
    while (cursor.peek().kind === 'field') path.push(cursor.read().text.slice(1));
    if (plainKinds.has(of.kind)) cursor.fail(`unexpected . after term ${quote(show(of))}`);
    if (of.kind === 'field') return { ...of, path: [...of.path, ...path], at };
    if (of.kind === 'variable') return { ...of, path, at };
    return { kind: 'chain', of, path, at };
  }

  #term({ kind, text, at }: Token): Operand {
    const cursor = this.#cursor;
    switch (kind) {
      case 'keyword':
        return { kind: text === '.' ? 'dot' : 'nil', at };
      case 'identifier':
        if (!isFunction(text)) cursor.fail(`function ${quote(text)} not defined`);
        return { kind: 'function', name: text, at };
      case 'variable':
        if (!this.variables.includes(text)) cursor.fail(`undefined variable ${quote(text)}`);
        return { kind: 'variable', name: text, path: [], at };
      case 'field':
        return { kind: 'field', path: [text.slice(1)], at };
      case 'bool':
        return { kind: 'bool', value: text === 'true', at };
      case 'open':
        return this.#parentheses();
      case 'string':
        return { kind: 'string', value: unquote(text) ?? cursor.fail('invalid syntax'), text, at };
      default:
        return this.#number(kind, text, at);
    }
  }

  #parentheses(): Pipeline {
    if (this.#depth >= maxDepth) this.#cursor.fail('max expression depth exceeded');
    this.#depth++;
    const inner = this.pipeline('parenthesized pipeline', 'close');
    this.#depth--;
    return inner;
  }

  #number(kind: TokenKind, text: Bytes, at: number): Operand {
    if (text.endsWith('i')) this.#cursor.fail(`complex numbers are not supported: ${quote(text)}`);
    const value = kind === 'character' ? unquoteRune(text) : readNumber(text);
    if (typeof value === 'object') this.#cursor.fail(value.fault);
    return { kind: 'number', value: kind === 'character' ? BigInt(value) : value, text, at };
  }
}
