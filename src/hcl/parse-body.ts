/** The structure of a file: attributes, one to a line, and blocks with bodies of the same kind. */
import type { AttributeNode, BlockNode, BodyNode, ItemNode } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { unrendered } from './lexical-faults.ts';
import { parseLabels } from './parse-labels.ts';
import { kind } from './token.ts';

/** Reads the whole file. */
export function parseFileBody(p: Cursor): BodyNode {
  return parseBody(p, 0, kind.eof);
}

/**
 * Reads items up to and over the closing token.
 *
 * @param start  where the body begins: its brace, or the file's beginning.
 */
function parseBody(p: Cursor, start: number, closer: number): BodyNode {
  const items: ItemNode[] = [];
  const names = new NameCheck();
  for (;;) {
    const next = p.peek();
    if (next === kind.newline) p.read();
    else if (next === closer) {
      p.read();
      break;
    } else if (next === kind.identifier) {
      const item = parseItem(p);
      if (item === undefined) continue;
      if (item.kind === 'block') items.push(item);
      else if (names.isNew(item, p)) items.push(item);
    } else if (next === kind.eof) {
      failUnclosed(p, start);
      break;
    } else failNoItem(p, next);
  }
  return { items, start, end: p.lastEnd };
}

/** After another error the braces have probably been miscounted while getting over it. */
function failUnclosed(p: Cursor, brace: number): void {
  if (p.hasFailed) return;
  p.fail(
    'Unclosed configuration block',
    'There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
    brace,
    brace + 1,
  );
}

/** Something that begins neither an attribute nor a block. */
function failNoItem(p: Cursor, found: number): void {
  if (found === kind.openQuote) {
    p.fail(
      'Invalid argument name',
      'Argument names must not be quoted. They are plain names, made of letters, digits, "_" and "-".',
    );
  } else {
    const hint = found === kind.percent && p.text.charCodeAt(p.end) === kind.openBrace ? ` ${unrendered}` : '';
    p.fail('Argument or block definition required', `An argument or block definition is required here.${hint}`);
  }
  // A stray closing brace is stepped over, so that reading goes on behind it.
  if (found === kind.closeBrace) p.read();
  else p.recoverAfterItem();
}

/** Finds names that are set twice. */
class NameCheck {
  #seen: Map<string, AttributeNode> | undefined;

  isNew(item: AttributeNode, p: Cursor): boolean {
    this.#seen ??= new Map();
    const before = this.#seen.get(item.name);
    if (before === undefined) {
      this.#seen.set(item.name, item);
      return true;
    }
    const where = p.place(before.start, before.nameEnd);
    const detail = `The argument "${item.name}" was already set at ${where}. Each argument may be set only once.`;
    p.fail('Attribute redefined', detail, item.start, item.nameEnd);
    return false;
  }
}

function parseItem(p: Cursor): ItemNode | undefined {
  p.read();
  const { start, end } = p;
  switch (p.isReflowed ? peekOverLines(p, kind.assign) : p.peek()) {
    case kind.assign:
      return parseAttribute(p, start, end, false);
    case kind.openQuote:
    case kind.openBrace:
    case kind.identifier:
      return parseBlock(p, start, end);
    default: {
      const isPath = p.peek() === kind.dot;
      p.fail('Argument or block definition required', `${noEqualsDetail}${isPath ? pathHint : ''}`, start, end);
      p.recoverAfterItem();
      return undefined;
    }
  }
}

/** The kind of the token ahead; line ends before a token of the wanted kind are stepped over. */
function peekOverLines(p: Cursor, wanted: number): number {
  p.skipsNewlines = true;
  const isThere = p.peek() === wanted;
  p.skipsNewlines = false;
  if (isThere) p.take(kind.newline);
  return p.peek();
}

const noEqualsDetail =
  'An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.';
const pathHint =
  ' The name of an argument is a plain name, without dots: keys with dots belong in an object, in quotes.';

/** The cursor stands at the equals sign. @param alone  in a block of one line, where the brace follows. */
function parseAttribute(p: Cursor, start: number, nameEnd: number, alone: boolean): AttributeNode | undefined {
  p.read();
  if (p.isReflowed) while (p.take(kind.newline));
  const value = p.expression();
  if (value === undefined) {
    p.recoverAfterItem();
    return undefined;
  }
  const node: AttributeNode = {
    kind: 'attribute',
    name: p.text.slice(start, nameEnd),
    nameEnd,
    value,
    start,
    end: p.lastEnd,
  };
  if (alone) return node;
  const next = p.peek();
  if (next === kind.newline || next === kind.eof) {
    p.read();
    return node;
  }
  const detail = 'An argument definition must end with a newline.';
  if (next === kind.comma) {
    p.fail(
      'Unexpected comma after argument',
      `Argument definitions must be separated by newlines, not commas. ${detail}`,
    );
  } else p.fail('Missing newline after argument', detail);
  p.recoverAfterItem();
  return node;
}

/** The cursor stands after the block's type. */
function parseBlock(p: Cursor, start: number, typeEnd: number): BlockNode | undefined {
  const labels = parseLabels(p, start, typeEnd);
  if (labels === undefined) return undefined;
  p.read();
  const braceAt = p.start;
  if (!p.descend()) return undefined;
  const next = p.peek();
  const isLong = next === kind.newline || next === kind.eof || next === kind.closeBrace;
  const body = isLong ? parseBody(p, braceAt, kind.closeBrace) : parseShortBody(p, braceAt);
  p.ascend();
  if (body === undefined) {
    // What was wrong on the one line has been reported: the rest of the line goes with it.
    if (p.take(kind.closeBrace)) p.take(kind.newline);
    return undefined;
  }
  const after = p.peek();
  if (after === kind.newline || after === kind.eof) p.read();
  else {
    p.fail('Missing newline after block definition', 'A block definition must end with a newline.');
    p.recoverAfterItem();
  }
  return { kind: 'block', type: p.text.slice(start, typeEnd), typeEnd, labels, braceAt, body, start, end: body.end };
}

/** `{ name = value }` on one line, the cursor standing after the brace. */
function parseShortBody(p: Cursor, brace: number): BodyNode | undefined {
  const item = parseOnlyAttribute(p);
  if (item === undefined) return undefined;
  const next = p.peek();
  if (next === kind.closeBrace) {
    p.read();
    return { items: [item], start: brace, end: p.lastEnd };
  }
  const summary = 'Invalid single-argument block definition';
  if (next === kind.eof) failUnclosed(p, brace);
  else if (next === kind.comma) {
    p.fail(
      summary,
      'Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.',
    );
  } else if (next === kind.newline) {
    p.fail(
      summary,
      "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
    );
  } else {
    const hint = next === kind.identifier ? ` Put "${p.word}" on a line of its own, and the closing brace too.` : '';
    p.fail(
      summary,
      `A single-line block definition must end with a closing brace immediately after its single argument definition.${hint}`,
    );
  }
  p.recover(kind.closeBrace);
  return { items: [item], start: brace, end: p.lastEnd };
}

function parseOnlyAttribute(p: Cursor): AttributeNode | undefined {
  if (p.peek() !== kind.identifier) {
    p.fail('Argument or block definition required', 'An argument or block definition is required here.');
    p.recoverAfterItem();
    return undefined;
  }
  p.read();
  const { start, end, word } = p;
  const next = p.peek();
  if (next === kind.assign) return parseAttribute(p, start, end, true);
  if (next === kind.openQuote || next === kind.openBrace || next === kind.identifier) {
    const detail = `A single-line block definition can contain only a single argument. If you meant to define argument "${word}", use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.`;
    p.fail('Argument definition required', detail, start, p.end);
  } else p.fail('Argument or block definition required', noEqualsDetail, start, end);
  p.recoverAfterItem();
  return undefined;
}
