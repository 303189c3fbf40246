/** Functions that configuration may call. The table is open: whoever evaluates hands in the one that holds there. */
import type { Value } from '../schema/document.ts';
import { numberText } from './literal.ts';
import { FunctionError, type HclFunction } from './scope.ts';
import { isTuple, sortedKeys } from './values.ts';

/** A longer text is refused: values may share parts, and their text does not. */
const longestJson = 10_000_000;

/**
 * The JSON text of a value.
 *
 * Compat: HashiCorp's `jsonencode`. Keys are sorted, there is no white space, `<`, `>` and `&` are escaped.
 */
export const jsonencode: HclFunction = {
  parameters: ['val'],
  call: ([value = null]) => {
    const parts: string[] = [];
    let length = 0;
    const write = (text: string) => {
      length += text.length;
      if (length > longestJson) throw new FunctionError('the JSON text is too long');
      parts.push(text);
    };
    encode(value, write);
    return parts.join('');
  },
};

/** The functions that policy files may call. */
export const policyFunctions: ReadonlyMap<string, HclFunction> = new Map([['jsonencode', jsonencode]]);

function encode(value: Value, write: (text: string) => void): void {
  if (typeof value === 'string') write(quoted(value));
  else if (typeof value === 'number' || typeof value === 'bigint') write(numberText(value));
  else if (value === null || typeof value === 'boolean') write(String(value));
  else if (isTuple(value)) {
    write('[');
    for (const [at, element] of value.entries()) {
      if (at > 0) write(',');
      encode(element, write);
    }
    write(']');
  } else {
    write('{');
    for (const [at, key] of sortedKeys(value).entries()) {
      write(`${at > 0 ? ',' : ''}${quoted(key)}:`);
      encode(value[key] ?? null, write);
    }
    write('}');
  }
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
