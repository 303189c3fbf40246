/** What stands in brackets: tuples, objects, `for` expressions and the arguments of a call. */
import type { Expression, ObjectEntry } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { kind } from './token.ts';

/** Runs `read` with line ends counted or not, and puts the old way back. */
function withNewlines<T>(p: Cursor, skips: boolean, read: () => T): T {
  const before = p.skipsNewlines;
  p.skipsNewlines = skips;
  const result = read();
  p.skipsNewlines = before;
  return result;
}

/** `[a, b]` or `[for …]`, the cursor standing at the bracket. */
export function parseTuple(p: Cursor): Expression | undefined {
  p.read();
  const { start } = p;
  return withNewlines(p, true, () => (p.isKeyword('for') ? parseFor(p, start, kind.closeBracket) : elements(p, start)));
}

function elements(p: Cursor, start: number): Expression | undefined {
  const found: Expression[] = [];
  const giveUp = () => p.recover(kind.closeBracket);
  while (!p.take(kind.closeBracket)) {
    const element = p.expression();
    if (element === undefined) return void giveUp();
    found.push(element);
    const next = p.peek();
    if (next === kind.comma) p.read();
    else if (next !== kind.closeBracket) {
      if (next === kind.eof) {
        p.fail(
          'Unterminated tuple constructor expression',
          'There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.',
          start,
          start + 1,
        );
      } else p.fail('Missing item separator', 'Expected a comma to mark the beginning of the next item.');
      return void giveUp();
    }
  }
  return { kind: 'tuple', elements: found, start, end: p.lastEnd };
}

/** `{ a = b }` or `{for …}`, the cursor standing at the brace. */
export function parseObject(p: Cursor): Expression | undefined {
  p.read();
  const { start } = p;
  if (withNewlines(p, true, () => p.isKeyword('for'))) {
    return withNewlines(p, true, () => parseFor(p, start, kind.closeBrace));
  }
  return withNewlines(p, false, () => entries(p, start));
}

function entries(p: Cursor, start: number): Expression | undefined {
  const found: ObjectEntry[] = [];
  for (;;) {
    while (p.take(kind.newline));
    if (p.take(kind.closeBrace)) break;
    const entry = parseEntry(p, start);
    if (entry === undefined) {
      p.recover(kind.closeBrace);
      return undefined;
    }
    found.push(entry);
  }
  return { kind: 'object', entries: found, start, end: p.lastEnd };
}

/** One `key = value` with the comma or line end behind it. */
function parseEntry(p: Cursor, open: number): ObjectEntry | undefined {
  const key = p.expression();
  if (key === undefined) return undefined;
  const separator = p.peek();
  if (separator !== kind.assign && separator !== kind.colon) return failAtSeparator(p, separator, open);
  p.read();
  const value = p.expression();
  if (value === undefined) return undefined;
  const next = p.peek();
  if (next === kind.comma || next === kind.newline) p.read();
  else if (next === kind.eof) return failUnterminated(p, open);
  else if (next !== kind.closeBrace) {
    return p.fail(
      'Missing attribute separator',
      'Expected a newline or comma to mark the beginning of the next attribute.',
    );
  }
  return { key: key.kind === 'variable' ? { ...key, kind: 'literal', value: key.name } : key, value };
}

function failAtSeparator(p: Cursor, separator: number, open: number): undefined {
  const expected = 'Expected an equals sign ("=") to mark the beginning of the attribute value.';
  switch (separator) {
    case kind.newline:
    case kind.comma:
      return p.fail('Missing attribute value', 'Expected an attribute value, introduced by an equals sign ("=").');
    case kind.identifier:
      return p.fail(
        'Missing key/value separator',
        `${expected} If you intended to given an attribute name containing periods or spaces, write the name in quotes to create a string literal.`,
      );
    case kind.eof:
      return failUnterminated(p, open);
    default:
      return p.fail('Missing key/value separator', expected);
  }
}

function failUnterminated(p: Cursor, open: number): undefined {
  return p.fail(
    'Unterminated object constructor expression',
    'There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
    open,
    open + 1,
  );
}

/** The rest of `[for x in xs : …]` or `{for k, v in m : … => …}`, the cursor standing at the word `for`. */
function parseFor(p: Cursor, start: number, closer: number): Expression | undefined {
  p.read();
  const found = forClauses(p, start, closer);
  if (found === undefined) p.recover(closer);
  return found;
}

function forClauses(p: Cursor, start: number, closer: number): Expression | undefined {
  const fail = (detail: string, at?: Expression) => p.fail("Invalid 'for' expression", detail, at?.start, at?.end);
  if (p.peek() !== kind.identifier) return fail("For expression requires variable name after 'for'.");
  let valueName = p.word;
  let keyName: string | undefined;
  p.read();
  if (p.take(kind.comma)) {
    if (p.peek() !== kind.identifier) return fail('For expression requires value variable name after comma.');
    keyName = valueName;
    valueName = p.word;
    p.read();
  }
  if (!p.isKeyword('in')) return fail("For expression requires the 'in' keyword after its name declarations.");
  p.read();
  const collection = p.expression();
  if (collection === undefined) return undefined;
  if (!p.take(kind.colon)) return fail('For expression requires a colon after the collection expression.');
  let value = p.expression();
  let key: Expression | undefined;
  if (value !== undefined && p.take(kind.fatArrow)) {
    key = value;
    value = p.expression();
  }
  if (value === undefined) return undefined;
  const groups = p.take(kind.ellipsis);
  const groupsAt = groups ? p.start : start;
  let condition: Expression | undefined;
  if (p.isKeyword('if')) {
    p.read();
    condition = p.expression();
    if (condition === undefined) return undefined;
  }
  if (!p.take(closer)) return fail("Extra characters after the end of the 'for' expression.");
  const end = p.lastEnd;
  const summary = "Invalid 'for' expression";
  if (closer === kind.closeBracket) {
    if (key !== undefined) p.fail(summary, 'Key expression is not valid when building a tuple.', key.start, key.end);
    if (groups)
      p.fail(summary, 'Grouping ellipsis (...) cannot be used when building a tuple.', groupsAt, groupsAt + 3);
  } else if (key === undefined)
    p.fail(summary, 'Key expression is required when building an object.', value.start, value.end);
  return { kind: 'for', keyName, valueName, collection, key, value, condition, groups, start, end };
}

/**
 * The arguments of a call, the cursor standing after the parenthesis.
 *
 * @param start  of the call.
 */
export function parseArguments(
  p: Cursor,
  start: number,
): { readonly args: readonly Expression[]; readonly spreads: boolean } | undefined {
  return withNewlines(p, true, () => {
    const openEnd = p.lastEnd;
    const args: Expression[] = [];
    while (!p.take(kind.closeParen)) {
      const arg = p.expression();
      if (arg === undefined) return void p.recover(kind.closeParen);
      args.push(arg);
      const next = p.peek();
      if (next === kind.comma) p.read();
      else if (next === kind.ellipsis) {
        p.read();
        if (p.take(kind.closeParen)) return { args, spreads: true };
        p.at = p.last;
        p.fail(
          'Missing closing parenthesis',
          'An expanded function argument (with ...) must be immediately followed by closing parentheses.',
        );
        return void p.recover(kind.closeParen);
      } else if (next !== kind.closeParen) {
        if (next === kind.eof) {
          p.fail(
            'Unterminated function call',
            'There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parenthesis nesting elsewhere in this file.',
            start,
            openEnd,
          );
        } else
          p.fail('Missing argument separator', 'A comma is required to separate each function argument from the next.');
        return void p.recover(kind.closeParen);
      }
    }
    return { args, spreads: false };
  });
}
