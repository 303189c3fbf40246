import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConfigLayer } from '../../../src/agent/config.ts';
import { startDev } from '../../../src/commands/dev.ts';
import { virtualClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import { noTelemetry } from '../../../src/lib/telemetry.ts';
import { usual } from '../../../src/openstack-server/config.ts';
import { keptTerminal } from '../../support/agent-terminal.ts';
import { freePort } from '../../support/program.ts';

/** On a clock that stands still, and without an agent. */
async function start(t: TestContext, flags: ConfigLayer = {}) {
  const clock = virtualClock();
  const { terminal, stdout } = keptTerminal();
  const nomad = `http://127.0.0.1:${await freePort()}`;
  const dev = await startDev(
    { nomad: { address: nomad }, ...flags },
    {
      ...{ terminal, policyDir: '/examples', getJson: async () => undefined },
      world: { clock, random: Math.random, log: noLog, telemetry: noTelemetry },
    },
  );
  t.after(() => dev.close());
  return { dev, clock, nomad, stdout };
}

const json = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).json();

test('what the command line says stays, and what it leaves unsaid suits a first look', async (t) => {
  const { dev, nomad } = await start(t, { telemetry: { prometheusMetrics: undefined, disableHostname: true } });
  const { logLevel, policy, telemetry, nomad: access } = dev.flags;
  assert.deepEqual(
    { logLevel, policy, telemetry, access },
    {
      ...{ logLevel: 'warn', policy: { dir: '/examples' }, access: { address: nomad } },
      telemetry: { prometheusMetrics: true, disableHostname: true },
    },
  );
  const said = { logLevel: 'debug', policy: { dir: '/mine' }, telemetry: { prometheusMetrics: false } };
  const { dev: second } = await start(t, said);
  for (const [key, value] of Object.entries(said)) assert.deepEqual(second.flags[key as keyof ConfigLayer], value);
});

test('the target is led to the cloud, and a server that is created there becomes a node', async (t) => {
  const { dev, clock, nomad, stdout } = await start(t);
  const [target] = dev.flags.plugins ?? [];
  assert.deepEqual([target?.type, target?.driver, target?.isolation], ['target', 'os-nova', undefined]);
  const { auth_url = '', username, password, domain_name, project_id } = target?.config ?? {};
  const user = { name: username, password, domain: { name: domain_name } };
  const auth = { identity: { methods: ['password'], password: { user } }, scope: { project: { id: project_id } } };
  const login = await fetch(`${auth_url}/auth/tokens`, { method: 'POST', body: JSON.stringify({ auth }) });
  assert.equal(login.status, 201);
  const address = auth_url.replace(/\/v3$/, '');
  assert.ok(stdout().includes(`  ${address}  an OpenStack.`), stdout());

  const server = {
    ...{ name: 'nom-1', imageRef: usual.image.id, flavorRef: usual.flavor.id, tags: ['na_pool:nom-pool'] },
    networks: [{ uuid: usual.network.id }],
  };
  const headers = {
    'x-auth-token': login.headers.get('x-subject-token') ?? '',
    'openstack-api-version': 'compute 2.93',
  };
  const created = await fetch(`${address}/compute/v2.1/servers`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ server }) },
  });
  assert.equal(created.status, 202);
  await clock.advance(2900);
  assert.deepEqual(await json(`${nomad}/v1/nodes`), []);
  await clock.advance(100);
  const [node, ...others] = await json(`${nomad}/v1/nodes`);
  assert.deepEqual([node.Name, node.NodeClass, node.Status, others], ['nom-1', 'nom-pool', 'ready', []]);
  const { Summary } = await json(`${nomad}/v1/job/web/summary`);
  assert.deepEqual([Summary.app.Queued, Summary.app.Starting], [0, 1]);
});

test('an address that the embedded Nomad cannot have is refused in one sentence', async (t) => {
  await assert.rejects(start(t, { nomad: { address: 'https://nomad.example:4646' } }), {
    code: 'invalid_flag',
    message:
      'with -dev, -nomad-address says where the embedded Nomad listens: http://<host>:<port>, not https://nomad.example:4646',
  });
});
