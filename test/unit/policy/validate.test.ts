import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatDiagnostic } from '../../../src/lib/source.ts';
import { validatePaths } from '../../../src/policy/validate.ts';
import { decodeText, policyText, settings, soundPolicy } from '../../support/policy-file.ts';
import { FakeFolder } from '../../support/policy-files.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

test('files and directories are judged in order, and what cannot be read is said', async () => {
  const folder = new FakeFolder();
  folder.put('policies', { folder: true });
  folder.put('b.hcl', policyText({ head: 'min = 5\nmax = 1' }));
  folder.put('a.hcl', policyText());
  folder.put('notes.txt', 'no policy');
  folder.put('named.policy', policyText({ name: 'named', target: 'target "foreign" {}' }));
  folder.put('secret.hcl', { reading: 'EACCES' });
  const found = await validatePaths(['policies', 'named.policy', 'missing.hcl'], { settings }, folder);
  assert.deepEqual(found.files, ['policies/a.hcl', 'policies/b.hcl', 'named.policy']);
  assert.deepEqual(
    found.policies.map(({ name }) => name),
    ['web', 'named'],
  );
  assert.deepEqual(found.diagnostics.map(formatDiagnostic), [
    'policies/b.hcl:3:7: policy Min must not be greater Max; min is 5 and max is 1: raise max or lower min.',
    'Cannot read; policies/secret.hcl: permission denied; let the user of the agent read it',
    'Cannot read; missing.hcl: no such file or directory',
  ]);
});

test('policies of several files that scale one target are pointed at', async () => {
  const folder = new FakeFolder();
  folder.put('a.hcl', policyText());
  folder.put('b.hcl', policyText({ name: 'again' }));
  const { diagnostics } = await validatePaths(['a.hcl', 'b.hcl'], { settings }, folder);
  assert.match(
    diagnostics.map(formatDiagnostic).join('\n'),
    /^a\.hcl:1:1: Shared target; 2 policies scale nomad-target Namespace=default Job=web Group=app: /,
  );
  assert.equal(diagnostics[0]?.severity, 'warning');
});

const recorded = 'golden/autoscaler';

test('every policy file that upstream ran in the recordings is sound', needsShared(recorded), () => {
  const root = sharedPath(recorded);
  assert.ok(root);
  const files = globSync(`${root}/{policies,seed}/*/policy-*`).filter(
    (file) => !file.endsWith('signals/policy-three.hcl'),
  );
  const policies = files.flatMap((file) => {
    const { broken, policies: ofFile } = decodeText(readFileSync(file, 'utf8'), {}, file);
    assert.deepEqual(broken, [], file);
    return ofFile;
  });
  assert.equal(policies.length, 73);
});

test('a policy that is not enabled is judged here as if it were', async () => {
  const folder = new FakeFolder();
  folder.put('a.hcl', policyText({ head: 'min = 5\nmax = 1' }).replace('enabled = true', 'enabled = false'));
  const { policies, diagnostics } = await validatePaths(['a.hcl'], { settings }, folder);
  assert.deepEqual([policies, diagnostics.map(({ severity }) => severity)], [[], ['error']]);
});

test('unknown settings always fail here', async () => {
  const folder = new FakeFolder();
  folder.put('a.hcl', policyText());
  const plugins = {
    policyConfig: () => () => [{ kind: 'unknown', key: 'target', detail: 'unknown key "target"' } as const],
  };
  const { diagnostics } = await validatePaths(['a.hcl'], { settings, plugins }, folder);
  assert.ok(diagnostics.length > 0 && diagnostics.every(({ severity }) => severity === 'error'));
});

const examples = fileURLToPath(new URL('../../../policies/', import.meta.url));

test('every example policy is sound and begins with a comment that says what it is for', async () => {
  const names = readdirSync(examples).filter((name) => name.endsWith('.hcl'));
  assert.ok(names.length >= 5);
  for (const name of names) {
    const text = readFileSync(examples + name, 'utf8');
    assert.match(text, /^# \S/, name);
    assert.ok(soundPolicy(text.replace('enabled = false', 'enabled = true')), name);
  }
  const { diagnostics } = await validatePaths([examples], { settings });
  assert.deepEqual(diagnostics.map(formatDiagnostic), []);
});
