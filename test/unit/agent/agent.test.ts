import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { usageError } from '../../../src/lib/error.ts';
import { fakeTarget, fixedPolicy, started, startTestAgent } from '../../support/agent.ts';
import { startNomad } from '../../support/embedded-nomad.ts';

test('an agent runs policies, tells of them, and stops with status 0', async (t) => {
  const agent = await started(await startTestAgent(t, { files: { 'web.hcl': fixedPolicy('web', 3) } }));
  await agent.until(() => agent.target.scaledTo.length > 0);
  assert.deepEqual(agent.target.scaledTo, [3]);
  const [policy] = JSON.parse((await agent.ask('GET', '/v1/policies')).body);
  assert.equal(policy.name, 'web');
  const details = JSON.parse((await agent.ask('GET', `/v1/policies/${policy.id}`)).body);
  await agent.until(async () => {
    const { ticks } = JSON.parse((await agent.ask('GET', `/v1/policies/${policy.id}`)).body);
    return ticks.some((tick: { result: string }) => tick.result === 'scaled');
  });
  assert.equal(details.target.config.Job, 'web');
  agent.signal('SIGTERM');
  assert.equal(await agent.ended, 0);
  assert.equal(agent.told(/\[INFO\] {2}agent: caught signal: signal=terminated$/), 1);
  assert.equal(agent.told(/\[INFO\] {2}agent\.plugin_manager: shutting down plugin: plugin_name=threshold$/), 1);
});

test('agent #A89: the log begins with the banner', async (t) => {
  const agent = await started(await startTestAgent(t));
  assert.deepEqual(agent.lines().slice(0, 11), [
    '[INFO]  agent: starting Nomad Autoscaler agent',
    '[INFO]  agent: Nomad Autoscaler agent configuration:',
    '[INFO]  agent',
    '[INFO]  agent:         Bind Addrs: 127.0.0.1',
    '[INFO]  agent:  High Availability: false',
    '[INFO]  agent:          Log Level: info',
    `[INFO]  agent:            Plugins: ${agent.dir}`,
    `[INFO]  agent:           Policies: ${agent.dir}/policies`,
    '[INFO]  agent:            Version: v0.5.0-dev',
    '[INFO]  agent',
    '[INFO]  agent: Nomad Autoscaler agent started! Log data will stream in below',
  ]);
  assert.equal(
    agent.told(/^\[INFO\] {2}agent\.http_server: server now listening for connections: address=127\.0\.0\.1:\d+$/),
    1,
  );
});

test('in JSON the banner is three lines', async (t) => {
  const agent = await started(await startTestAgent(t, { flags: { logJson: true } }));
  const records = agent.lines().map((line) => JSON.parse(line));
  assert.deepEqual(
    records.slice(0, 3).map((record) => record['@message']),
    [
      'starting Nomad Autoscaler agent',
      'Nomad Autoscaler agent configuration',
      'Nomad Autoscaler agent started! Log data will stream in below',
    ],
  );
  assert.equal(records[1].high_availability, 'false');
});

test('agent #A64: the plugins that are there by default all load', async (t) => {
  const agent = await started(await startTestAgent(t));
  const plugins = JSON.parse((await agent.ask('GET', '/v1/plugins')).body);
  assert.equal(plugins.length, 6);
  for (const { state } of plugins) assert.equal(state, 'running');
});

test('agent #A78, #A87: without a source the plugins are stopped again, then comes the error and status 1', async (t) => {
  for (const flags of [
    { policySources: { nomad: false, file: false } },
    { policySources: { nomad: false }, policy: { dir: '' } },
  ]) {
    const agent = await startTestAgent(t, { flags });
    assert.equal(await agent.ended, 1);
    assert.equal(agent.told(/shutting down plugin: plugin_name=/), 6);
    assert.equal(
      agent.lines().at(-1),
      '[ERROR] agent: failed to start agent: error="failed to setup policy manager: no policy source available"',
    );
  }
});

test('agent #A79: a port that is taken ends the start', async (t) => {
  const first = await started(await startTestAgent(t));
  const port = Number(first.address.split(':')[1]);
  const second = await startTestAgent(t, { flags: { policySources: { nomad: false }, http: { bindPort: port } } });
  assert.equal(await second.ended, 1);
  assert.equal(
    second.lines().at(-1),
    `[ERROR] agent: failed to setup HTTP getHealth server: error="could not setup HTTP listener: listen tcp 127.0.0.1:${port}: bind: address already in use"`,
  );
});

test('agent #A47, #A89: a Nomad that cannot be reached by its settings ends the start', async (t) => {
  const address = await startTestAgent(t, { flags: { nomad: { address: '\t' } } });
  assert.equal(await address.ended, 1);
  assert.equal(
    address.lines().at(-1),
    `[ERROR] agent: failed to start the nomad client: error="failed to instantiate Nomad client: invalid address '\\t': parse \\"\\t\\": net/url: invalid control character in URL"`,
  );
  const half = await startTestAgent(t, { flags: { nomad: { clientCert: '/x' } } });
  assert.equal(await half.ended, 1);
  assert.match(
    half.lines().at(-1) ?? '',
    /failed to instantiate Nomad client: Both client cert and client key must be provided"$/,
  );
});

test('agent #A66: a plugin that can never work ends the start, all of them in one list', async (t) => {
  const target = fakeTarget();
  target.refuses = usageError('invalid', '"address" config value cannot be empty');
  const agent = await startTestAgent(t, { target });
  assert.equal(await agent.ended, 1);
  assert.equal(agent.told(/^ {2}\| failed to setup plugins: 6 errors occurred:$/), 1);
  assert.equal(
    agent.told(/^ {2}\| \\t\* failed to set config on plugin nomad-apm: "address" config value cannot be empty$/),
    1,
  );
});

test('agent #A51: plugins are given the agent’s way to Nomad', async (t) => {
  const agent = await started(
    await startTestAgent(t, { env: { NOMAD_TOKEN: 'hush', NOMAD_ADDR: 'http://nomad:4646' } }),
  );
  assert.equal(agent.target.configs[0]?.['nomad_token'], 'hush');
  assert.equal(agent.target.configs[0]?.['nomad_address'], 'http://nomad:4646');
  assert.equal(agent.told(/hush/), 0);
});

test('SIGUSR1 prints the finished intervals and nothing else happens', async (t) => {
  const agent = await started(await startTestAgent(t));
  agent.signal('SIGUSR1');
  assert.equal(agent.told(/caught signal/), 0);
  assert.equal((await agent.ask('GET', '/v1/health')).status, 200);
});

test('a broken policy file degrades and keeps its last good policies', async (t) => {
  const agent = await started(await startTestAgent(t, { files: { 'web.hcl': fixedPolicy('web', 1) } }));
  agent.write('policies/web.hcl', fixedPolicy('web', 1).replace('min = 1', 'colour = 1'));
  await agent.until(async () => JSON.parse((await agent.ask('GET', '/v1/ready')).body).status === 'degraded');
  const { problems } = JSON.parse((await agent.ask('GET', '/v1/health?details')).body);
  assert.match(problems.join('\n'), /web\.hcl:3:3: /);
  assert.equal(JSON.parse((await agent.ask('GET', '/v1/policies')).body).length, 1);
});

test('what is wrong with a target degrades as long as its status says so', async (t) => {
  const target = fakeTarget();
  const agent = await started(await startTestAgent(t, { target, files: { 'web.hcl': fixedPolicy('web', 1) } }));
  const ready = async () => JSON.parse((await agent.ask('GET', '/v1/ready')).body);
  target.problem = 'pool web: no node has node_class=web';
  await agent.until(async () => (await ready()).status === 'degraded');
  assert.deepEqual((await ready()).problems, ['pool web: no node has node_class=web']);
  target.problem = undefined;
  await agent.until(async () => (await ready()).status === 'ready');
});

test('a stop waits for a scaling that runs, and a second signal does not', async (t) => {
  const target = fakeTarget();
  const gate = Promise.withResolvers<void>();
  target.scaling = gate.promise;
  const agent = await started(await startTestAgent(t, { target, files: { 'web.hcl': fixedPolicy('web', 3) } }));
  const isScaling = async () => JSON.parse((await agent.ask('GET', '/v1/policies')).body)[0].phase === 'scaling';
  await agent.until(isScaling);
  agent.signal('SIGINT');
  assert.equal((await agent.ask('GET', '/v1/health')).status, 503);
  assert.equal(JSON.parse((await agent.ask('GET', '/v1/ready')).body).status, 'stopping');
  agent.signal('SIGINT');
  assert.equal(await agent.ended, 1);
  assert.equal(agent.told(/\[WARN\] {2}agent: leaving at once: still_scaling=\["web"\]$/), 1);
  gate.resolve();
});

test('a signal while it starts ends it in order', async (t) => {
  const agent = await startTestAgent(t);
  agent.signal('SIGTERM');
  assert.equal(await agent.ended, 0);
});

const inElection = (address: string, lockTtlMs = 10_000) => ({
  ...{ nomad: { address }, policySources: { nomad: false } },
  highAvailability: { enabled: true, lockTtlMs },
});

test('agent #A69, #A70, #A71: of two agents one works, and gives the lead back when it stops', async (t) => {
  const nomad = await startNomad();
  t.after(() => nomad.close());
  const files = { 'web.hcl': fixedPolicy('web', 3) };
  const first = await started(await startTestAgent(t, { files, flags: inElection(nomad.address) }));
  await first.until(() => first.target.scaledTo.length > 0);
  const second = await started(await startTestAgent(t, { files, flags: inElection(nomad.address) }));
  assert.equal(JSON.parse((await second.ask('GET', '/v1/ready')).body).status, 'standby');
  assert.equal((await second.ask('GET', '/v1/health')).status, 200);
  assert.deepEqual(JSON.parse((await second.ask('GET', '/v1/plugins')).body), []);
  assert.equal((await second.ask('PUT', '/v1/agent/reload')).status, 200);
  await second.until(() => second.told(/standing by: another agent leads$/) === 1);
  assert.equal(
    second.told(
      /running in HA mode: lock_namespace=default lock_path=nomad-autoscaler\/lock lock_ttl=10s lock_delay=30s$/,
    ),
    1,
  );
  first.signal('SIGTERM');
  assert.equal(await first.ended, 0);
  assert.deepEqual(second.target.scaledTo, []);
  const lock = await nomad.call('GET', '/v1/var/nomad-autoscaler/lock');
  assert.equal(lock.Lock, undefined);
});

test('who stands by follows a reload: it asks with the new token, and leads by the new configuration', async (t) => {
  const asked: string[] = [];
  let isFree = false;
  const nomad = createServer((request, response) => {
    asked.push(`${/lock-\w+/.exec(request.url ?? '')} ${request.headers['x-nomad-token']}`);
    response.writeHead(isFree ? 200 : 409).end(JSON.stringify({ Lock: { ID: 'l1' } }));
  });
  await new Promise<void>((resolve) => nomad.listen(0, '127.0.0.1', resolve));
  t.after(() => nomad.close());
  const configuration = (token: string, labels: readonly string[]) =>
    [`nomad {\n  token = "${token}"\n}`, ...labels.map((label) => `apm "${label}" {\n  driver = "nomad-apm"\n}`)].join(
      '\n',
    );
  const clock = virtualClock();
  const agent = await startTestAgent(t, {
    files: { 'agent.hcl': configuration('one', []), 'web.hcl': fixedPolicy('web', 3) },
    flags: inElection(`http://127.0.0.1:${(nomad.address() as AddressInfo).port}`),
    clock,
  });
  const untilAsked = async (what: string) => {
    await agent.until(async () => {
      await clock.advance(100);
      return asked.includes(what);
    });
  };
  await untilAsked('lock-acquire one');
  await agent.until(() => agent.told(/standing by: another agent leads$/) === 1);
  agent.write('agent.hcl', configuration('two', ['later']));
  assert.equal((await agent.ask('PUT', '/v1/agent/reload')).status, 200);
  isFree = true;
  await untilAsked('lock-acquire two');
  await agent.until(async () => {
    const plugins = JSON.parse((await agent.ask('GET', '/v1/plugins')).body);
    return plugins.some(({ label }: { label: string }) => label === 'later');
  });
  await untilAsked('lock-renew two');
  agent.signal('SIGTERM');
  assert.equal(await agent.ended, 0);
  assert.equal(asked.at(-1), 'lock-release two');
});

test('a lock that Nomad would never give ends the start', async (t) => {
  const agent = await startTestAgent(t, { flags: inElection('http://127.0.0.1:9', 9_999) });
  assert.equal(await agent.ended, 1);
  assert.equal(
    agent.lines().at(-1),
    '[ERROR] agent: failed to start locker: error="high_availability.lock_ttl must be between 10s and 24h"',
  );
});
