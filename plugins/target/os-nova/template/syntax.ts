/** A template as a tree, and how Go writes its parts in error texts. Positions are byte offsets. */
import type { Bytes } from './bytes.ts';
import type { Constant } from './number.ts';
import { quote } from './quote.ts';

/** What stands between blanks in an action. */
export type Operand =
  | { readonly kind: 'dot' | 'nil'; readonly at: number }
  | { readonly kind: 'bool'; readonly value: boolean; readonly at: number }
  | { readonly kind: 'string'; readonly value: Bytes; readonly text: Bytes; readonly at: number }
  | { readonly kind: 'number'; readonly value: Constant; readonly text: Bytes; readonly at: number }
  /** `.Name`, or a chain of them. */
  | { readonly kind: 'field'; readonly path: readonly Bytes[]; readonly at: number }
  /** `$x`, sign included, and what is taken of it: `$x.Name`. */
  | { readonly kind: 'variable'; readonly name: Bytes; readonly path: readonly Bytes[]; readonly at: number }
  | { readonly kind: 'function'; readonly name: Bytes; readonly at: number }
  /** `(…).Name` */
  | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly Bytes[]; readonly at: number }
  | Pipeline;

/** A function or a value, and what it is given. */
export interface Command {
  readonly kind: 'command';
  readonly head: Operand;
  readonly args: readonly Operand[];
  readonly at: number;
}

/** Commands of which each gets what the one before gives; between parentheses it is an operand. */
export interface Pipeline {
  readonly kind: 'pipeline';
  /** The variables that take the result, signs included. */
  readonly targets: readonly Bytes[];
  /** They are known already: `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly at: number;
}

export interface Branch {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: Body;
  readonly otherwise: Body | undefined;
  readonly at: number;
}

/** `{{template "name" pipeline}}` */
export interface Invocation {
  readonly kind: 'template';
  readonly name: Bytes;
  readonly pipeline: Pipeline | undefined;
  readonly at: number;
}

export type Statement =
  | { readonly kind: 'text'; readonly text: Bytes; readonly at: number }
  | { readonly kind: 'action'; readonly pipeline: Pipeline; readonly at: number }
  | { readonly kind: 'break' | 'continue'; readonly at: number }
  | Branch
  | Invocation;

export type Body = readonly Statement[];

/** Whatever an error can point at. */
export type Part = Operand | Command | Statement;

const dotted = (path: readonly Bytes[]) => path.map((name) => `.${name}`).join('');
const inParentheses = (operand: Operand) => (operand.kind === 'pipeline' ? `(${show(operand)})` : show(operand));

/** The part as Go writes it: without the blanks that it does not need; a branch without its bodies. */
export function show(part: Part): Bytes {
  switch (part.kind) {
    case 'dot':
      return '.';
    case 'bool':
      return String(part.value);
    case 'string':
    case 'number':
    case 'text':
      return part.text;
    case 'field':
      return dotted(part.path);
    case 'variable':
      return part.name + dotted(part.path);
    case 'function':
      return part.name;
    case 'chain':
      return inParentheses(part.of) + dotted(part.path);
    case 'command':
      return [part.head, ...part.args].map(inParentheses).join(' ');
    case 'pipeline': {
      const targets = part.targets.length > 0 ? `${part.targets.join(', ')} ${part.assigns ? '=' : ':='} ` : '';
      return targets + part.commands.map(show).join(' | ');
    }
    case 'action':
      return `{{${show(part.pipeline)}}}`;
    case 'template':
      return `{{template ${quote(part.name)}${part.pipeline === undefined ? '' : ` ${show(part.pipeline)}`}}}`;
    case 'if':
    case 'with':
    case 'range':
      return `{{${part.kind} ${show(part.pipeline)}}}`;
    case 'nil':
      return 'nil';
    case 'break':
    case 'continue':
      return `{{${part.kind}}}`;
  }
}
