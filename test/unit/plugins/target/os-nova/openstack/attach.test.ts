/** Floating IPs, and members of a balancer's pool. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAmbiguous, refusalOf } from '../../../../../../plugins/target/os-nova/openstack/error.ts';
import { explain } from '../../../../../../src/lib/error.ts';
import { never } from '../../../../../support/nomad.ts';
import {
  base,
  catalogOf,
  goodSettings,
  loginReply,
  onTime,
  openScript,
  whyNotOpen,
} from '../../../../../support/openstack-script.ts';

const ip = (more: object = {}) => ({
  id: 'ip-1',
  floating_ip_address: '203.0.113.7',
  port_id: 'p',
  description: 'na_pool:x',
  ...more,
});
const ips = 'GET :9696/v2.0/floatingips';
const members = ':9876/v2.0/lbaas/pools/pool-1/members';

test('a floating IP is made for a port, found by it or by its description, and deleted', async () => {
  const { cloud, to } = await openScript({
    'POST :9696/v2.0/floatingips': [{ status: 201, body: { floatingip: ip() } }],
    [ips]: [
      { body: { floatingips: [ip(), ip({ id: 'ip-2', port_id: null }), ip({ id: 'ip-3', description: 'other' })] } },
    ],
    'DELETE :9696/v2.0/floatingips/ip-1': [{ status: 204 }, { status: 404 }],
  });
  const made = { id: 'ip-1', address: '203.0.113.7', portId: 'p', description: 'na_pool:x' };
  assert.deepEqual(
    await cloud.createFloatingIp({ networkId: 'ext', portId: 'p', description: 'na_pool:x' }, never),
    made,
  );
  assert.deepEqual(to('POST', '/floatingips')[0]?.body, {
    floatingip: { floating_network_id: 'ext', port_id: 'p', description: 'na_pool:x' },
  });
  const byPort = await cloud.floatingIps({ portId: 'p' }, never);
  assert.deepEqual(
    byPort.map(({ id }) => id),
    ['ip-1', 'ip-3'],
  );
  const byText = await cloud.floatingIps({ description: 'na_pool:x' }, never);
  assert.deepEqual(
    byText.map(({ id, portId }) => [id, portId]),
    [
      ['ip-1', 'p'],
      ['ip-2', undefined],
    ],
  );
  assert.deepEqual(
    to('GET', '/floatingips').map(({ query }) => query),
    [{ port_id: 'p' }, { description: 'na_pool:x' }],
  );
  await cloud.deleteFloatingIp('ip-1', never);
  await cloud.deleteFloatingIp('ip-1', never);
});

test('a floating IP whose answer is lost may have been made', async () => {
  const { cloud, to } = await openScript({ 'POST :9696/v2.0/floatingips': [new Error('EOF')] });
  const made = cloud.createFloatingIp({ networkId: 'ext', portId: 'p', description: 'd' }, never);
  await assert.rejects(made, (error) => isAmbiguous(error));
  assert.equal(to('POST', '/floatingips').length, 1);
});

test('members are listed, made and deleted', async () => {
  const { cloud, to } = await openScript({
    [`GET ${members}`]: [{ body: { members: [{ id: 'm-1', name: 'id-1', address: '10.0.0.5', protocol_port: 80 }] } }],
    [`POST ${members}`]: [{ status: 201, body: { member: { id: 'm-2' } } }],
    [`DELETE ${members}/m-1`]: [{ status: 204 }, { status: 404 }],
  });
  assert.deepEqual(await cloud.members('pool-1', never), [{ id: 'm-1', name: 'id-1', address: '10.0.0.5' }]);
  const member = { name: 'id-2', address: '10.0.0.6', port: 8080 };
  assert.equal(await cloud.createMember('pool-1', member, never), 'm-2');
  await cloud.createMember('pool-1', { ...member, subnetId: 's' }, never);
  assert.deepEqual(
    to('POST', '/members').map(({ body }) => body),
    [
      { member: { name: 'id-2', address: '10.0.0.6', protocol_port: 8080 } },
      { member: { name: 'id-2', address: '10.0.0.6', protocol_port: 8080, subnet_id: 's' } },
    ],
  );
  await cloud.deleteMember('pool-1', 'm-1', never);
  await cloud.deleteMember('pool-1', 'm-1', never);
});

const immutable = {
  status: 409,
  body: { faultcode: 'Client', faultstring: 'Load Balancer lb-1 is immutable and cannot be updated.' },
};
const pool = { body: { pool: { provisioning_status: 'ACTIVE', loadbalancers: [{ id: 'lb-1' }] } } };
const balancer = (state: string) => ({ body: { loadbalancer: { provisioning_status: state } } });

test('a balancer that is busy with another change is waited for', async () => {
  const { cloud, world, to } = await openScript({
    [`POST ${members}`]: [immutable, immutable, immutable, immutable, { status: 201, body: { member: { id: 'm-2' } } }],
    [`DELETE ${members}/m-1`]: [immutable, { status: 204 }],
    'GET :9876/v2.0/lbaas/pools/pool-1': [pool],
    'GET :9876/v2.0/lbaas/loadbalancers/lb-1': [balancer('PENDING_UPDATE')],
  });
  const made = cloud.createMember('pool-1', { name: 'id-2', address: '10.0.0.6', port: 8080 }, never);
  assert.equal(await onTime(world.clock, made), 'm-2');
  assert.equal(to('POST', '/members').length, 5);
  await onTime(world.clock, cloud.deleteMember('pool-1', 'm-1', never));
  assert.equal(to('DELETE', '/members/m-1').length, 2);
});

test('a conflict of a balancer that is free is tried once more and then thrown', async () => {
  const { cloud, world, to } = await openScript({
    [`POST ${members}`]: [{ status: 409, body: { faultstring: 'another member uses this address' } }],
    'GET :9876/v2.0/lbaas/pools/pool-1': [pool],
    'GET :9876/v2.0/lbaas/loadbalancers/lb-1': [balancer('ACTIVE')],
  });
  const made = cloud.createMember('pool-1', { name: 'id-2', address: '10.0.0.6', port: 8080 }, never);
  await assert.rejects(onTime(world.clock, made), (error) => {
    assert.equal(refusalOf(error)?.reason, 'another member uses this address');
    return true;
  });
  assert.equal(to('POST', '/members').length, 2);
});

test('waiting for a balancer ends with the caller, and some time', async () => {
  const script = { [`POST ${members}`]: [immutable] }; // nor is there a pool to ask
  const { cloud, world, to } = await openScript(script);
  const stop = new AbortController();
  const member = { name: 'id-2', address: '10.0.0.6', port: 8080 };
  const waiting = cloud.createMember('pool-1', member, stop.signal).then(String, (error: unknown) => error);
  await world.clock.advance(3_000);
  stop.abort(new Error('enough'));
  assert.equal(((await waiting) as Error).message, 'enough');
  const before = to('POST', '/members').length;
  assert.ok(before >= 3);
  await assert.rejects(onTime(world.clock, cloud.createMember('pool-1', member, never)), /immutable/);
  assert.equal(to('POST', '/members').length - before, 60);
});

test('a cloud without Octavia matters only to those who use it', async () => {
  const services = { compute: `${base}:8774/v2.1`, image: `${base}:9292`, network: `${base}:9696` };
  const scripts = { 'POST :5000/v3/auth/tokens': [loginReply('t', { catalog: catalogOf(['RegionOne'], services) })] };
  const { cloud } = await openScript(scripts);
  const why = /^failed to create OS load balancer client: No suitable endpoint could be found in the service catalog\./;
  assert.match(await cloud.members('pool-1', never).then(String, explain), why);
  const settings = { ...goodSettings, lb_pool_id: 'pool-1', lb_member_port: '80' };
  assert.match(await whyNotOpen(scripts, { settings }), why);
});
