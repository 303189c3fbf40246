/** The pages of docs/ and the sources say the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundledPlugins } from '../../src/builtin.ts';
import { formatDiagnostic, Source } from '../../src/lib/source.ts';
import { defaultBlocks } from '../../src/plugin-manager/catalog.ts';
import { readSchemas } from '../../src/plugin-manager/schemas.ts';
import { decodePolicyFile } from '../../src/policy/decode.ts';
import { fakeShelf } from '../support/plugin-fakes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = (name: string) => readFileSync(`${root}docs/${name}`, 'utf8');

/** Of the agent and its plugins; the embedded Nomad and OpenStack answer in the words of the real ones, and templates are for others to fill. */
const sources = ['src', 'plugins'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        name.endsWith('.ts') && !/^(?:nomad|openstack)-server|generated|^commands\/plugin\/template\//.test(name),
    )
    .map((name) => readFileSync(`${root}${folder}/${name}`, 'utf8')),
);

const found = (form: RegExp) => new Set(sources.flatMap((text) => [...text.matchAll(form)].map(([, name]) => name)));

/** What stands in backticks in the first column of a part's tables. */
function listed(text: string, from: string, to?: string): ReadonlySet<string | undefined> {
  const [, part = ''] = text.split(`\n## ${from}\n`);
  const rows = (to === undefined ? part : (part.split(`\n## ${to}\n`)[0] ?? '')).match(/^\| `[^|]*\|/gm) ?? [];
  return new Set(rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
}

test('every error code of the sources is on the page of operations, and no other', () => {
  const codes = found(/\b(?:usageError|AutoscalerError|super|remote)\(\s*'([a-z]+(?:_[a-z]+)*)'/g);
  assert.ok(codes.size > 35);
  assert.deepEqual([...listed(page('operations.md'), 'Errors')].sort(), [...codes].sort());
});

test('every metric of our own is on the page of operations, and no other', () => {
  const names = found(/(?:\.(?:gauge|counter|sample)|#count)\('([a-z_.]+)'/g);
  assert.ok(names.size > 15);
  assert.deepEqual([...listed(page('operations.md'), 'Telemetry', 'Errors')].sort(), [...names].sort());
});

test('every path of the HTTP API is on the page of operations, and no other', () => {
  const paths = new Set([
    '/v1/health',
    ...found(/\broute\(\['GET'\], '([^']+)'|\broute\(\['PUT', 'POST'\], '([^']+)'/g),
  ]);
  paths.delete(undefined);
  paths.add('/v1/agent/reload');
  assert.ok(paths.size > 8);
  assert.deepEqual([...listed(page('operations.md'), 'HTTP API', 'Telemetry')].sort(), [...paths].sort());
});

test('the policies on the page of policies are sound, and their keys are known', async () => {
  const settings = { defaultCooldownMs: 1, defaultEvaluationIntervalMs: 1000, nomadApms: new Set(['nomad-apm']) };
  const plugins = await readSchemas(defaultBlocks, fakeShelf({}, bundledPlugins(process.execPath)));
  const examples = [...page('policy.md').matchAll(/```hcl\n([\s\S]*?)```/g)];
  assert.ok(examples.length > 0);
  for (const [, text = ''] of examples) {
    const { policies, diagnostics } = decodePolicyFile(new Source('policy.md', text), {
      settings,
      plugins,
      strict: true,
    });
    assert.deepEqual(diagnostics.map(formatDiagnostic), []);
    assert.equal(policies.length, 1);
  }
});
