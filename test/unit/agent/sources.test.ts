import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { defaultConfig } from '../../../src/agent/config.ts';
import { nomadAccess } from '../../../src/agent/nomad-settings.ts';
import { Sources } from '../../../src/agent/sources.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { CheckConfig, PluginSchemas } from '../../../src/model/plugin.ts';
import { fixedPolicy, started, startTestAgent } from '../../support/agent.ts';
import { serveHttp } from '../../support/nomad-http.ts';
import { pluginWorld } from '../../support/plugin.ts';

const document = {
  ID: '11111111-2222-4333-8444-555555555555',
  Type: 'horizontal',
  Min: 1,
  Max: 9,
  Enabled: true,
  Target: { Namespace: 'default', Job: 'web', Group: 'app' },
  Policy: {
    evaluation_interval: '1s',
    cooldown: '1h',
    check: [{ f: [{ strategy: [{ 'fixed-value': [{ value: '4' }] }] }] }],
  },
  ModifyIndex: 7,
};

/** A Nomad with one job that has a policy; it holds whoever asks for more than it knows. */
async function fakeNomad(t: TestContext) {
  const tokens: (string | undefined)[] = [];
  const urls: string[] = [];
  const { origin } = await serveHttp(t, (request, response) => {
    const url = new URL(request.url ?? '', 'http://nomad');
    tokens.push(request.headers['x-nomad-token']?.toString());
    urls.push(request.url ?? '');
    if (url.pathname === '/v1/scaling/policies' && Number(url.searchParams.get('index') ?? 0) >= 7) return;
    const { Policy, ...stub } = document;
    const body = url.pathname === '/v1/scaling/policies' ? [stub] : { ...stub, Policy };
    response.setHeader('X-Nomad-Index', '7');
    response.end(JSON.stringify(body));
  });
  return { address: origin, tokens, urls };
}

test('policies of Nomad jobs run, and after a reload everybody uses the new token', async (t) => {
  const nomad = await fakeNomad(t);
  const config = (token: string) => `nomad {\n  address = "${nomad.address}"\n  token = "${token}"\n}\n`;
  const flags = { policySources: { nomad: true, file: false } };
  const agent = await started(await startTestAgent(t, { files: { 'agent.hcl': config('old-hush') }, flags }));
  await agent.until(() => agent.target.scaledTo.length > 0);
  assert.deepEqual(agent.target.scaledTo, [4]);
  const [policy] = JSON.parse((await agent.ask('GET', '/v1/policies')).body);
  assert.deepEqual([policy.name, policy.source], ['web/app', 'nomad']);
  assert.deepEqual(new Set(nomad.tokens), new Set(['old-hush']));

  const before = nomad.tokens.length;
  agent.write('agent.hcl', config('new-hush'));
  assert.equal((await agent.ask('PUT', '/v1/agent/reload')).status, 200);
  await agent.until(() => nomad.tokens.length > before);
  assert.deepEqual(new Set(nomad.tokens.slice(before)), new Set(['new-hush']));
  assert.equal(agent.target.configs.at(-1)?.['nomad_token'], 'new-hush');
  assert.equal(agent.told(/hush/), 0);
});

test('a file that scales the group of a job with a policy of its own is pointed at, until it is gone', async (t) => {
  const nomad = await fakeNomad(t);
  const text = fixedPolicy('web', 4).replace('Group = "web"', 'Group = "app"');
  const flags = { policySources: { nomad: true }, nomad: { address: nomad.address } };
  const agent = await started(await startTestAgent(t, { files: { 'web.hcl': text }, flags }));
  const warnings = async () => JSON.parse((await agent.ask('GET', '/v1/ready')).body).warnings.join();
  await agent.until(async () =>
    /web\.hcl:1:1: Shared target; 2 policies scale nomad-target Namespace=default Job=web Group=app: "web" \(.*web\.hcl:1:1\), "web\/app" \(in its job\)\. /.test(
      await warnings(),
    ),
  );
  assert.equal(agent.told(/policy_manager: policy deserves a look: warning=.*Shared target/), 1);
  agent.write('policies/web.hcl', '');
  await agent.until(async () => (await warnings()) === '');
});

test('a source that a reload switches off takes its policies along', async (t) => {
  const nomad = await fakeNomad(t);
  const config = (enabled: boolean) =>
    `nomad {\n  address = "${nomad.address}"\n}\npolicy {\n  source "nomad" {\n    enabled = ${enabled}\n  }\n}\n`;
  const agent = await started(
    await startTestAgent(t, { files: { 'agent.hcl': config(true) }, flags: { policySources: {} } }),
  );
  const count = async () => JSON.parse((await agent.ask('GET', '/v1/policies')).body).length;
  await agent.until(async () => (await count()) === 1);
  agent.write('agent.hcl', config(false));
  assert.equal((await agent.ask('PUT', '/v1/agent/reload')).status, 200);
  assert.equal(await count(), 0);
});

test('a Nomad that does not answer degrades, and the agent runs', async (t) => {
  const flags = { policySources: { nomad: true }, nomad: { address: 'http://127.0.0.1:1' } };
  const agent = await started(await startTestAgent(t, { flags }));
  const ready = JSON.parse((await agent.ask('GET', '/v1/ready')).body);
  assert.deepEqual(
    [ready.status, ready.problems],
    ['degraded', ['Nomad has not yet told which policies its jobs have']],
  );
});

test('several namespaces are read as all of them', async (t) => {
  const nomad = await fakeNomad(t);
  const flags = { policySources: { nomad: true }, nomad: { address: nomad.address, namespace: ['other', 'more'] } };
  const agent = await started(await startTestAgent(t, { flags }));
  await agent.until(() => nomad.urls.some((url) => url.startsWith('/v1/scaling/policies?')));
  assert.match(nomad.urls[0] ?? '', /[?&]namespace=(\*|%2A)(&|$)/);
  assert.equal(JSON.parse((await agent.ask('GET', '/v1/policies')).body).length, 0);
});

test('a reload decodes no file again while settings, labels and what plugins publish are the same', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sources-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of ['a', 'b']) writeFileSync(join(dir, `${name}.hcl`), fixedPolicy(name, 1));
  let decoded = 0;
  const published = (): CheckConfig => () => {
    decoded++;
    return [];
  };
  const checks = { strategy: published(), target: published(), apm: published() };
  const plugins: PluginSchemas = {
    policyConfig: (type, label) => (label === 'nomad-target' ? checks[type] : undefined),
  };
  const sources = new Sources({
    world: { ...pluginWorld(), clock: systemClock },
    plugins,
    onPolicies: () => undefined,
  });
  t.after(() => sources.close());
  const base = defaultConfig(dir);
  const config = { ...base, policy: { ...base.policy, dir }, policySources: { file: true, nomad: false } };
  const decodedBy = async (changed: typeof config) => {
    decoded = 0;
    await sources.apply(structuredClone(changed), nomadAccess(changed.nomad, {}));
    return decoded;
  };
  assert.equal(await decodedBy(config), 2);
  assert.equal(await decodedBy(config), 0);
  assert.equal(await decodedBy({ ...config, policy: { ...config.policy, defaultCooldownMs: 1 } }), 2);
  assert.equal(await decodedBy({ ...config, plugins: config.plugins.slice(1) }), 2);
  assert.equal(await decodedBy({ ...config, plugins: config.plugins.slice(1) }), 0);
  checks.target = published();
  assert.equal(await decodedBy({ ...config, plugins: config.plugins.slice(1) }), 2);
});
