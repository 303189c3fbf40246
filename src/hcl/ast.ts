/**
 * The syntax tree of one file. It is built once and read many times; places are UTF-16 offsets, half-open. Nothing in it
 * depends on a scope. Error nodes do not exist: a text with a syntax error has diagnostics, and what was understood of it.
 */

interface Node {
  readonly start: number;
  readonly end: number;
}

export interface BodyNode extends Node {
  /** In document order. */
  readonly items: readonly ItemNode[];
}

export type ItemNode = AttributeNode | BlockNode;

export interface AttributeNode extends Node {
  readonly kind: 'attribute';
  readonly name: string;
  readonly nameEnd: number;
  readonly value: Expression;
}

export interface BlockNode extends Node {
  readonly kind: 'block';
  readonly type: string;
  readonly typeEnd: number;
  readonly labels: readonly LabelNode[];
  /** Where the opening brace stands. */
  readonly braceAt: number;
  readonly body: BodyNode;
}

export interface LabelNode extends Node {
  /** Without quotes. */
  readonly text: string;
}

export type Expression =
  | LiteralNode
  | TemplateNode
  | JoinNode
  | VariableNode
  | ItemSymbolNode
  | GetAttributeNode
  | IndexNode
  | SplatNode
  | CallNode
  | UnaryNode
  | BinaryNode
  | ConditionalNode
  | TupleNode
  | ObjectNode
  | ForNode
  | ParenthesesNode;

export interface LiteralNode extends Node {
  readonly kind: 'literal';
  readonly value: null | boolean | number | bigint | string;
}

/** Text with interpolations; its parts are turned to text and joined. */
export interface TemplateNode extends Node {
  readonly kind: 'template';
  readonly parts: readonly Expression[];
  /** True for `"${x}"`: the value of x as it is, not its text. */
  readonly passes: boolean;
}

/** A `%{for}`: the parts that the loop makes, joined. */
export interface JoinNode extends Node {
  readonly kind: 'join';
  readonly loop: ForNode;
}

export interface VariableNode extends Node {
  readonly kind: 'variable';
  readonly name: string;
}

/** The element at hand inside a splat. */
export interface ItemSymbolNode extends Node {
  readonly kind: 'item';
}

export interface GetAttributeNode extends Node {
  readonly kind: 'get';
  readonly object: Expression;
  readonly name: string;
  /** Where the dot stands. */
  readonly dotAt: number;
}

export interface IndexNode extends Node {
  readonly kind: 'index';
  readonly collection: Expression;
  readonly key: Expression;
  /** Where the bracket, or the dot of `list.0`, stands. */
  readonly openAt: number;
}

/** `source[*]` or `source.*` followed by the steps of `each`, which start at the item symbol. */
export interface SplatNode extends Node {
  readonly kind: 'splat';
  readonly source: Expression;
  readonly each: Expression;
}

export interface CallNode extends Node {
  readonly kind: 'call';
  /** With its namespaces: `provider::name`. */
  readonly name: string;
  readonly nameEnd: number;
  readonly args: readonly Expression[];
  /** True when `...` spreads the last argument. */
  readonly spreads: boolean;
}

export interface UnaryNode extends Node {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly operand: Expression;
}

export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

export interface BinaryNode extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface ConditionalNode extends Node {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export interface TupleNode extends Node {
  readonly kind: 'tuple';
  readonly elements: readonly Expression[];
}

export interface ObjectNode extends Node {
  readonly kind: 'object';
  readonly entries: readonly ObjectEntry[];
}

export interface ObjectEntry {
  /** A bare name as key is a literal. */
  readonly key: Expression;
  readonly value: Expression;
}

export interface ForNode extends Node {
  readonly kind: 'for';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  /** Present when an object is built, absent for a tuple. */
  readonly key: Expression | undefined;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  /** `...`: values of one key are gathered in a tuple. */
  readonly groups: boolean;
}

export interface ParenthesesNode extends Node {
  readonly kind: 'parentheses';
  readonly inner: Expression;
}
