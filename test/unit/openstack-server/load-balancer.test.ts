import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../src/openstack-server/config.ts';
import { testOpenStack } from '../../support/openstack-cloud.ts';

const pool = `/load-balancer/v2.0/lbaas/pools/${usual.balancerPool}`;

async function begun() {
  const world = testOpenStack();
  await world.login();
  const { ask } = world;
  const add = (name: string, address: string, more: object = {}) =>
    ask('POST', `${pool}/members`, { member: { name, address, protocol_port: 80, ...more } });
  return { ...world, add };
}

test('a member is there at once, and its pool takes no other change until it is settled', async () => {
  const { ask, clock, cloud, add } = await begun();
  const first = await add('a', '10.77.0.2', { subnet_id: usual.network.subnetId });
  assert.equal(first.status, 201);
  assert.equal(first.json.member.provisioning_status, 'PENDING_CREATE');
  assert.equal((await ask('GET', pool)).json.pool.provisioning_status, 'PENDING_UPDATE');
  const busy = await add('b', '10.77.0.3');
  const faultstring = `Pool ${usual.balancerPool} is immutable and cannot be updated.`;
  assert.deepEqual([busy.status, busy.json], [409, { faultcode: 'Client', faultstring, debuginfo: null }]);
  const path = `${pool}/members/${first.json.member.id}`;
  assert.equal((await ask('DELETE', path)).status, 409);
  await clock.advance(1500);
  const { provisioning_status, subnet_id } = (await ask('GET', path)).json.member;
  assert.deepEqual([provisioning_status, subnet_id], ['ACTIVE', usual.network.subnetId]);
  assert.equal((await ask('DELETE', path)).status, 204);
  assert.equal((await ask('GET', path)).json.member.provisioning_status, 'PENDING_DELETE');
  await clock.advance(1500);
  assert.equal((await ask('GET', path)).status, 404);
  assert.equal(cloud.state.members.size, 0);
});

test('members are found by name, and an address with its port is there once', async () => {
  const { ask, clock, add } = await begun();
  await add('a', '10.77.0.2');
  await clock.advance(1500);
  const twice = await add('b', '10.77.0.2');
  assert.deepEqual(
    [twice.status, twice.json.faultstring],
    [409, 'Another member on this pool is already using ip 10.77.0.2 on protocol_port 80'],
  );
  assert.equal((await add('b', '10.77.0.2', { protocol_port: 81 })).status, 201);
  const { members } = (await ask('GET', `${pool}/members?name=b`)).json;
  assert.deepEqual(
    members.map(({ name, protocol_port }: { name: string; protocol_port: number }) => [name, protocol_port]),
    [['b', 81]],
  );
});

test('an unknown pool, an address that is none and a port that is none are refused', async () => {
  const { ask, add } = await begun();
  const other = await ask('GET', '/load-balancer/v2.0/lbaas/pools/other/members');
  assert.deepEqual([other.status, other.json.faultstring], [404, 'Pool other not found.']);
  assert.equal((await add('a', '')).status, 400);
  assert.equal((await add('a', '10.77.0.2', { protocol_port: 0 })).status, 400);
  assert.equal((await add('a', '10.77.0.2', { protocol_port: 65_536 })).status, 400);
  assert.equal((await add('a', '10.77.0.2', { protocol_port: '80' })).json.member.protocol_port, 80);
});

test('the balancer of a pool says that it is being changed', async () => {
  const { ask, clock, add } = await begun();
  const { loadbalancers } = (await ask('GET', pool)).json.pool;
  const status = async () =>
    (await ask('GET', `/load-balancer/v2.0/lbaas/loadbalancers/${loadbalancers[0].id}`)).json.loadbalancer
      .provisioning_status;
  await add('a', '10.77.0.2');
  assert.equal(await status(), 'PENDING_UPDATE');
  await clock.advance(1500);
  assert.equal(await status(), 'ACTIVE');
});
