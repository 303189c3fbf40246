import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFunctions } from '../../../src/hcl/functions.ts';
import { parseFile, parseHcl } from '../../../src/hcl/parse.ts';
import { formatDiagnostic, Source } from '../../../src/lib/source.ts';
import { errorsOf, evaluated, guardStackTraces } from '../../support/hcl.ts';

const native = `
scaling "web" {
  enabled = true
  policy {
    check "cpu" {
      query = jsonencode({ b = [1, 2.5], a = null })
    }
  }
}
`;

const json = `{"//": "a comment", "scaling": {"web": [{"enabled": true, "policy": {"check": {"cpu": {"query": "\${jsonencode({a = 1})}"}}}}]}}`;

const shapes = {
  file: { attributes: [], blocks: [{ type: 'scaling', labels: ['name'] }] },
  scaling: { attributes: ['enabled'], blocks: [{ type: 'policy', labels: [] }] },
  policy: { attributes: [], blocks: [{ type: 'check', labels: ['name'] }] },
  check: { attributes: ['query'], blocks: [] },
};

function query(name: string, text: string): unknown {
  const problems: string[] = [];
  const report = (diagnostic: Parameters<typeof formatDiagnostic>[0]) => problems.push(formatDiagnostic(diagnostic));
  const { body, diagnostics } = parseFile(new Source(name, text), { functions: policyFunctions });
  diagnostics.forEach(report);
  const scaling = body.content(shapes.file, report).blocks[0]?.body.content(shapes.scaling, report);
  const check = scaling?.blocks[0]?.body.content(shapes.policy, report).blocks[0];
  const value = check?.body.content(shapes.check, report).attributes.get('query')?.evaluate(report);
  assert.deepEqual(problems, []);
  assert.deepEqual(check?.labels, ['cpu']);
  return value;
}

test('a policy file is read by a schema, in native syntax and in JSON', () => {
  assert.equal(query('web.hcl', native), '{"a":null,"b":[1,2.5]}');
  assert.equal(query('web.json', json), '{"a":1}');
});

test('the name of a file decides its syntax, whatever the case of its suffix', () => {
  const syntaxOf = (name: string) => parseFile(new Source(name, '{}')).diagnostics.length === 0;
  assert.deepEqual(['a.json', 'a.JSON', 'a.hcl', 'a.nomad', 'json'].map(syntaxOf), [true, true, false, false, false]);
});

test('a text that a web page has wrapped is read when that is asked for', () => {
  const text = 'job "docs" {\n  region\n  =\n  "us"\n  count =\n    5\n}\n';
  const read = (reflowed: boolean) => parseHcl(new Source('docs.nomad', text), {}, { reflowed });
  assert.deepEqual(read(true).diagnostics, []);
  const [job] = read(true).body.items();
  const attributes = job !== undefined && 'body' in job ? job.body.attributes(() => undefined) : [];
  assert.deepEqual(
    attributes.map((one) => [one.name, one.evaluate(() => undefined)]),
    [
      ['region', 'us'],
      ['count', 5],
    ],
  );
  assert.notDeepEqual(read(false).diagnostics, []);
});

test('one expression is evaluated by itself, and nothing may follow it', () => {
  assert.deepEqual(evaluated('[1,\n"a"]'), [1, 'a']);
  assert.deepEqual(errorsOf('1 2'), [
    't.hcl:1:3: Extra characters after expression; An expression was successfully parsed, but extra characters were found after it.',
  ]);
  assert.deepEqual(errorsOf(''), [
    't.hcl:1:1: Missing expression; Expected the start of an expression, but found the end of the file.',
  ]);
});

guardStackTraces();
