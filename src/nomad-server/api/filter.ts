/**
 * Filter expressions: `Status == "ready" and NodeClass is not empty`. The subset that the autoscaler and the command
 * line use, without quantifiers. Compat: spec nomad-api.md §1.7.
 */
import { regexpProblem } from '../jobspec/rules/regexp.ts';
import { Refusal } from '../refusal.ts';

export type Filter = (subject: unknown) => boolean;

/** @throws a refusal with status 400 when the text is no expression. */
export function compileFilter(text: string): Filter {
  const parser = new Parser(text);
  const filter = parser.or();
  parser.end();
  return filter;
}

const tokenText =
  /\s*(?:(==|!=|<=|>=|<|>|\(|\)|\.|\[|\])|"((?:[^"\\]|\\.)*)"|`([^`]*)`|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*(?:\/[\w-]+)*))/y;

interface Token {
  readonly kind: 'sign' | 'text' | 'number' | 'word' | 'end';
  readonly value: string;
}

/** A path into the subject. */
type Selector = readonly string[];

class Parser {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    tokenText.lastIndex = 0;
    for (let from = 0; from < text.trimEnd().length; from = tokenText.lastIndex) {
      tokenText.lastIndex = from;
      const match = tokenText.exec(text);
      if (match === null) throw this.#wrong(from);
      const [, sign, quoted, raw, number, word] = match;
      if (sign !== undefined) this.#tokens.push({ kind: 'sign', value: sign });
      else if (quoted !== undefined) this.#tokens.push({ kind: 'text', value: unquote(quoted) });
      else if (raw !== undefined) this.#tokens.push({ kind: 'text', value: raw });
      else if (number !== undefined) this.#tokens.push({ kind: 'number', value: number });
      else this.#tokens.push({ kind: 'word', value: word ?? '' });
    }
  }

  or(): Filter {
    const parts = [this.#and()];
    while (this.#take('word', 'or')) parts.push(this.#and());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : (subject) => parts.some((part) => part(subject));
  }

  end(): void {
    if (this.#peek().kind !== 'end') throw this.#wrong();
  }

  #and(): Filter {
    const parts = [this.#not()];
    while (this.#take('word', 'and')) parts.push(this.#not());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : (subject) => parts.every((part) => part(subject));
  }

  #not(): Filter {
    if (this.#take('word', 'not')) {
      const part = this.#not();
      return (subject) => !part(subject);
    }
    if (this.#take('sign', '(')) {
      const inner = this.or();
      if (!this.#take('sign', ')')) throw this.#wrong();
      return inner;
    }
    return this.#comparison();
  }

  /** `value in Selector`, or `Selector operator value`. */
  #comparison(): Filter {
    const first = this.#peek();
    if (first.kind === 'text' || first.kind === 'number') {
      this.#at++;
      const isNegated = this.#take('word', 'not');
      if (!this.#take('word', 'in')) throw this.#wrong();
      const selector = this.#selector();
      return (subject) => contains(select(subject, selector), first.value) !== isNegated;
    }
    const selector = this.#selector();
    if (this.#take('word', 'is')) return this.#is(selector);
    if (this.#take('word', 'contains')) return this.#contains(selector, false);
    if (this.#take('word', 'matches')) return this.#matches(selector, false);
    if (this.#take('word', 'not')) {
      if (this.#take('word', 'contains')) return this.#contains(selector, true);
      if (this.#take('word', 'matches')) return this.#matches(selector, true);
      throw this.#wrong();
    }
    const sign = this.#peek();
    if (sign.kind !== 'sign' || !/^[=!<>]/.test(sign.value)) throw this.#wrong();
    this.#at++;
    const wanted = this.#value();
    return (subject) => compare(select(subject, selector), sign.value, wanted);
  }

  #is(selector: Selector): Filter {
    const isNegated = this.#take('word', 'not');
    if (this.#take('word', 'empty')) return (subject) => isEmpty(select(subject, selector)) !== isNegated;
    if (this.#take('word', 'nil')) return (subject) => (select(subject, selector) === null) !== isNegated;
    throw this.#wrong();
  }

  #contains(selector: Selector, isNegated: boolean): Filter {
    const wanted = this.#value();
    return (subject) => contains(select(subject, selector), wanted) !== isNegated;
  }

  #matches(selector: Selector, isNegated: boolean): Filter {
    const text = this.#value();
    const problem = regexpProblem(text);
    if (problem !== undefined)
      throw refusal(`failed to compile regular expression ${JSON.stringify(text)}: ${problem}`);
    const expression = new RegExp(text);
    return (subject) => expression.test(String(select(subject, selector))) !== isNegated;
  }

  #selector(): Selector {
    const first = this.#next('word');
    const path = [...first.split('/')];
    for (;;) {
      if (this.#take('sign', '.')) path.push(this.#next('word'));
      else if (this.#take('sign', '[')) {
        path.push(this.#next('text'));
        if (!this.#take('sign', ']')) throw this.#wrong();
      } else return path;
    }
  }

  #value(): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.kind === 'sign') throw this.#wrong();
    this.#at++;
    return token.value;
  }

  #next(kind: Token['kind']): string {
    const token = this.#peek();
    if (token.kind !== kind) throw this.#wrong();
    this.#at++;
    return token.value;
  }

  #take(kind: Token['kind'], value: string): boolean {
    const token = this.#peek();
    if (token.kind !== kind || token.value !== value) return false;
    this.#at++;
    return true;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', value: '' };
  }

  /** The place is that of the end: what the recorded cases show. */
  #wrong(offset = this.#text.length): Refusal {
    const place = `1:${offset + 1} (${offset})`;
    const expected = '"(", "-", "0", "\\"", "`", "all", "any", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]';
    const why = `${place}: no match found, expected: ${expected}`;
    return refusal(why);
  }
}

const refusal = (why: string): Refusal =>
  new Refusal(400, `failed to create result paginator: failed to read filter expression: ${why}`);

function unquote(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

function select(subject: unknown, selector: Selector): unknown {
  let value = subject;
  for (const [part, name] of selector.entries()) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (!Object.hasOwn(value, name)) {
      if (part > 0) return undefined; // a missing key of a map
      const why = `couldn't find key: struct field with name "${name}"`;
      throw new Refusal(400, `failed to read result page: error finding value in datum: /${name} at part 0: ${why}`);
    }
    value = Reflect.get(value, name);
  }
  return value;
}

function compare(value: unknown, sign: string, wanted: string): boolean {
  if (sign === '==') return String(value) === wanted;
  if (sign === '!=') return String(value) !== wanted;
  const [left, right] = typeof value === 'number' ? [value, Number(wanted)] : [String(value), wanted];
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}

function contains(value: unknown, wanted: string): boolean {
  if (Array.isArray(value)) return value.some((one) => String(one) === wanted);
  if (typeof value === 'string') return value.includes(wanted);
  return typeof value === 'object' && value !== null && Object.hasOwn(value, wanted);
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
