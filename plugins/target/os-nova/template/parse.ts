/** Reads a template file: its own statements, and the templates that it defines. Compat: Go text/template. */
import type { Bytes } from './bytes.ts';
import { fromBytes } from './bytes.ts';
import { Cursor } from './cursor.ts';
import { lex } from './lexer.ts';
import { maxDepth } from './limits.ts';
import { PipelineParser } from './parse-pipeline.ts';
import { quote, unquote } from './quote.ts';
import type { Body, Branch, Statement } from './syntax.ts';
import type { Token } from './token.ts';

/** The templates of a file by name; the file's own is among them. */
export type Templates = ReadonlyMap<Bytes, Body>;

/**
 * @param name  of the file's own template, as errors give it.
 * @throws      SyntaxFault.
 */
export function parseTemplate(source: Bytes, name: Bytes): Templates {
  const templates = new Map<Bytes, Body>();
  const cursor = new Cursor(name, lex(source));
  define(templates, cursor, name, new TemplateParser(cursor, templates, 0).file());
  return templates;
}

/** What gives out nothing but blanks counts as no definition. */
function define(templates: Map<Bytes, Body>, cursor: Cursor, name: Bytes, body: Body): void {
  const known = templates.get(name);
  if (known === undefined || isBlank(known)) templates.set(name, body);
  else if (!isBlank(body)) cursor.fail(`template: multiple definition of template ${quote(name)}`);
}

const isBlank = (body: Body) =>
  body.every((statement) => statement.kind === 'text' && fromBytes(statement.text).trim() === '');

/** What ended a list of statements. */
interface Ending {
  readonly kind: 'end' | 'else';
  /** Behind `else`, in the same action: `{{else if`. */
  readonly chained: 'if' | 'with' | undefined;
}

const isStatement = (one: Statement | Ending): one is Statement => one.kind !== 'end' && one.kind !== 'else';

/** Reads the statements of one template. Templates in it have a parser, and so variables, of their own. */
class TemplateParser {
  readonly #cursor: Cursor;
  readonly #templates: Map<Bytes, Body>;
  readonly #pipelines: PipelineParser;
  #ranges = 0;
  #depth: number;

  /** @param depth  how many branches and templates this one stands in. */
  constructor(cursor: Cursor, templates: Map<Bytes, Body>, depth: number) {
    this.#cursor = cursor;
    this.#templates = templates;
    this.#depth = depth;
    if (depth > maxDepth) cursor.fail(`more than ${maxDepth} branches inside of each other`);
    this.#pipelines = new PipelineParser(cursor);
  }

  /** Reads to the file's end. Only here a `define` may stand. */
  file(): Body {
    const cursor = this.#cursor;
    const body: Statement[] = [];
    while (cursor.peek().kind !== 'end') {
      const { mark } = cursor;
      if (cursor.read().kind === 'left' && isKeyword(cursor.readWord(), 'define')) {
        this.#definition();
        continue;
      }
      cursor.return(mark);
      const statement = this.#statement();
      if (isStatement(statement)) body.push(statement);
      else cursor.fail(`unexpected {{${statement.kind}}}`);
    }
    return body;
  }

  #definition(): void {
    const place = 'define clause';
    const name = this.#name(this.#cursor.readWord(), place);
    this.#cursor.expect('right', place);
    this.#inner(name, place);
  }

  /** The body of a template in this one, up to its end. */
  #inner(name: Bytes, place: string): void {
    const cursor = this.#cursor;
    const { line } = cursor;
    cursor.actionLine = 0;
    const { body, ending } = new TemplateParser(cursor, this.#templates, this.#depth + 1).#body();
    // Compat: of a block, Go gives the line on which it begins.
    if (ending.kind === 'else') {
      cursor.fail(`unexpected {{else}} in ${place}`, place === 'block clause' ? line : cursor.line);
    }
    define(this.#templates, cursor, name, body);
  }

  #name(token: Token, place: string): Bytes {
    if (token.kind !== 'string') this.#cursor.unexpected(token, place);
    return unquote(token.text) ?? this.#cursor.fail('invalid syntax');
  }

  /** Statements up to `end` or `else`. */
  #body(): { readonly body: Body; readonly ending: Ending } {
    const body: Statement[] = [];
    while (this.#cursor.peekWord().kind !== 'end') {
      const statement = this.#statement();
      if (!isStatement(statement)) return { body, ending: statement };
      body.push(statement);
    }
    return this.#cursor.fail('unexpected EOF');
  }

  #statement(): Statement | Ending {
    const cursor = this.#cursor;
    const token = cursor.readWord();
    if (token.kind === 'text') return { kind: 'text', text: token.text, at: token.at };
    if (token.kind !== 'left') cursor.unexpected(token, 'input');
    cursor.actionLine = token.line;
    const statement = this.#action();
    cursor.actionLine = 0;
    return statement;
  }

  #action(): Statement | Ending {
    const cursor = this.#cursor;
    const token = cursor.peekWord();
    const { text, at } = token;
    const keyword = token.kind === 'keyword' ? text : '';
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        cursor.read();
        return this.#branch(keyword);
      case 'break':
      case 'continue':
        cursor.read();
        cursor.expect('right', `{{${keyword}}}`);
        if (this.#ranges === 0) cursor.fail(`{{${keyword}}} outside {{range}}`);
        return { kind: keyword, at };
      case 'end':
        cursor.read();
        cursor.expect('right', keyword);
        return { kind: keyword, chained: undefined };
      case 'else':
        cursor.read();
        return this.#else();
      case 'block':
      case 'template':
        cursor.read();
        return this.#invocation(keyword);
      default:
        return { kind: 'action', pipeline: this.#pipelines.pipeline('command'), at };
    }
  }

  #else(): Ending {
    const next = this.#cursor.peekWord();
    if (isKeyword(next, 'if')) return { kind: 'else', chained: 'if' };
    if (isKeyword(next, 'with')) return { kind: 'else', chained: 'with' };
    this.#cursor.expect('right', 'else');
    return { kind: 'else', chained: undefined };
  }

  #branch(kind: Branch['kind']): Branch {
    const cursor = this.#cursor;
    if (this.#depth >= maxDepth) cursor.fail(`more than ${maxDepth} branches inside of each other`);
    this.#depth++;
    const { variables } = this.#pipelines;
    const pipeline = this.#pipelines.pipeline(kind);
    if (kind === 'range') this.#ranges++;
    const { body, ending } = this.#body();
    if (kind === 'range') this.#ranges--;
    const otherwise = ending.kind === 'else' ? this.#otherwise(kind, ending) : undefined;
    this.#pipelines.variables = variables;
    this.#depth--;
    return { kind, pipeline, body, otherwise, at: pipeline.at };
  }

  /** `{{else if x}}…{{end}}` is `{{else}}{{if x}}…{{end}}{{end}}`. */
  #otherwise(kind: Branch['kind'], { chained }: Ending): Body {
    const cursor = this.#cursor;
    if (chained === kind) {
      cursor.read();
      return [this.#branch(chained)];
    }
    const { body, ending } = this.#body();
    return ending.kind === 'end' ? body : cursor.fail(`expected end; found {{${ending.kind}}}`);
  }

  #invocation(kind: 'block' | 'template'): Statement {
    const place = `${kind} clause`;
    const token = this.#cursor.readWord();
    const name = this.#name(token, place);
    const isBare = kind === 'template' && this.#cursor.peekWord().kind === 'right';
    if (isBare) this.#cursor.read();
    const pipeline = isBare ? undefined : this.#pipelines.pipeline(place);
    if (kind === 'block') this.#inner(name, place);
    return { kind: 'template', name, pipeline, at: token.at };
  }
}

const isKeyword = ({ kind, text }: Token, word: string) => kind === 'keyword' && text === word;
