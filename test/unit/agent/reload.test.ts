import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../../../src/agent/config.ts';
import { needsRestart } from '../../../src/agent/restart.ts';
import { fixedPolicy, started, startTestAgent } from '../../support/agent.ts';

test('agent #A80: a configuration that does not hold changes nothing and is told', async (t) => {
  const agent = await started(
    await startTestAgent(t, { files: { 'agent.hcl': '', 'web.hcl': fixedPolicy('web', 1) } }),
  );
  agent.write('agent.hcl', 'colour = 1\n');
  agent.signal('SIGHUP');
  await agent.until(
    () => agent.told(/\[ERROR\] agent: failed to reload Autoscaler configuration: error=.*agent\.hcl:1:1: /) === 1,
  );
  const answer = await agent.ask('PUT', '/v1/agent/reload');
  assert.equal(answer.status, 400);
  assert.match(answer.body, /agent\.hcl:1:1: Unsupported argument/);
  const ready = JSON.parse((await agent.ask('GET', '/v1/ready')).body);
  assert.equal(ready.status, 'degraded');
  assert.match(ready.problems[0], /^the configuration was not reloaded: /);
  assert.equal(JSON.parse((await agent.ask('GET', '/v1/policies')).body).length, 1);
  agent.write('agent.hcl', '');
  assert.equal((await agent.ask('PUT', '/v1/agent/reload')).status, 200);
  assert.equal(JSON.parse((await agent.ask('GET', '/v1/ready')).body).status, 'ready');
});

test('agent #A81: a reload starts what was added and stops what is gone', async (t) => {
  const apm = (label: string) => `apm "${label}" {\n  driver = "nomad-apm"\n}\n`;
  const agent = await started(await startTestAgent(t, { files: { 'agent.hcl': apm('one') } }));
  const labels = async () =>
    JSON.parse((await agent.ask('GET', '/v1/plugins')).body).map(({ label }: { label: string }) => label);
  assert.ok((await labels()).includes('one'));
  agent.write('agent.hcl', apm('two'));
  agent.signal('SIGHUP');
  await agent.until(async () => (await labels()).includes('two'));
  assert.ok(!(await labels()).includes('one'));
  assert.equal(agent.told(/shutting down plugin: plugin_name=one$/), 1);
  assert.equal(agent.told(/successfully launched and dispensed plugin: plugin_name=two$/), 1);
});

test('flags stay on top of the files at a reload', async (t) => {
  const flags = { logLevel: 'debug', policySources: { nomad: false } };
  const agent = await started(await startTestAgent(t, { files: { 'agent.hcl': 'log_level = "error"' }, flags }));
  assert.equal((await agent.ask('PUT', '/v1/agent/reload')).status, 200);
  assert.equal(agent.told(/\[DEBUG\] agent: reloading plugins$/), 1);
});

test('the log level and the defaults of policies follow a reload', async (t) => {
  const policy = fixedPolicy('web', 1).replace('cooldown = "1h"', '');
  const agent = await started(await startTestAgent(t, { files: { 'agent.hcl': '', 'web.hcl': policy } }));
  const cooldown = async () => {
    const [{ id }] = JSON.parse((await agent.ask('GET', '/v1/policies')).body);
    return JSON.parse((await agent.ask('GET', `/v1/policies/${id}`)).body).cooldown;
  };
  assert.equal(await cooldown(), '5m0s');
  agent.write('agent.hcl', 'log_level = "trace"\npolicy {\n  default_cooldown = "7m"\n}\n');
  assert.equal((await agent.ask('POST', '/v1/agent/reload')).status, 200);
  await agent.until(async () => (await cooldown()) === '7m0s');
  await agent.until(() => agent.told(/\[TRACE\] agent\.http_server: request complete/) > 0);
});

test('reloads that come together are done together, one after the other', async (t) => {
  const agent = await started(await startTestAgent(t));
  const answers = await Promise.all(Array.from({ length: 5 }, () => agent.ask('PUT', '/v1/agent/reload')));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const times = agent.told(/reloading Autoscaler configuration$/);
  assert.ok(times >= 1 && times <= 5, String(times));
});

test('a reload before the start is over is refused, not forgotten in silence', async (t) => {
  const agent = await startTestAgent(t);
  agent.signal('SIGHUP');
  await started(agent);
  assert.equal(agent.told(/caught signal: signal=hangup/), 1);
  assert.equal(agent.told(/failed to reload Autoscaler configuration: error="the agent is still starting"$/), 1);
  assert.equal((await agent.ask('GET', '/v1/health')).status, 200);
});

test('settings that only a start can change are named', () => {
  const before = defaultConfig('/');
  const after = { ...before, logJson: true, http: { ...before.http, bindPort: 1 }, logLevel: 'debug' };
  assert.deepEqual(needsRestart(before, after), [
    'http changed; this takes effect with the next start',
    'log_json changed; this takes effect with the next start',
  ]);
});
