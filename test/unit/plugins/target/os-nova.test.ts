import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { asProcess, inProcess, targetConformance, testWorld } from 'nomad-autoscaler/sdk/testing';
import { poolConfig } from '../../../../plugins/target/os-nova/config.ts';
import { cloudConfig } from '../../../../plugins/target/os-nova/config-cloud.ts';
import { plugin } from '../../../../plugins/target/os-nova/index.ts';
import { bundledPlugins } from '../../../../src/builtin.ts';
import { nomadGuests } from '../../../../src/commands/cloud-guests.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { explain } from '../../../../src/lib/error.ts';
import { noLog } from '../../../../src/lib/log.ts';
import { formatDiagnostic, Source } from '../../../../src/lib/source.ts';
import { noTelemetry } from '../../../../src/lib/telemetry.ts';
import { listen } from '../../../../src/nomad-server/listen.ts';
import { createNomadServer } from '../../../../src/nomad-server/server.ts';
import { usual, usualAccount } from '../../../../src/openstack-server/config.ts';
import { openStack } from '../../../../src/openstack-server/openstack.ts';
import { defaultBlocks } from '../../../../src/plugin-manager/catalog.ts';
import { readSchemas } from '../../../../src/plugin-manager/schemas.ts';
import { decodePolicyFile } from '../../../../src/policy/decode.ts';
import { usualPolicy } from '../../../support/nova-pool.ts';
import { fakeShelf } from '../../../support/plugin-fakes.ts';
import { assertTables, policyIn, readmeOf } from '../../../support/readme.ts';

/** Two of its servers never have the same name. */
const subject = () => inProcess(plugin, testWorld({ random: Math.random }));

const never = new AbortController().signal;
const to = (count: number) => ({ direction: 'up', count, reason: 'a test', meta: {} }) as const;

/** A quick cloud and a Nomad, each on a port. @returns the settings of the agent's block. */
async function quickCloud(t: Pick<TestContext, 'after'>): Promise<Readonly<Record<string, string>>> {
  const world = { clock: systemClock, random: Math.random, log: noLog, telemetry: noTelemetry };
  const nomad = createNomadServer({ world, config: { nodes: [] } });
  const { simulation } = nomad;
  const cloud = openStack({
    ...{ clock: systemClock, random: Math.random },
    guests: nomadGuests({ clock: systemClock, simulation, flavors: [usual.flavor] }),
    config: { pace: { bootMs: 50, deleteMs: 20 } },
  });
  const ports = await Promise.all([cloud, nomad].map((one) => listen(one, { host: '127.0.0.1', port: 0 })));
  t.after(async () => {
    await Promise.all(ports.map((one) => one.close()));
    cloud.close();
    nomad.close();
  });
  const [keystone, api] = ports.map(({ port }) => `http://127.0.0.1:${port}`);
  const { userName, password, domainName, projectId } = usualAccount;
  return {
    ...{ auth_url: `${keystone}/v3`, nomad_address: api ?? '', username: userName, password },
    ...{ domain_name: domainName, project_id: projectId },
  };
}

const sample = {
  name: 'os-nova',
  policyConfig: usualPolicy,
  badPolicyConfig: { ...usualPolicy, pool_name: 'a,b' },
  scaleTo: 2,
};

for (const { title } of targetConformance(subject(), { agentConfig: {}, badAgentConfig: {}, ...sample })) {
  test(`as any target: ${title}`, async (t) => {
    const agentConfig = await quickCloud(t);
    const badAgentConfig = { ...agentConfig, password: 'wrong' };
    const suite = targetConformance(subject(), { agentConfig, badAgentConfig, ...sample });
    await suite.find((one) => one.title === title)?.run();
  });
}

test('os-nova #84: without settings a status is an error, and the process lives', async (t) => {
  const main = new URL('../../../../plugins/target/os-nova/main.ts', import.meta.url).pathname;
  const command = { path: process.execPath, args: ['--conditions=source', main], env: process.env };
  const { info, session } = await asProcess('target', command).open();
  t.after(() => session.close());
  assert.deepEqual(info, { name: 'os-nova', type: 'target' });
  await assert.rejects(
    async () => session.status(usualPolicy, never),
    (error) => /plugin os-nova has no configuration yet/.test(explain(error)),
  );
  await session.setConfig(await quickCloud(t), never);
  assert.equal((await session.status(usualPolicy, never))?.count, 0);
  assert.deepEqual(await session.scale(to(2), usualPolicy, never), { kind: 'scaled' });
  assert.equal((await session.status(usualPolicy, never))?.count, 2);
});

test('os-nova #79: a scaling that is under way when new settings come finishes on what it began with', async (t) => {
  const settings = await quickCloud(t);
  const other = await quickCloud(t);
  const { session } = await subject().open();
  t.after(() => session.close());
  await session.setConfig(settings, never);
  const scaling = session.scale(to(2), usualPolicy, never);
  await session.setConfig(other, never);
  assert.equal((await session.status(usualPolicy, never))?.count, 0);
  assert.deepEqual(await scaling, { kind: 'scaled' });
  await session.setConfig(settings, never);
  assert.equal((await session.status(usualPolicy, never))?.count, 2);
});

const readme = readmeOf('target/os-nova');

test('the readme has the tables of all keys', () => assertTables(readme, [poolConfig, cloudConfig]));

test('the policy in the readme is sound, its keys are known', async () => {
  const settings = { defaultCooldownMs: 1, defaultEvaluationIntervalMs: 1, nomadApms: new Set(['nomad-apm']) };
  const block = { type: 'target', label: 'os-nova', driver: 'os-nova', args: [], config: {}, autoMtls: true } as const;
  const plugins = await readSchemas([...defaultBlocks, block], fakeShelf({}, bundledPlugins(process.execPath)));
  const { policies, diagnostics } = decodePolicyFile(new Source('readme.hcl', policyIn(readme)), {
    settings,
    plugins,
    strict: true,
  });
  assert.deepEqual(diagnostics.map(formatDiagnostic), []);
  assert.equal(policies[0]?.target.name, 'os-nova');
});
