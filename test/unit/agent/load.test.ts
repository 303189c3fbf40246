import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAgentConfig } from '../../../src/agent/load.ts';
import { bundledPlugins } from '../../../src/builtin.ts';
import { explain } from '../../../src/lib/error.ts';
import { fixedPolicy, started, startTestAgent } from '../../support/agent.ts';
import { configReader } from '../../support/config-reader.ts';

const parts = { bundled: bundledPlugins('node'), findExecutable: async () => undefined, env: {} };

const load = (text: string) =>
  loadAgentConfig({ paths: ['agent.hcl'], flags: {}, cwd: '/run' }, parts, configReader({ 'agent.hcl': text }));

const twoBlocks = `
apm "metrics" {
  driver = "prometheus"
  config = {
    Address = "http://metrics.example"
    adress  = "http://x.example"
  }
}
target "cloud" {
  driver = "foreign"
  config = { adress = "passes" }
}
`;

test('keys that a plugin does not know are warnings with their place; those of a foreign plugin pass', async () => {
  const { config, warnings } = await load(twoBlocks);
  assert.deepEqual(warnings, [
    'agent.hcl:5:5: plugin "metrics" (apm): "Address" is taken as "address"; write "address"',
    'agent.hcl:6:5: plugin "metrics" (apm): unknown key "adress"; did you mean "address"?',
  ]);
  assert.deepEqual(config.policy.strict, false);
});

test('with strict they keep the configuration from holding; a misspelled one does not', async () => {
  const strict = 'policy {\n  strict = true\n}\n';
  await assert.rejects(load(`${strict}${twoBlocks}`), (error) => {
    const expected =
      'invalid configuration. 1 error occurred:\n\t* agent.hcl:9:5: plugin "metrics" (apm): unknown key "adress"; did you mean "address"?\n\n';
    assert.equal(explain(error), expected);
    return true;
  });
  const { warnings } = await load(`${strict}${twoBlocks.replace(/^ *adress.*\n/m, '')}`);
  assert.equal(warnings.length, 1);
});

test('a block that cannot run in that way is left to its start', async () => {
  const text = 'target "cloud" {\n  driver = "foreign"\n  isolation = "in-process"\n  config = { a = "b" }\n}\n';
  assert.deepEqual((await load(text)).warnings, []);
});

test('strict reaches the policies, also by a reload: an unknown setting is a problem and no warning', async (t) => {
  const text = fixedPolicy('web', 1).replace('value = 1', 'value = 1\n        colour = "red"');
  const agent = await started(await startTestAgent(t, { files: { 'agent.hcl': '', 'web.hcl': text } }));
  const ready = async () => JSON.parse((await agent.ask('GET', '/v1/ready')).body);
  const { status, problems, warnings } = await ready();
  assert.deepEqual([status, problems], ['ready', []]);
  assert.match(warnings.join(), /web\.hcl:12:9: Unknown setting; unknown key "colour"$/);
  agent.write('agent.hcl', 'policy {\n  strict = true\n}\n');
  assert.equal((await agent.ask('PUT', '/v1/agent/reload')).status, 200);
  const after = await ready();
  assert.equal(after.status, 'degraded');
  assert.match(after.problems.join(), /web\.hcl:12:9: Unknown setting; unknown key "colour"$/);
});

test('a label that leads to no plugin is a warning as soon as the policy is read', async (t) => {
  const text = fixedPolicy('web', 1).replace('"fixed-value"', '"fixed-valeu"');
  const agent = await started(await startTestAgent(t, { files: { 'web.hcl': text } }));
  const [policy] = JSON.parse((await agent.ask('GET', '/v1/policies')).body);
  assert.match(policy.warnings.join(), /web\.hcl:10:7: Unknown strategy plugin; .*did you mean "fixed-value"\?$/);
});
