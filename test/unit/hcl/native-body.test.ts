import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHcl } from '../../../src/hcl/parse.ts';
import { type Diagnostic, formatDiagnostic, Source } from '../../../src/lib/source.ts';
import type { BodyShape } from '../../../src/schema/document.ts';
import { guardStackTraces, walk } from '../../support/hcl.ts';

const shape: BodyShape = {
  attributes: ['enabled', 'cooldown', 'min'],
  blocks: [
    { type: 'policy', labels: [] },
    { type: 'check', labels: ['name'] },
    { type: 'volume', labels: ['type', 'name'] },
  ],
};

function content(text: string) {
  const { body } = parseHcl(new Source('web.hcl', text));
  const found: Diagnostic[] = [];
  return { ...body.content(shape, (one) => found.push(one)), errors: found.map(formatDiagnostic) };
}

test('what the shape knows is found: attributes by name, blocks in document order', () => {
  const { attributes, blocks, errors } = content('check "b" {}\nmin = 1\npolicy {}\ncheck a {}\n');
  assert.deepEqual(errors, []);
  assert.deepEqual([...attributes.keys()], ['min']);
  assert.deepEqual(
    blocks.map(({ type, labels }) => [type, ...labels]),
    [['check', 'b'], ['policy'], ['check', 'a']],
  );
});

const unknown: readonly (readonly [string, string])[] = [
  [
    'cooldwn = 1',
    '1:1: Unsupported argument; An argument named "cooldwn" is not expected here. Did you mean "cooldown"?',
  ],
  ['zebra = 1', '1:1: Unsupported argument; An argument named "zebra" is not expected here.'],
  [
    'policy = {}',
    '1:1: Unsupported argument; An argument named "policy" is not expected here. Did you mean to define a block of type "policy"?',
  ],
  ['polcy {}', '1:1: Unsupported block type; Blocks of type "polcy" are not expected here. Did you mean "policy"?'],
  [
    'min {}',
    '1:1: Unsupported block type; Blocks of type "min" are not expected here. Did you mean to define argument "min"? If so, use the equals sign to assign it a value: min = …',
  ],
  [
    'min {\n  a = 1\n}',
    '1:1: Unsupported block type; Blocks of type "min" are not expected here. Did you mean to define argument "min"? If so, use the equals sign to assign it a value: min = { … }',
  ],
  ['policy "x" {}', '1:8: Extraneous label for policy; No labels are expected for policy blocks.'],
  ['check "a" "b" {}', '1:11: Extraneous label for check; Only 1 labels (name) are expected for check blocks.'],
  ['check {}', '1:7: Missing name for check; All check blocks must have 1 labels (name).'],
  ['volume "x" {}', '1:12: Missing name for volume; All volume blocks must have 2 labels (type, name).'],
];

test('what the shape does not know is reported with the nearest known name', () => {
  for (const [text, error] of unknown) assert.deepEqual(content(`${text}\n`).errors, [`web.hcl:${error}`], text);
});

test('a name that is in use already is not suggested', () => {
  const { errors } = content('cooldown = 1\ncooldwn = 2\n');
  assert.deepEqual(errors, ['web.hcl:2:1: Unsupported argument; An argument named "cooldwn" is not expected here.']);
});

test('a body of attributes alone reports blocks and gives attributes in order', () => {
  const { body } = parseHcl(new Source('web.hcl', 'b = 1\nx "y" {}\na = 2\n'));
  const found: string[] = [];
  const attributes = body.attributes((one) => found.push(formatDiagnostic(one)));
  assert.deepEqual(
    attributes.map(({ name }) => name),
    ['b', 'a'],
  );
  assert.deepEqual(found, ['web.hcl:2:1: Unexpected "x" block; Blocks are not allowed here.']);
});

test('places of names, values, entries, blocks and of what is missing', () => {
  const text = 'check "a" {\n  min = { x = 1, "y" = [2, 3] }\n}\n';
  const { blocks } = content(text);
  const [block] = blocks;
  assert.ok(block);
  const at = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
  assert.equal(at(block.range), 'check "a"');
  assert.deepEqual(block.labelRanges.map(at), ['"a"']);
  assert.equal(block.body.missingRange.start, text.indexOf('{'));
  const [min] = block.body.attributes(() => undefined);
  assert.ok(min);
  assert.equal(at(min.nameRange), 'min');
  assert.equal(at(min.valueRange), '{ x = 1, "y" = [2, 3] }');
  assert.equal(at(min.rangeOf('y') ?? assert.fail()), '"y" = [2, 3]');
  assert.equal(min.rangeOf('z'), undefined);
});

test('one tree is decoded many times, under different scopes', () => {
  const { body } = parseHcl(new Source('web.hcl', 'min = n\n'));
  const read = (n: number) =>
    body
      .withScope({ variables: new Map([['n', n]]) })
      .attributes(() => undefined)[0]
      ?.evaluate(() => undefined);
  assert.deepEqual([read(1), read(2)], [1, 2]);
});

test('a body can be walked without a shape, blocks and attributes in document order', () => {
  assert.deepEqual(walk('job "a" {\n  meta { x = 1 }\n  n = [true]\n  group b c {}\n}\n'), [
    [
      'job',
      'a',
      [
        ['meta', [['x', 1]]],
        ['n', [true]],
        ['group', 'b', 'c', []],
      ],
    ],
  ]);
});

guardStackTraces();
