import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FunctionError, type HclFunction, type LazyFunction, type Scope } from '../../../src/hcl/scope.ts';
import type { Value } from '../../../src/schema/document.ts';
import { errorsOf, evaluated, guardStackTraces } from '../../support/hcl.ts';

const join: HclFunction = {
  parameters: ['separator'],
  variadic: 'parts',
  call: ([separator, ...parts]) => {
    const wrong = parts.findIndex((part) => typeof part !== 'string');
    if (wrong >= 0) throw new FunctionError('string required', wrong + 1);
    return parts.join(String(separator));
  },
};
const fails: HclFunction = {
  parameters: [],
  call: () => {
    throw new FunctionError('no luck today');
  },
};

const scope: Scope = {
  variables: new Map<string, Value>([
    ['n', 3],
    ['list', ['a', 'b']],
    ['user', { name: 'ann', tags: [{ k: 1 }, { k: 2 }] }],
    ['nothing', null],
  ]),
  functions: new Map([
    ['join', join],
    ['fails', fails],
    ['ns::join', join],
  ]),
};

const values: readonly (readonly [string, Value])[] = [
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['7 - 2 - 1', 4],
  ['-2 + 1', -1],
  ['11 % 5', 1],
  ['11 % 5.1', 0.8],
  ['-7 % 3', -1],
  ['0.1 + 0.2', 0.3],
  ['1 / 4', 0.25],
  ['9007199254740991 + 2', 9007199254740993n],
  ['-9007199254740993', -9007199254740993n],
  ['9007199254740993 - 9007199254740992', 1],
  ['3000000000 * 3000000001', 9000000003000000000n],
  ['9007199254740993 / 1', 9007199254740993n],
  ['"1" && "true"', true],
  ['"5" + 1', 6],
  ['"-1" * 2', -2],
  ['1 < 2 && 2 <= 2 && 3 > 2 && !(1 >= 2)', true],
  ['true || false && false', true],
  ['1 == 1.0', true],
  ['"1" == 1', false],
  ['"true" != true', true],
  ['[1, { a = 2 }] == [1, { a = 2 }]', true],
  ['{ a = 1 } == { a = 1, b = 2 }', false],
  ['null == null', true],
  ['true ? "a" : "b"', 'a'],
  ['false ? 1 : true ? 2 : 3', 2],
  ['true ? 1 : "text"', '1'],
  ['true ? null : 1', null],
  ['true ? 1 : unknown', 1],
  ['n', 3],
  ['list[1]', 'b'],
  ['list["0"]', 'a'],
  ['list.0', 'a'],
  ['user.name', 'ann'],
  ['user["name"]', 'ann'],
  ['user.tags[*].k', [1, 2]],
  ['user.tags.*.k', [1, 2]],
  ['user[*].name', ['ann']],
  ['nothing[*].x', []],
  ['[for x in list : "${x}!"]', ['a!', 'b!']],
  ['[for i, x in list : "${i}${x}" if x != "a"]', ['1b']],
  ['{for i, x in list : x => i}', { a: 0, b: 1 }],
  ['{for x in ["a", "b", "a"] : x => 1...}', { a: [1, 1], b: [1] }],
  ['[for k, v in { b = 1, a = 2 } : "${k}${v}"]', ['a2', 'b1']],
  ['[for x in [1] : [for y in [2] : x + y]]', [[3]]],
  ['{ a = 1, "b c" : 2, (user.name) = 3, 4 = 5 }', { a: 1, 'b c': 2, ann: 3, '4': 5 }],
  ['{ n = n }', { n: 3 }],
  ['{ a = 1, a = 2 }', { a: 2 }],
  [
    '{ __proto__ = 1, constructor = 2 }',
    Object.fromEntries([
      ['__proto__', 1],
      ['constructor', 2],
    ]),
  ],
  ['join("-", "a", "b")', 'a-b'],
  ['join("-", list...)', 'a-b'],
  ['ns::join("-")', ''],
];

test('expressions have the values of HCL', () => {
  for (const [text, value] of values) {
    assert.deepEqual(evaluated(text, scope), value, text);
  }
});

const errors: readonly (readonly [string, string])[] = [
  ['zebra', 't.hcl:1:1: Unknown variable; There is no variable named "zebra".'],
  ['lisst', 't.hcl:1:1: Unknown variable; There is no variable named "lisst". Did you mean "list"?'],
  ['joim("")', 't.hcl:1:1: Call to unknown function; There is no function named "joim". Did you mean "join"?'],
  [
    'join()',
    't.hcl:1:6: Not enough function arguments; Function "join" expects at least 1 argument(s). Missing value for "separator".',
  ],
  ['fails(1)', 't.hcl:1:7: Too many function arguments; Function "fails" expects only 0 argument(s).'],
  ['fails()', 't.hcl:1:1: Error in function call; Call to function "fails" failed: no luck today.'],
  ['join("", "a", 1)', 't.hcl:1:15: Invalid function argument; Invalid value for "parts" parameter: string required.'],
  [
    'join("", n...)',
    't.hcl:1:10: Invalid expanding argument value; The expanding argument (indicated by ...) must be of a tuple, list, or set type.',
  ],
  [
    'join("", nothing...)',
    't.hcl:1:10: Invalid expanding argument value; The expanding argument (indicated by ...) must not be null.',
  ],
  ['user.nam', 't.hcl:1:5: Unsupported attribute; This object does not have an attribute named "nam".'],
  ['user.toString', 't.hcl:1:5: Unsupported attribute; This object does not have an attribute named "toString".'],
  ['n.x', "t.hcl:1:2: Unsupported attribute; Can't access attributes on a primitive-typed value (number)."],
  [
    'nothing.x',
    't.hcl:1:8: Attempt to get attribute from null value; This value is null, so it does not have any attributes.',
  ],
  [
    'list[2]',
    't.hcl:1:5: Invalid index; The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.',
  ],
  [
    'list[-1]',
    't.hcl:1:5: Invalid index; The given key does not identify an element in this collection value: a negative number is not a valid index for a sequence.',
  ],
  [
    'list[0.5]',
    't.hcl:1:5: Invalid index; The given key does not identify an element in this collection value: indexing a sequence requires a whole number, but the given index has a fractional part.',
  ],
  [
    'list["x"]',
    't.hcl:1:5: Invalid index; The given key does not identify an element in this collection value: a number is required.',
  ],
  [
    '[][0]',
    't.hcl:1:3: Invalid index; The given key does not identify an element in this collection value: the collection has no elements.',
  ],
  ['user["x"]', 't.hcl:1:5: Invalid index; The given key does not identify an element in this collection value.'],
  ['n[0]', 't.hcl:1:2: Invalid index; This value does not have any indices.'],
  ['nothing[0]', 't.hcl:1:8: Attempt to index null value; This value is null, so it does not have any indices.'],
  ['1 + true', 't.hcl:1:5: Invalid operand; Unsuitable value for right operand: number required, but have bool.'],
  ['"x" < 1', 't.hcl:1:1: Invalid operand; Unsuitable value for left operand: number required, but have string.'],
  ['1 && true', 't.hcl:1:1: Invalid operand; Unsuitable value for left operand: bool required, but have number.'],
  ['-"x"', 't.hcl:1:2: Invalid operand; Unsuitable value for unary operand: number required, but have string.'],
  ['!1', 't.hcl:1:2: Invalid operand; Unsuitable value for unary operand: bool required, but have number.'],
  ['1 / 0', 't.hcl:1:1: Operation failed; Error during operation: division by zero.'],
  ['null + 1', 't.hcl:1:1: Operation failed; Error during operation: argument must not be null.'],
  ['1 ? 2 : 3', 't.hcl:1:1: Incorrect condition type; The condition expression must be of type bool.'],
  ['null ? 2 : 3', 't.hcl:1:1: Null condition; The condition value is null. Conditions must either be true or false.'],
  [
    'true ? [] : 1',
    "t.hcl:1:1: Inconsistent conditional result types; The true and false result expressions must have consistent types. The 'true' value is tuple, but the 'false' value is number.",
  ],
  [
    '[for x in 1 : x]',
    "t.hcl:1:11: Iteration over non-iterable value; A value of type number cannot be used as the collection in a 'for' expression.",
  ],
  [
    '[for x in null : x]',
    "t.hcl:1:11: Iteration over null value; A null value cannot be used as the collection in a 'for' expression.",
  ],
  [
    '[for x in [1] : x if x]',
    "t.hcl:1:22: Invalid 'for' condition; The 'if' clause value is invalid: bool required, but have number.",
  ],
  ['[for x in [1] : x if null]', "t.hcl:1:22: Condition is null; The value of the 'if' clause must not be null."],
  [
    '{for x in [1, 1] : x => x}',
    `t.hcl:1:20: Duplicate object key; Two different items produced the key "1" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.`,
  ],
  [
    '{for x in [1] : null => x}',
    "t.hcl:1:17: Invalid object key; Key expression in 'for' expression must not produce a null value.",
  ],
  [
    '{for x in [1] : [] => x}',
    't.hcl:1:17: Invalid object key; The key expression produced an invalid result: string required, but have tuple.',
  ],
  ['{ (null) = 1 }', "t.hcl:1:3: Null value as key; Can't use a null value as a key."],
  ['{ ([]) = 1 }', "t.hcl:1:3: Incorrect key type; Can't use this value as a key: string required, but have tuple."],
  [
    '"a${null}"',
    't.hcl:1:5: Invalid template interpolation value; The expression result is null. Cannot include a null value in a string template.',
  ],
  [
    '"a${[]}"',
    't.hcl:1:5: Invalid template interpolation value; Cannot include the given value in a string template: string required, but have tuple.',
  ],
];

test('what has no value says why, and where', () => {
  for (const [text, error] of errors) assert.deepEqual(errorsOf(text, scope), [error], text);
});

test('an expression reports every error in it, not the first alone', () => {
  assert.equal(errorsOf('[a, { b = c }, "${d}", f(e)]', { variables: new Map(), functions: new Map() }).length, 4);
});

test('without a table of variables or functions there are none', () => {
  assert.deepEqual(errorsOf('a.b'), [
    't.hcl:1:1: Variables not allowed; Variables may not be used here. Write the value itself; for a literal "${" in a text, write "$${".',
  ]);
  assert.deepEqual(errorsOf('f(1)'), ['t.hcl:1:1: Function calls not allowed; Functions may not be called here.']);
  assert.deepEqual(evaluated('[for x in [1] : x + 1]'), [2]);
});

test('a lazy function decides which arguments count, and their errors are none', () => {
  const tried: LazyFunction = {
    callLazily: (args) => {
      for (const arg of args) {
        const value = arg();
        if (value !== undefined) return value;
      }
      throw new FunctionError('no argument has a value');
    },
  };
  const lazy: Scope = { variables: new Map([['x', {}]]), functions: new Map([['try', tried]]) };
  assert.equal(evaluated('try(x.y, y, 1 / 0, "last")', lazy), 'last');
  assert.deepEqual(errorsOf('try(x.y)', lazy), [
    't.hcl:1:1: Error in function call; Call to function "try" failed: no argument has a value.',
  ]);
});

test('references that belong to somebody else stand for their own text', () => {
  const job: Scope = { variables: new Map([['var', { n: 'x' }]]), passesThrough: (name) => name !== 'var' };
  assert.equal(evaluated('"${node.class}-${var.n}"', job), '${node.class}-x');
  assert.equal(evaluated('"${env["PATH"]}"', job), '${env["PATH"]}');
  assert.equal(evaluated('"${NOMAD_PORT_http}"', job), '${NOMAD_PORT_http}');
  assert.deepEqual(evaluated('[for attr in ["a"] : attr]', job), ['a']);
  assert.deepEqual(errorsOf('var.m', job).length, 1);
});

guardStackTraces();
