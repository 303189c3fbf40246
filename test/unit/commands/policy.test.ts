import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runPolicyCommand } from '../../../src/commands/policy.ts';
import type { PluginDefinition } from '../../../src/model/plugin.ts';
import { fixedPolicy } from '../../support/agent.ts';
import { keptTerminal } from '../../support/agent-terminal.ts';

/** A target that knows the keys `Job` and `Group`. */
const target: PluginDefinition = {
  name: 'nomad-target',
  type: 'target',
  usesNomad: true,
  checkAgentConfig: () => [],
  checkPolicyConfig: (config) =>
    Object.keys(config)
      .filter((key) => key !== 'Job' && key !== 'Group')
      .map((key) => ({ kind: 'unknown' as const, key, detail: `There is no key "${key}".` })),
  open: () => assert.fail('must not be opened'),
};

async function validate(t: TestContext, files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'policy-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const { terminal, stdout, stderr } = keptTerminal();
  const bundled = [
    { driver: target.name, type: target.type, load: async () => target, command: { path: 'x', args: [] } },
  ];
  const paths = args.map((arg) => arg.replace('DIR', dir));
  const code = await runPolicyCommand(paths, { terminal, cwd: dir, bundled, findExecutable: async () => undefined });
  return { code, stdout: stdout(), stderr: stderr().replaceAll(dir, 'DIR') };
}

test('sound files are counted, and the status is 0', async (t) => {
  const files = { 'a.hcl': fixedPolicy('a', 1), 'b.hcl': fixedPolicy('b', 1), 'notes.txt': 'no policy' };
  const { code, stdout } = await validate(t, files, 'validate', 'DIR');
  assert.deepEqual([code, stdout], [0, '2 files, 2 enabled policies: valid\n']);
});

test('every error of every file is told with its place, and the status is 1', async (t) => {
  const files = { 'a.hcl': fixedPolicy('a', 1, 'colour = 1'), 'b.hcl': 'scaling "b" {' };
  const { code, stdout, stderr } = await validate(t, files, 'validate', 'DIR/a.hcl', 'DIR/b.hcl');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^Error: DIR\/a\.hcl:8:5: /m);
  assert.match(stderr, /^Error: DIR\/b\.hcl:1:13: Unclosed configuration block/m);
});

test('a key that the plugin does not know is an error here', async (t) => {
  const file = fixedPolicy('a', 1).replace('Job =', 'Jbo =');
  const { code, stderr } = await validate(t, { 'a.hcl': file }, 'validate', 'DIR/a.hcl');
  assert.equal(code, 1);
  assert.match(stderr, /^Error: DIR\/a\.hcl:\d+:7: .*"Jbo"/m);
});

test('the configuration tells which plugin a label means', async (t) => {
  const files = {
    'a.hcl': fixedPolicy('a', 1).replace('"nomad-target"', '"mine"').replace('Job =', 'Jbo ='),
    'agent.json': '{"target": {"mine": {"driver": "nomad-target"}}}',
  };
  const own = await validate(t, files, 'validate', '-config', 'DIR/agent.json', 'DIR/a.hcl');
  assert.equal(own.code, 1);
  const foreign = await validate(t, files, 'validate', 'DIR/a.hcl');
  assert.equal(foreign.code, 0);
});

test('what is not there, and what is not asked for, is told', async (t) => {
  assert.match((await validate(t, {}, 'validate', 'DIR/none.hcl')).stderr, /no such file or directory/);
  assert.match((await validate(t, {}, 'validate')).stderr, /name a policy file/);
  assert.equal((await validate(t, {})).code, 127);
});
