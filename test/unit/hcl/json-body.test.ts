import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFunctions } from '../../../src/hcl/functions.ts';
import { parseHclJson } from '../../../src/hcl/parse.ts';
import { Source } from '../../../src/lib/source.ts';
import type { BodyShape } from '../../../src/schema/document.ts';
import { brief, guardStackTraces, jsonAttributes, jsonContent } from '../../support/hcl.ts';

const shape: BodyShape = {
  attributes: ['min', 'max'],
  blocks: [
    { type: 'policy', labels: [] },
    { type: 'check', labels: ['name'] },
    { type: 'volume', labels: ['type', 'name'] },
  ],
};
const inner: BodyShape = { attributes: ['query'], blocks: [] };

test('labels are nested objects, and arrays repeat', () => {
  const text = `{
    "min": 1,
    "policy": {"query": "p"},
    "check": {"late": {"query": "a"}, "early": [{"query": "b"}, {"query": "c"}]},
    "volume": {"host": {"data": {"query": "d"}}, "csi": {"x": {}}}
  }`;
  assert.deepEqual(jsonContent(text, shape, inner), {
    attributes: { min: 1 },
    blocks: [
      ['policy', { query: 'p' }],
      ['check', 'late', { query: 'a' }],
      ['check', 'early', { query: 'b' }],
      ['check', 'early', { query: 'c' }],
      ['volume', 'host', 'data', { query: 'd' }],
      ['volume', 'csi', 'x', {}],
    ],
    errors: [],
  });
});

test('a body wrapped in arrays at every level is the same body, in the order of the arrays', () => {
  const text = `[{"min": 1}, {"check": [{"late": [{"query": "a"}]}, {"early": [{"//": "c", "query": "b"}]}]}]`;
  assert.deepEqual(jsonContent(text, shape, inner), {
    attributes: { min: 1 },
    blocks: [
      ['check', 'late', { query: 'a' }],
      ['check', 'early', { query: 'b' }],
    ],
    errors: [],
  });
});

test('"//" is a comment at every level, and null is nothing', () => {
  const text = '{"//": "c", "check": {"//": "c", "a": {"//": [1], "query": "q"}}, "policy": null}';
  assert.deepEqual(jsonContent(text, shape, inner).blocks, [['check', 'a', { query: 'q' }]]);
  assert.deepEqual(jsonAttributes('{"//": "c", "a": 1}').values, { a: 1 });
});

const wrong: readonly (readonly [string, string])[] = [
  ['{"mni": 1}', '1:2: Extraneous JSON object property; No argument or block type is named "mni". Did you mean "min"?'],
  ['{"min": 1, "min": 2}', '1:12: Duplicate argument; The argument "min" was already set at t.json:1,2-7.'],
  [
    '{"policy": 1}',
    '1:12: Incorrect JSON value type; Either a JSON object or a JSON array is required, representing the contents of one or more "policy" blocks.',
  ],
  [
    '{"check": "x"}',
    '1:11: Incorrect JSON value type; Either a JSON object or JSON array of objects is required here, to specify name labels for this block.',
  ],
  [
    '{"check": [1]}',
    '1:12: Incorrect JSON value type; A JSON object is required here, to specify name labels for this block.',
  ],
  [
    '{"policy": [1]}',
    '1:13: Incorrect JSON value type; Either a JSON object or JSON array of objects is required here, to define arguments and child blocks.',
  ],
  ['[1]', '1:2: Incorrect JSON value type; A JSON object is required here, to define arguments and child blocks.'],
];

test('a shape that does not fit is reported at its place', () => {
  for (const [text, error] of wrong)
    assert.deepEqual(jsonContent(text, shape, inner).errors, [`t.json:${error}`], text);
});

test('a block without its label is reported once', () => {
  assert.deepEqual(jsonContent('{"check": {}}', shape, inner).errors, [
    "t.json:1:11: Missing block label; At least one object property is required, whose name represents the check block's name.",
  ]);
});

test('a body of attributes alone is one object', () => {
  assert.deepEqual(jsonAttributes('[{"a": 1}]').errors, [
    't.json:1:1: Incorrect JSON value type; A JSON object is required here, setting the arguments for this block.',
  ]);
});

test('texts are templates, keys of values too', () => {
  const text =
    '{"a": "$${x}", "b": "${1 + 1}", "c": {"k${1}": "${jsonencode([1])}"}, "d": "tab\\t$1", "e": "x\\n${2}"}';
  assert.deepEqual(jsonAttributes(text, { functions: policyFunctions }), {
    values: { a: '${x}', b: 2, c: { k1: '[1]' }, d: 'tab\t$1', e: 'x\n2' },
    errors: [],
  });
});

test('an error in a template points into the text, or at it when the text has escapes', () => {
  assert.deepEqual(jsonAttributes('{"a": "x ${b}"}').errors, [
    't.json:1:12: Variables not allowed; Variables may not be used here. Write the value itself; for a literal "${" in a text, write "$${".',
  ]);
  assert.deepEqual(jsonAttributes('{"a": "\\n ${b}"}').errors, [
    't.json:1:7: Variables not allowed; Variables may not be used here. Write the value itself; for a literal "${" in a text, write "$${".',
  ]);
  assert.match(
    jsonAttributes('{"a": "x ${b"}').errors[0] ?? '',
    /^t\.json:1:10: Unclosed template interpolation sequence/,
  );
});

const broken: readonly (readonly [string, string])[] = [
  ['', '1:1 Missing value'],
  ['{', '1:2 Missing value'],
  ['{"a": 1', '1:1 Unclosed object'],
  ['{"a": 1,}', '1:8 Trailing comma in object'],
  ['{"a": [1,]}', '1:9 Trailing comma in array'],
  ['{"a" 1}', '1:6 Missing property value colon'],
  ['{"a" = 1}', '1:6 Missing property value colon'],
  ['{"a"}', '1:5 Missing object value'],
  ['{a: 1}', '1:2 Invalid JSON keyword'],
  ['{1: 1}', '1:2 Invalid object property name'],
  ['{"a": tru}', '1:7 Invalid JSON keyword'],
  ['{"a": NaN}', '1:7 Invalid JSON keyword'],
  ['{"a": 01}', '1:7 Invalid JSON number'],
  ['{"a": "x\ny"}', '1:9 Invalid JSON string'],
  [String.raw`{"a": "\x"}`, '1:9 Invalid JSON string'],
  [String.raw`{"a": "\u12x4"}`, '1:12 Invalid JSON string'],
  ['{"a": 1} x', '1:10 Extraneous data after value'],
  ["{'a': 1}", '1:2 Invalid start of value'],
  ['{"a": [1}', '1:9 Mismatched brackets'],
  ['{"a": 1]', '1:8 Mismatched braces'],
  ['{"a": 1 "b": 2}', '1:9 Missing attribute seperator comma'],
  ['scaling "x" {}', '1:1 Invalid JSON keyword'],
];

test('what is no JSON is one error at its place', () => {
  for (const [text, error] of broken) {
    assert.deepEqual(parseHclJson(new Source('t.json', text)).diagnostics.map(brief), [error], text);
  }
});

test('JSON with a byte order mark loads', () => {
  assert.deepEqual(jsonAttributes('\uFEFF{"a": 1}'), { values: { a: 1 }, errors: [] });
});

test('numbers of JSON keep their integers', () => {
  const { values } = jsonAttributes('{"a": 9007199254740993, "b": 70.0, "c": -1.5e2, "d": -9007199254740993}');
  assert.deepEqual(values, { a: 9007199254740993n, b: 70, c: -150, d: -9007199254740993n });
});

test('a key that comes twice in a value is an error', () => {
  assert.match(
    jsonAttributes('{"a": {"b": 1, "b": 2}}').errors[0] ?? '',
    /^t\.json:1:16: Duplicate object attribute; .* at t\.json:1,8-11\.$/,
  );
});

guardStackTraces();
