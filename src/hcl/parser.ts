/** Expressions, by precedence. */
import type { BinaryOperator, Expression } from './ast.ts';
import { Cursor } from './cursor.ts';
import { parseNumber } from './literal.ts';
import { parseArguments, parseObject, parseTuple } from './parse-brackets.ts';
import { parseString } from './parse-template.ts';
import { kind } from './token.ts';

/** How tightly the binary operators bind, by token kind; 0 is no operator. */
const precedence = new Uint8Array(128);
const operators: readonly (BinaryOperator | undefined)[] = (() => {
  const names: (BinaryOperator | undefined)[] = [];
  const levels: readonly (readonly (readonly [number, BinaryOperator])[])[] = [
    [[kind.or, '||']],
    [[kind.and, '&&']],
    [
      [kind.equals, '=='],
      [kind.notEqual, '!='],
    ],
    [
      [kind.less, '<'],
      [kind.lessOrEqual, '<='],
      [kind.greater, '>'],
      [kind.greaterOrEqual, '>='],
    ],
    [
      [kind.plus, '+'],
      [kind.minus, '-'],
    ],
    [
      [kind.star, '*'],
      [kind.slash, '/'],
      [kind.percent, '%'],
    ],
  ];
  for (const [level, entries] of levels.entries()) {
    for (const [token, operator] of entries) {
      precedence[token] = level + 1;
      names[token] = operator;
    }
  }
  return names;
})();

export class Parser extends Cursor {
  override expression(): Expression | undefined {
    if (!this.descend()) return undefined;
    const condition = this.#binary(1);
    const found = condition !== undefined && this.peek() === kind.question ? this.#conditional(condition) : condition;
    this.ascend();
    return found;
  }

  #conditional(condition: Expression): Expression | undefined {
    this.read();
    const whenTrue = this.expression();
    if (whenTrue === undefined) return undefined;
    if (!this.take(kind.colon)) {
      return this.fail(
        'Missing false expression in conditional',
        'The conditional operator (...?...:...) requires a false expression, delimited by a colon.',
      );
    }
    const whenFalse = this.expression();
    if (whenFalse === undefined) return undefined;
    return { kind: 'conditional', condition, whenTrue, whenFalse, start: condition.start, end: whenFalse.end };
  }

  /** Operators of the same level lean to the left: a - b - c is (a - b) - c. */
  #binary(lowest: number): Expression | undefined {
    let left = this.#operand();
    for (;;) {
      if (left === undefined) return undefined;
      const token = this.peek();
      const level = precedence[token] ?? 0;
      const operator = operators[token];
      if (level < lowest || operator === undefined) return left;
      this.read();
      const right: Expression | undefined = this.#binary(level + 1);
      if (right === undefined) return undefined;
      left = { kind: 'binary', operator, left, right, start: left.start, end: right.end };
    }
  }

  /** A term with what hangs on it: `a.b[0]`. */
  #operand(): Expression | undefined {
    const term = this.#term();
    if (term === undefined) return undefined;
    const next = this.peek();
    return next === kind.dot || next === kind.openBracket ? this.#steps(term) : term;
  }

  #term(): Expression | undefined {
    switch (this.peek()) {
      case kind.openQuote:
      case kind.openHeredoc:
        return parseString(this);
      case kind.number:
        return this.#number();
      case kind.identifier:
        return this.#name();
      case kind.openBracket:
        return parseTuple(this);
      case kind.openBrace:
        return parseObject(this);
      case kind.openParen:
        return this.#parentheses();
      case kind.minus:
        return this.#unary('-');
      case kind.bang:
        return this.#unary('!');
      case kind.eof:
        return this.fail('Missing expression', 'Expected the start of an expression, but found the end of the file.');
      default:
        return this.fail(
          'Invalid expression',
          'Expected the start of an expression, but found an invalid expression token.',
        );
    }
  }

  #unary(operator: '-' | '!'): Expression | undefined {
    const { start } = this;
    this.read();
    if (!this.descend()) return undefined;
    const operand = this.#operand();
    this.ascend();
    return operand && { kind: 'unary', operator, operand, start, end: operand.end };
  }

  #number(): Expression {
    this.read();
    const { start, end } = this;
    const value = parseNumber(this.text.slice(start, end));
    if (value === undefined)
      this.fail('Invalid number literal', 'Failed to recognize the value of this number literal.');
    return { kind: 'literal', value: value ?? 0, start, end };
  }

  #name(): Expression | undefined {
    this.read();
    const { start, end, word: name } = this;
    const next = this.peek();
    if (next === kind.openParen || next === kind.doubleColon) return this.#call(name, start, end);
    switch (name) {
      case 'true':
        return { kind: 'literal', value: true, start, end };
      case 'false':
        return { kind: 'literal', value: false, start, end };
      case 'null':
        return { kind: 'literal', value: null, start, end };
      default:
        return { kind: 'variable', name, start, end };
    }
  }

  /** A call, the cursor standing after its first name. */
  #call(first: string, start: number, firstEnd: number): Expression | undefined {
    let name = first;
    let nameEnd = firstEnd;
    while (this.take(kind.doubleColon)) {
      if (this.peek() !== kind.identifier) {
        return this.fail(
          'Missing function name',
          'Function scope resolution symbol :: must be followed by a function name in this scope.',
        );
      }
      name += `::${this.word}`;
      nameEnd = this.end;
      this.read();
    }
    if (!this.take(kind.openParen)) {
      return this.fail(
        'Missing open parenthesis',
        'Function selector must be followed by an open parenthesis to begin the function call.',
      );
    }
    const found = parseArguments(this, start);
    return found && { kind: 'call', name, nameEnd, args: found.args, spreads: found.spreads, start, end: this.lastEnd };
  }

  #parentheses(): Expression | undefined {
    this.read();
    const { start, skipsNewlines } = this;
    this.skipsNewlines = true;
    const inner = this.expression();
    const closed = inner !== undefined && this.peek() === kind.closeParen;
    if (inner !== undefined && !closed)
      this.fail('Unbalanced parentheses', 'Expected a closing parenthesis to terminate the expression.');
    if (closed) this.read();
    else this.recover(kind.closeParen);
    this.skipsNewlines = skipsNewlines;
    return closed ? { kind: 'parentheses', inner, start, end: this.lastEnd } : undefined;
  }

  #steps(from: Expression): Expression | undefined {
    let found: Expression | undefined = from;
    while (found !== undefined) {
      const next = this.peek();
      if (next === kind.dot) found = this.#dot(found);
      else if (next === kind.openBracket) found = this.#bracket(found);
      else break;
    }
    return found;
  }

  /** `.name`, `.0` or `.*` */
  #dot(object: Expression): Expression | undefined {
    this.read();
    const dotAt = this.start;
    switch (this.peek()) {
      case kind.identifier: {
        this.read();
        return { kind: 'get', object, name: this.word, dotAt, start: object.start, end: this.end };
      }
      case kind.number:
        return this.#legacyIndex(object, dotAt, '');
      case kind.star:
        return this.#attributeSplat(object, dotAt);
      default:
        return this.fail('Invalid attribute name', 'An attribute name is required after a dot.');
    }
  }

  /** `list.0`, as older configurations have it. */
  #legacyIndex(collection: Expression, openAt: number, hint: string): Expression | undefined {
    this.read();
    const { start, end, word } = this;
    const value = parseNumber(word);
    const [first = '', second] = word.split('.', 2);
    if (second !== undefined) {
      const detail = `When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index syntax${hint} instead, like [${first}][${second}].`;
      this.fail('Invalid legacy index syntax', detail);
    } else if (value === undefined)
      this.fail('Invalid number literal', 'Failed to recognize the value of this number literal.');
    const key: Expression = { kind: 'literal', value: value ?? 0, start, end };
    return { kind: 'index', collection, key, openAt, start: collection.start, end };
  }

  /** `.*`: only names and numbers follow, and they belong to each element. */
  #attributeSplat(source: Expression, dotAt: number): Expression | undefined {
    this.read();
    let each: Expression = { kind: 'item', start: dotAt, end: this.end };
    while (this.take(kind.dot)) {
      const stepAt = this.start;
      const next = this.peek();
      if (next === kind.number) {
        const step = this.#legacyIndex(each, stepAt, ' with a full splat expression [*]');
        if (step === undefined) return undefined;
        each = step;
      } else if (next === kind.identifier) {
        this.read();
        each = { kind: 'get', object: each, name: this.word, dotAt: stepAt, start: each.start, end: this.end };
      } else if (next === kind.star) {
        return this.fail(
          'Nested splat expression not allowed',
          'A splat expression (*) cannot be used inside another attribute-only splat expression.',
        );
      } else return this.fail('Invalid attribute name', 'An attribute name is required after a dot.');
    }
    return { kind: 'splat', source, each, start: source.start, end: each.end };
  }

  /** `[key]` or `[*]`, which takes all steps that follow for each element. */
  #bracket(collection: Expression): Expression | undefined {
    this.read();
    const openAt = this.start;
    if (this.take(kind.star)) {
      if (this.peek() !== kind.closeBracket) {
        this.fail(
          'Missing close bracket on splat index',
          'The star for a full splat operator must be immediately followed by a closing bracket ("]").',
        );
        return undefined;
      }
      this.read();
      if (!this.descend()) return undefined;
      const each = this.#steps({ kind: 'item', start: openAt, end: this.lastEnd });
      this.ascend();
      return each && { kind: 'splat', source: collection, each, start: collection.start, end: each.end };
    }
    const { skipsNewlines } = this;
    this.skipsNewlines = true;
    const key = this.expression();
    const closed = key !== undefined && this.peek() === kind.closeBracket;
    if (key !== undefined && !closed)
      this.fail('Missing close bracket on index', 'The index operator must end with a closing bracket ("]").');
    if (closed) this.read();
    else this.recover(kind.closeBracket);
    this.skipsNewlines = skipsNewlines;
    return closed ? { kind: 'index', collection, key, openAt, start: collection.start, end: this.lastEnd } : undefined;
  }
}
