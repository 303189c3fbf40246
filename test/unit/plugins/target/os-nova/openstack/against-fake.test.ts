/** The client and the OpenStack of memory understand each other: every call of the seam, once over, and what may go wrong with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cloud, NewServer } from '../../../../../../plugins/target/os-nova/cloud.ts';
import { cloudConfig } from '../../../../../../plugins/target/os-nova/config-cloud.ts';
import { isAmbiguous, refusalOf } from '../../../../../../plugins/target/os-nova/openstack/error.ts';
import { openCloud } from '../../../../../../plugins/target/os-nova/openstack/open.ts';
import { usual, usualAccount } from '../../../../../../src/openstack-server/config.ts';
import { configReader } from '../../../../../../src/sdk/config-reader.ts';
import { fakeWorld } from '../../../../../support/fakes.ts';
import { never } from '../../../../../support/nomad.ts';
import { openStackUrl, type TestOpenStackOptions, testOpenStack } from '../../../../../support/openstack-cloud.ts';
import { onTime } from '../../../../../support/openstack-script.ts';

const tag = 'na_pool:nom-pool';
const wanted: NewServer = {
  ...{ name: 'nom-1', imageId: usual.image.id, flavorId: usual.flavor.id, networkIds: [usual.network.id] },
  ...{ securityGroups: ['default'], metadata: { owner: 'team-a' }, tags: ['nom-pool', tag], zone: 'az2' },
  ...{ userData: 'I2Nsb3VkLWNvbmZpZwo=' },
};
const pool = usual.balancerPool;

const logins: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  password: {
    ...{ username: usualAccount.userName, password: usualAccount.password },
    ...{ domain_name: usualAccount.domainName, project_id: usualAccount.projectId },
  },
  application_credential: {
    application_credential_id: usualAccount.applicationCredential.id,
    application_credential_secret: usualAccount.applicationCredential.secret,
  },
};

async function opened({ login = logins['password'], ...options }: TestOpenStackOptions & { login?: object } = {}) {
  const world = { ...fakeWorld(), env: {} };
  const { cloud: openstack } = testOpenStack({ clock: world.clock, ...options });
  const config = configReader(cloudConfig, undefined, []).read({ auth_url: openStackUrl, ...login });
  const { fetch } = openstack;
  const cloud: Cloud = await onTime(world.clock, openCloud(config, world, { fetch }));
  const run = <T>(work: Promise<T>) => onTime(world.clock, work);
  const grow = async (more: Partial<NewServer> = {}) => {
    const id = await run(cloud.createServer({ ...wanted, ...more }, never));
    await world.clock.advance(3000);
    return id;
  };
  return { openstack, cloud, clock: world.clock, run, grow };
}

for (const [method, login] of Object.entries(logins)) {
  test(`what there is in the project is found after a login by ${method}`, async () => {
    const { cloud, run } = await opened({ login, quota: { servers: 3, cores: 8 } });
    assert.deepEqual(await run(cloud.zones(never)), [
      { name: 'az1', isAvailable: true },
      { name: 'az2', isAvailable: true },
    ]);
    assert.deepEqual(await run(cloud.images('ubuntu-minimal', never)), [usual.image.id]);
    assert.deepEqual(await run(cloud.networks('external', never)), [
      { id: usual.externalNetwork.id, isExternal: true },
    ]);
    const [first] = await run(cloud.flavors(never));
    assert.deepEqual(first, { id: usual.flavor.id, name: usual.flavor.name, cores: 2, ramMb: 2048 });
    assert.deepEqual(await run(cloud.room(never)), { servers: 3, cores: 8, ramMb: Number.POSITIVE_INFINITY });
  });
}

test('a server is made, seen, noted on, stopped and deleted', async () => {
  const { openstack, cloud, clock, run, grow } = await opened();
  const id = await grow({ groupId: usual.serverGroup.id });
  const [listed] = await run(cloud.servers(tag, never));
  const seen = await run(cloud.server(id, never));
  assert.deepEqual(listed, seen);
  assert.deepEqual([seen?.name, seen?.status, seen?.taskState, seen?.zone], ['nom-1', 'ACTIVE', undefined, 'az2']);
  assert.deepEqual([seen?.tags, seen?.metadata], [[tag, 'nom-pool'], { owner: 'team-a' }]);
  assert.equal(openstack.state.servers.get(id)?.userData, wanted.userData);
  assert.equal(openstack.state.servers.get(id)?.groupId, usual.serverGroup.id);

  await run(cloud.setMetadata(id, { na_state: 'removing' }, never));
  assert.deepEqual((await run(cloud.server(id, never)))?.metadata, { owner: 'team-a', na_state: 'removing' });

  await run(cloud.stopServer(id, never));
  await clock.advance(1000);
  await run(cloud.stopServer(id, never));
  assert.equal((await run(cloud.server(id, never)))?.status, 'SHUTOFF');

  await run(cloud.deleteServer(id, false, never));
  await clock.advance(1000);
  assert.equal(await run(cloud.server(id, never)), undefined);
  await run(cloud.deleteServer(id, true, never));
});

test('a server that could not be built says why', async () => {
  const { openstack, cloud, run, grow } = await opened();
  openstack.faults.onServer({}, 'no-valid-host');
  const seen = await run(cloud.server(await grow(), never));
  assert.deepEqual([seen?.status, seen?.zone], ['ERROR', '']);
  assert.match(seen?.fault ?? '', /^No valid host was found/);
});

test('a pool of several pages is listed whole, and others are left out', async () => {
  const { cloud, run, grow } = await opened({ pageSize: 2 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) await grow({ name, tags: [tag] });
  await grow({ name: 'other', tags: ['na_pool:other'] });
  const names = (await run(cloud.servers(tag, never))).map(({ name }) => name);
  assert.deepEqual(names, ['e', 'd', 'c', 'b', 'a']);
});

test('a floating IP is given, found by its port and its description, and taken back', async () => {
  const { openstack, cloud, run, grow } = await opened();
  const [port] = await run(cloud.ports(await grow(), never));
  assert.ok(port);
  assert.equal(port.networkId, usual.network.id);
  assert.equal(port.fixedIps[0]?.subnetId, usual.network.subnetId);
  const order = { networkId: usual.externalNetwork.id, portId: port.portId, description: 'nom-pool' };
  const given = await run(cloud.createFloatingIp(order, never));
  assert.equal(given.portId, port.portId);
  assert.deepEqual(await run(cloud.floatingIps({ portId: port.portId }, never)), [given]);
  assert.deepEqual(await run(cloud.floatingIps({ description: 'nom-pool' }, never)), [given]);
  await run(cloud.deleteFloatingIp(given.id, never));
  await run(cloud.deleteFloatingIp(given.id, never));
  assert.equal(openstack.state.floatingIps.size, 0);
});

test('os-nova #72: members come and go one after the other, however busy the balancer is', async () => {
  const { openstack, cloud, clock, run } = await opened();
  const member = (at: number) => ({
    name: `id-${at}`,
    address: `10.77.0.${at}`,
    port: 80,
    subnetId: usual.network.subnetId,
  });
  const ids = await run(Promise.all([1, 2, 3].map((at) => cloud.createMember(pool, member(at), never))));
  assert.deepEqual((await run(cloud.members(pool, never))).map(({ name }) => name).sort(), ['id-1', 'id-2', 'id-3']);
  await run(Promise.all(ids.map((id) => cloud.deleteMember(pool, id, never))));
  await run(cloud.deleteMember(pool, ids[0] ?? '', never));
  await clock.advance(2000);
  assert.equal(openstack.state.members.size, 0);
});

test('os-nova #58: a login that has ended is renewed, once for all who wait', async () => {
  const { openstack, cloud, run } = await opened();
  openstack.tokens.revokeAll();
  const logins = () => openstack.requests.filter(({ path }) => path === '/v3/auth/tokens').length;
  const before = logins();
  await run(Promise.all([cloud.zones(never), cloud.servers(tag, never), cloud.images('x', never)]));
  assert.equal(logins(), before + 1);
});

test('a quota that is used up is no ambiguity; a lost answer is one, and the server is there', async () => {
  const { openstack, cloud, run } = await opened({ quota: { servers: 1 } });
  const create = () => run(cloud.createServer(wanted, never)).then(assert.fail, (error: unknown) => error);
  openstack.faults.onRequest({ method: 'POST', path: /servers$/ }, { kind: 'lost' }, 1);
  assert.equal(isAmbiguous(await create()), true);
  assert.deepEqual(
    (await run(cloud.servers(tag, never))).map(({ name }) => name),
    ['nom-1'],
  );
  const refused = await create();
  assert.deepEqual([isAmbiguous(refused), refusalOf(refused)?.status], [false, 403]);
});

test('os-nova #80: reads go through what passes: limits, pages of web servers, broken connections', async () => {
  const { openstack, cloud, run } = await opened();
  const { faults } = openstack;
  const lists = { path: /servers\/detail/ };
  faults.onRequest(lists, { kind: 'answer', status: 429, retryAfterS: 2 }, 1);
  faults.onRequest(lists, { kind: 'answer', status: 503, isPage: true }, 1);
  faults.onRequest(lists, { kind: 'refused' }, 1);
  assert.deepEqual(await run(cloud.servers(tag, never)), []);
});
