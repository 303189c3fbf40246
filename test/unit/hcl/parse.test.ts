import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFunctions } from '../../../src/hcl/functions.ts';
import { parseFile } from '../../../src/hcl/parse.ts';
import { formatDiagnostic, Source } from '../../../src/lib/source.ts';

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

test('a policy file is read through the seam, in native syntax and in JSON', () => {
  assert.equal(query('web.hcl', native), '{"a":null,"b":[1,2.5]}');
  assert.equal(query('web.json', json), '{"a":1}');
});

test('at the end of this file stack traces have their usual length', () => {
  assert.equal(Error.stackTraceLimit, 10);
});
