/** Reads JSON, in HashiCorp's words where it is none. The first error ends the reading: what follows it is guesswork. */
import { didYouMean } from '../lib/nearest.ts';
import { deepestNesting } from './cursor.ts';
import type { JsonNode, JsonProperty, JsonString } from './json-tree.ts';
import { parseNumber } from './literal.ts';
import type { Fault } from './token.ts';

/** @returns the tree, unless there is a fault. */
export function parseJsonText(text: string): {
  readonly root: JsonNode | undefined;
  readonly faults: readonly Fault[];
} {
  const reader = new Reader(text);
  const root = reader.value();
  if (root !== undefined) reader.finish();
  return { root, faults: reader.fault === undefined ? [] : [reader.fault] };
}

const valueDetail = 'A JSON value must start with a brace, a bracket, a number, a string, or a keyword.';

class Reader {
  readonly #text: string;
  #at: number;
  #depth = 0;
  fault: Fault | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  finish(): void {
    if (this.#peek() !== '') this.#fail('Extraneous data after value', 'Extra characters appear after the JSON value.');
  }

  #fail(summary: string, detail: string, start = this.#at, end = start + 1): undefined {
    this.fault ??= { summary, detail, start, end: Math.min(end, this.#text.length) };
  }

  /** The next character that is no blank; empty at the end. */
  #peek(): string {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return this.#text.charAt(this.#at);
      this.#at++;
    }
  }

  #take(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at++;
    return true;
  }

  value(): JsonNode | undefined {
    const sign = this.#peek();
    if (sign === '{' || sign === '[') {
      if (++this.#depth > deepestNesting)
        return this.#fail('Nesting too deep', `JSON values may be nested at most ${deepestNesting} levels deep.`);
      const node = sign === '{' ? this.#object() : this.#array();
      this.#depth--;
      return node;
    }
    if (sign === '"') return this.#string();
    if (/^[-+.0-9]$/.test(sign)) return this.#number();
    if (/^[A-Za-z]$/.test(sign)) return this.#keyword();
    if (sign === '}') return this.#fail('Missing JSON value', valueDetail);
    if (sign === ']') return this.#fail('Missing array element value', valueDetail);
    if (sign === '') return this.#fail('Missing value', 'The JSON data ends prematurely.');
    return this.#fail('Invalid start of value', valueDetail);
  }

  #object(): JsonNode | undefined {
    const start = this.#at++;
    const properties: JsonProperty[] = [];
    if (this.#take('}')) return { kind: 'object', properties, start, end: this.#at };
    for (;;) {
      const property = this.#property();
      if (property === undefined) return undefined;
      properties.push(property);
      switch (this.#peek()) {
        case '}':
          this.#at++;
          return { kind: 'object', properties, start, end: this.#at };
        case ',': {
          const comma = this.#at++;
          if (this.#peek() === '}') {
            return this.#fail(
              'Trailing comma in object',
              'JSON does not permit a trailing comma after the final property in an object.',
              comma,
            );
          }
          break;
        }
        case ']':
          return this.#fail('Mismatched braces', 'A JSON object must be closed with a brace, not a bracket.');
        case '':
          return this.#fail('Unclosed object', 'No closing brace was found for this JSON object.', start);
        default:
          return this.#fail(
            'Missing attribute seperator comma',
            'A comma must appear between each property definition in an object.',
          );
      }
    }
  }

  #property(): JsonProperty | undefined {
    this.#peek();
    const start = this.#at;
    const name = this.value();
    if (name === undefined) return undefined;
    if (name.kind !== 'string')
      return this.#fail(
        'Invalid object property name',
        'A JSON object property name must be a string',
        start,
        name.end,
      );
    switch (this.#peek()) {
      case ':': {
        this.#at++;
        const value = this.value();
        return value && { name, value };
      }
      case '}':
      case ',':
        return this.#fail('Missing object value', 'A JSON object attribute must have a value, introduced by a colon.');
      case '=':
        return this.#fail(
          'Missing property value colon',
          'JSON uses a colon as its name/value delimiter, not an equals sign.',
        );
      default:
        return this.#fail(
          'Missing property value colon',
          "A colon must appear between an object property's name and its value.",
        );
    }
  }

  #array(): JsonNode | undefined {
    const start = this.#at++;
    const elements: JsonNode[] = [];
    if (this.#take(']')) return { kind: 'array', elements, start, end: this.#at };
    for (;;) {
      const element = this.value();
      if (element === undefined) return undefined;
      elements.push(element);
      switch (this.#peek()) {
        case ']':
          this.#at++;
          return { kind: 'array', elements, start, end: this.#at };
        case ',': {
          const comma = this.#at++;
          if (this.#peek() === ']') {
            return this.#fail(
              'Trailing comma in array',
              'JSON does not permit a trailing comma after the final value in an array.',
              comma,
            );
          }
          break;
        }
        case ':':
          return this.#fail('Invalid array value', 'A colon is not used to introduce values in a JSON array.');
        case '}':
          return this.#fail('Mismatched brackets', 'A JSON array must be closed with a bracket, not a brace.');
        case '':
          return this.#fail('Unclosed object', 'No closing bracket was found for this JSON array.', start);
        default:
          return this.#fail('Missing attribute seperator comma', 'A comma must appear between each value in an array.');
      }
    }
  }

  #string(): JsonString | undefined {
    const text = this.#text;
    const start = this.#at;
    let end = start + 1;
    let hasEscapes = false;
    for (let c = text.charCodeAt(end); c !== 34; c = text.charCodeAt(end)) {
      // Not so at the text's end either, where there is no number to compare.
      if (!(c >= 32)) return this.#failString(end);
      if (c !== 92) end++;
      else {
        const bad = faultOfEscape(text, end);
        if (bad !== undefined) return this.#failString(bad);
        hasEscapes = true;
        end += text.charCodeAt(end + 1) === 117 ? 6 : 2;
      }
    }
    this.#at = end + 1;
    const value = hasEscapes
      ? String(JSON.parse(text.slice(start, this.#at))).toWellFormed()
      : text.slice(start + 1, end);
    return { kind: 'string', value, hasEscapes, start, end: this.#at };
  }

  #failString(at: number): undefined {
    return this.#fail('Invalid JSON string', 'There is a syntax error in the given JSON string.', at, at + 1);
  }

  #number(): JsonNode | undefined {
    const start = this.#at;
    const [word = ''] = /^[-+.eE0-9]+/.exec(this.#text.slice(start, start + 2048)) ?? [];
    this.#at = start + word.length;
    const sign = word.startsWith('-') ? '-' : '';
    const isNumber = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(word);
    const value = isNumber ? parseNumber(word.slice(sign.length)) : undefined;
    if (value === undefined)
      return this.#fail('Invalid JSON number', 'There is a syntax error in the given JSON number.', start, this.#at);
    return { kind: 'scalar', value: sign === '-' && value !== 0 ? -value : value, start, end: this.#at };
  }

  #keyword(): JsonNode | undefined {
    const start = this.#at;
    const [word = ''] = /^[A-Za-z_]+/.exec(this.#text.slice(start, start + 64)) ?? [];
    this.#at = start + word.length;
    const place = { start, end: this.#at };
    if (word === 'true' || word === 'false') return { kind: 'scalar', value: word === 'true', ...place };
    if (word === 'null') return { kind: 'scalar', value: null, ...place };
    const detail = ['undefined', 'NaN', 'Infinity'].includes(word)
      ? `The JavaScript identifier "${word}" cannot be used in JSON.`
      : `"${word}" is not a valid JSON keyword.${didYouMean(word, ['true', 'false', 'null'])}`;
    return this.#fail('Invalid JSON keyword', detail, start, this.#at);
  }
}

/** Where the escape at a backslash stops being one that JSON knows; undefined when it is one. */
function faultOfEscape(text: string, at: number): number | undefined {
  const selector = text.charAt(at + 1);
  if (selector !== 'u') return selector !== '' && '"\\/bfnrt'.includes(selector) ? undefined : at + 1;
  for (let digit = at + 2; digit < at + 6; digit++) if (!/^[0-9a-fA-F]$/.test(text.charAt(digit))) return digit;
  return undefined;
}
