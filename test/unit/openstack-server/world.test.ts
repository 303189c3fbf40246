/** The world of the pool tests holds together: servers are nodes while they run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../src/openstack-server/config.ts';
import { type PoolWorld, type PoolWorldOptions, poolWorld } from '../../support/openstack.ts';
import { passwordLogin } from '../../support/openstack-cloud.ts';

async function begun(options: PoolWorldOptions = {}) {
  const world: PoolWorld = poolWorld(options);
  const login = await send(world, 'POST', '/v3/auth/tokens', passwordLogin());
  const token = login.headers['x-subject-token'] ?? '';
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await send(world, method, `/compute/v2.1${path}`, body, token);
    return answer.body === '' ? undefined : JSON.parse(answer.body);
  };
  const create = async (name: string, more: object = {}): Promise<string> => {
    const server = { name, imageRef: usual.image.id, flavorRef: usual.flavor.id, tags: ['na_pool:nom-pool'] };
    const networks = [{ uuid: usual.network.id }];
    return (await ask('POST', '/servers', { server: { ...server, networks, ...more } })).server.id;
  };
  return { ...world, ask, create };
}

function send({ cloud }: PoolWorld, method: string, url: string, body: unknown, token = '') {
  const headers = { 'x-auth-token': token, 'openstack-api-version': 'compute 2.93', host: 'openstack.test' };
  return cloud.handle({ method, url, headers, body: body === undefined ? '' : JSON.stringify(body) });
}

test('a server joins as a node of its pool, with its name and ID on the node, once it has booted', async () => {
  const { clock, nomad, nodes, create } = await begun({ joinMs: 2000 });
  const id = await create('nom-1');
  await clock.advance(31_000);
  assert.deepEqual(nodes(), []);
  await clock.advance(1000);
  assert.deepEqual(nodes(), ['nom-1 ready']);
  const node = nomad.server.simulation.find('nom-1');
  assert.equal(node?.NodeClass, 'nom-pool');
  assert.equal(node?.Attributes?.['unique.platform.aws.hostname'], 'nom-1');
  assert.equal(node?.Meta?.['os_id'], id);
  assert.equal(node?.NodeResources?.Cpu.CpuShares, 2000);
});

test('a node goes down some time after its server is gone', async () => {
  const { clock, servers, nodes, ask, create } = await begun();
  const id = await create('nom-1');
  await clock.advance(40_000);
  await ask('DELETE', `/servers/${id}`);
  await clock.advance(1000);
  assert.deepEqual([servers(), nodes()], [[], ['nom-1 ready']]);
  await clock.advance(31_000);
  assert.deepEqual(nodes(), ['nom-1 down']);
});

test('a node goes down when its server stops, and is ready when it is started again', async () => {
  const { clock, servers, nodes, ask, create } = await begun();
  const id = await create('nom-1');
  await clock.advance(40_000);
  await ask('POST', `/servers/${id}/action`, { 'os-stop': null });
  await clock.advance(32_000);
  assert.deepEqual([servers(), nodes()], [['nom-1 SHUTOFF az1'], ['nom-1 down']]);
  await ask('POST', `/servers/${id}/action`, { 'os-start': null });
  await clock.advance(5000);
  assert.deepEqual([servers(), nodes()], [['nom-1 ACTIVE az1'], ['nom-1 ready']]);
});

test('a server that goes before its client has joined never is a node', async () => {
  const { clock, nodes, ask, create } = await begun({ joinMs: 10_000 });
  const id = await create('nom-1');
  await clock.advance(31_000);
  await ask('DELETE', `/servers/${id}`);
  await clock.advance(60_000);
  assert.deepEqual(nodes(), []);
});

test('a client may have another class than its pool, or never join', async () => {
  const { clock, nomad, nodes, create } = await begun({
    client: ({ name }) => (name === 'nom-2' ? undefined : { nodeClass: 'other' }),
  });
  await create('nom-1');
  await create('nom-2');
  await create('nom-3');
  await clock.advance(40_000);
  assert.deepEqual(nodes(), ['nom-1 ready', 'nom-3 ready']);
  assert.equal(nomad.server.simulation.find('nom-1')?.NodeClass, 'other');
});

test('the class of a node is the metadata of its server before the name of the pool', async () => {
  const { clock, nomad, create } = await begun();
  await create('nom-1', { metadata: { node_class: 'from-metadata' } });
  await clock.advance(40_000);
  assert.equal(nomad.server.simulation.find('nom-1')?.NodeClass, 'from-metadata');
});
