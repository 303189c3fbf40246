import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder, fromSource, pluginCommand } from '../../../support/plugin-command.ts';

test('a target goes through its rules, and nothing is scaled', async (t) => {
  const line = ['test', ...fromSource('noop-target'), '-policy', 'count=3', '-config=color=red'];
  const more = ['-bad-config=refuse=no', '-bad-policy=misbehave=fail', '-absent=misbehave=absent'];
  const { code, stdout, stderr } = await pluginCommand(emptyFolder(t), [...line, ...more]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^noop-target \(target\): /);
  assert.match(stdout, /^Each rule starts it anew and gives it color\.$/m);
  assert.match(stdout, /with count in its block, and a dry run \(count -1\) is ordered, which must change nothing\.$/m);
  assert.match(stdout, /^Nothing is scaled\.$/m);
  assert.match(stdout, /^pass {2}it refuses a bad configuration, and goes on with the one that it had$/m);
  assert.match(stdout, /^pass {2}asked to shut down, it ends by itself and with status 0$/m);
  assert.match(stdout, /^pass {2}a target that does not exist has no status, which is no error$/m);
  assert.match(stdout, /^skip {2}it scales to a count, .*: nothing is to be scaled$/m);
  assert.match(stdout, /^\d+ passed, 0 failed, 1 skipped, in [\d.]+ s$/m);
});

test('a dry run can be left out, and scaling be allowed', async (t) => {
  const line = ['test', '-dry-run=false', '-scale=2', '-policy=count=3', ...fromSource('noop-target')];
  const { code, stdout } = await pluginCommand(emptyFolder(t), line);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /is ordered/);
  assert.match(stdout, /^Then it is scaled to 2 FOR REAL, and back to what it was\.$/m);
  assert.match(stdout, /^skip {2}a dry run changes nothing: dry runs are not wanted$/m);
  assert.match(stdout, /^pass {2}it scales to a count, /m);
});

test('a rule that fails says why, with what the plugin said last; without the basis the rest is skipped', async (t) => {
  const line = ['test', ...fromSource('noop-target'), '-policy=misbehave=fail'];
  const { code, stdout } = await pluginCommand(emptyFolder(t), line);
  assert.equal(code, 1);
  assert.match(stdout, /^pass {2}it says who it is$/m);
  assert.match(stdout, /^FAIL {2}it works with the settings that it is given: .*as you wish$/m);
  assert.match(stdout, /^skip {2}a dry run changes nothing: it does not work with these settings$/m);
  assert.match(stdout, /^1 passed, 1 failed, \d+ skipped/m);
});

test('an APM without a query is asked nothing; with one it is', async (t) => {
  const folder = emptyFolder(t);
  const without = await pluginCommand(folder, ['test', ...fromSource('noop-apm')]);
  assert.match(without.stdout, /^No -query is given: it is asked nothing\.$/m);
  assert.match(without.stdout, /^skip {2}a query gives points in time: no query is given$/m);
  const queries = ['-query=fixed:5', '-bad-query=odd:1', '-empty-query=random:0:0', '-window=10s'];
  const { code, stdout } = await pluginCommand(folder, ['test', ...fromSource('noop-apm'), ...queries]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^It is asked "fixed:5"\.$/m);
  assert.match(stdout, /^pass {2}a query without data gives no points/m);
});

test('the operator’s own files say what the plugin is given', async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(
    join(folder, 'agent.hcl'),
    'target "mine" {\n  driver = "noop-target"\n  config = { color = "red" }\n}\n',
  );
  writeFileSync(
    join(folder, 'web.hcl'),
    `scaling "web" {
  enabled = true
  min = 1
  max = 2
  policy {
    check "c" {
      strategy "fixed-value" {
        value = 1
      }
    }
    target "mine" {
      count = 7
    }
  }
}
`,
  );
  const line = ['test', ...fromSource('noop-target'), '-config=agent.hcl', '-policy=web.hcl'];
  const { code, stdout } = await pluginCommand(folder, line);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /gives it color, nomad_address, nomad_block-query-wait-time\.$/m);
  assert.match(stdout, /with count in its block/);
  const other = await pluginCommand(folder, ['test', ...fromSource('noop-strategy'), '-config=agent.hcl']);
  assert.match(other.stderr, /^Error: DIR\/agent\.hcl: there is no strategy block with driver = "noop-strategy"$/m);
});

test('a plugin whose executable has another name is found out: an agent would refuse it', async (t) => {
  const folder = emptyFolder(t);
  const [node = '', ...args] = fromSource('noop-strategy').map((arg) => arg.replace('-args=', ''));
  writeFileSync(join(folder, 'other'), `#!/bin/sh\nexec ${node} ${args.join(' ')}\n`);
  chmodSync(join(folder, 'other'), 0o755);
  const { code, stdout } = await pluginCommand(folder, ['test', 'other']);
  assert.equal(code, 1);
  assert.match(stdout, /^FAIL {2}it says who it is: .*'noop-strategy'.*'other'/m);
});
