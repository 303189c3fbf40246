import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../../../src/openstack-server/config.ts';
import type { ServerRecord } from '../../../../../src/openstack-server/state.ts';
import { jobBody } from '../../../../support/nomad-server.ts';
import { breakServer, type PoolTest, poolTest, restarted } from '../../../../support/nova-pool.ts';

const withIp = { floatingip_pool_name: usual.externalNetwork.name };

/** What an agent does while nothing else happens. */
async function ticks(pool: PoolTest, count = 3) {
  let status = await pool.status();
  for (let tick = 1; tick < count; tick++) {
    await pool.world.clock.advance(10_000);
    status = await pool.status();
  }
  return status;
}

function changeServer({ world }: PoolTest, at: number, change: Partial<ServerRecord>): ServerRecord {
  const server = [...world.cloud.state.servers.values()][at];
  if (server === undefined) throw new Error(`no server ${at}`);
  world.cloud.state.servers.set(server.id, { ...server, ...change });
  return server;
}

test('a server in ERROR whose node is gone is removed, with its node, so that another one can take its place', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: withIp });
  const [node] = pool.world.nomad.server.store.nodes();
  const { simulation } = pool.world.nomad.server;
  const client = simulation.find(node?.ID ?? '');
  if (client !== undefined) simulation.fallSilent(client);
  await pool.world.clock.advance(60_000);
  breakServer(pool);
  const first = await pool.status();
  assert.deepEqual([first.ready, first.count], [false, 3]);
  const then = await ticks(pool);
  assert.deepEqual([then.ready, then.count], [true, 2]);
  assert.deepEqual([pool.world.servers().length, pool.world.nodes().length, pool.world.orphans()], [2, 2, []]);
  assert.ok(pool.log.lines('info').some((line) => line === 'INFO removed a server in status ERROR: the disk is gone'));
});

test('a server in ERROR whose node still works is left to people', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  breakServer(pool);
  const { ready, count } = await ticks(pool);
  assert.deepEqual([ready, count], [false, 2]);
  assert.equal(pool.world.servers().length, 2);
});

test('a server in ERROR stays where nodes do not tell whose they are, unless it never ran', async (t) => {
  const pool = await poolTest(t, { servers: 2, agent: { name_attribute: 'meta.nope' } });
  breakServer(pool);
  assert.equal((await ticks(pool)).count, 2);
  changeServer(pool, 0, { zone: '' });
  assert.equal((await ticks(pool)).count, 1);
});

test('servers in ERROR are not touched where the policy says so, or where the state is ignored', async (t) => {
  for (const options of [{ policy: { replace_error_servers: 'false' } }, { agent: { ignored_states: 'ERROR' } }]) {
    const pool = await poolTest(t, { servers: 2, ...options });
    changeServer(pool, 0, { status: 'ERROR', zone: '' });
    await ticks(pool);
    assert.equal(pool.world.servers().length, 2);
  }
});

test('a server that an earlier process left building is removed once that cannot be any more', async (t) => {
  const pool = await poolTest(t, { servers: 1 });
  changeServer(pool, 0, { status: 'BUILD', createdAt: pool.world.clock.now() - 60_000 });
  assert.deepEqual([(await ticks(pool)).ready, pool.world.servers().length], [false, 1]);
  await pool.world.clock.advance(60_000);
  assert.equal((await ticks(pool)).count, 0);
});

test('a server that somebody else is building is not touched', async (t) => {
  const pool = await poolTest(t, { servers: 1 });
  changeServer(pool, 0, { status: 'BUILD', createdAt: 0, metadata: {} });
  await ticks(pool);
  assert.equal(pool.world.servers().length, 1);
});

test('a server that is marked goes at the next start, unless its node is in service', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: withIp });
  const marked = { 'nomad-autoscaler.removing': '2026-01-01T00:00:00.000Z' };
  const { metadata } = changeServer(pool, 0, {});
  changeServer(pool, 0, { metadata: { ...metadata, ...marked } });
  const other = changeServer(pool, 1, { metadata: { ...metadata, ...marked } });
  const node = [...pool.world.nomad.server.store.nodes()].find(({ Name }) => Name === other.name);
  await pool.world.nomad.put(`/v1/node/${node?.ID}/drain`, {
    DrainSpec: { Deadline: 60e9 },
    Meta: { drained_by: 'nomad-autoscaler' },
  });
  await pool.world.clock.advance(5_000);
  assert.equal((await pool.status()).ready, false);
  const { ready, count } = await ticks(pool);
  assert.deepEqual([ready, count], [true, 2]);
  assert.ok(!pool.world.servers().some((one) => one.startsWith(other.name)));
  assert.deepEqual(
    pool.world.nodes().map((one) => one.split(' ')[1]),
    ['ready', 'ready'],
  );
  assert.deepEqual(pool.world.orphans(), []);
  assert.ok(pool.log.lines('info').some((line) => line.startsWith('INFO a server that was to go stays: it was made')));
});

/** The node of a server is drained as this plugin does it, and nobody is left to go on with it. */
async function leaveDrained(pool: PoolTest, meta: Readonly<Record<string, string>> = { pool: 'nom-pool' }) {
  const [node] = pool.world.nomad.server.store.nodes();
  const drain = { DrainSpec: { Deadline: 3600e9 }, Meta: { drained_by: 'nomad-autoscaler', ...meta } };
  await pool.world.nomad.put(`/v1/node/${node?.ID}/drain`, drain);
  await pool.world.clock.advance(3_000);
  return node?.ID;
}

test('nodes that an earlier process left drained are given back, also while they drain', async (t) => {
  for (const hasJob of [false, true]) {
    const pool = await poolTest(t, { servers: 2 });
    if (hasJob) await pool.world.nomad.put('/v1/jobs', jobBody('work', { count: 4, cpu: 900 }));
    await pool.world.clock.advance(5_000);
    await leaveDrained(pool);
    assert.match(pool.world.nodes()[0] ?? '', hasJob ? / ready draining$/ : / ready ineligible$/);
    const next = await restarted(pool);
    const first = await next.status();
    assert.equal(first.ready, !hasJob);
    const { ready, count } = await ticks(next);
    assert.deepEqual([ready, count], [true, 2]);
    assert.deepEqual(
      pool.world.nodes().map((one) => one.split(' ').slice(1).join(' ')),
      ['ready', 'ready'],
    );
  }
});

test('what an operator decided about a node after its drain is kept, and so are drains for others', async (t) => {
  const decided = await poolTest(t, { servers: 2 });
  const id = await leaveDrained(decided);
  await decided.world.nomad.put(`/v1/node/${id}/eligibility`, { NodeID: id, Eligibility: 'eligible' });
  await decided.world.nomad.put(`/v1/node/${id}/eligibility`, { NodeID: id, Eligibility: 'ineligible' });
  await ticks(await restarted(decided));
  assert.match(decided.world.nodes()[0] ?? '', / ready ineligible$/);

  const others = await poolTest(t, { servers: 2 });
  await leaveDrained(others, { pool: 'another' });
  await ticks(await restarted(others));
  assert.match(others.world.nodes()[0] ?? '', / ready ineligible$/);
});

test('the node of a server that went while nobody looked is purged', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  await leaveDrained(pool);
  const [id] = pool.world.cloud.state.servers.keys();
  pool.world.cloud.state.servers.delete(id ?? '');
  await ticks(await restarted(pool));
  assert.equal(pool.world.nodes().length, 1);
});

test('servers that lack their floating IP get it, those that have it keep the one', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: withIp });
  const { floatingIps } = pool.world.cloud.state;
  const [first] = floatingIps.keys();
  floatingIps.delete(first ?? '');
  await ticks(await restarted(pool));
  assert.equal(floatingIps.size, 3);
  assert.equal(new Set([...floatingIps.values()].map(({ portId }) => portId)).size, 3);
});

test('floating IPs of the pool that lead nowhere are deleted; those of others stay', async (t) => {
  const pool = await poolTest(t);
  const { floatingIps } = pool.world.cloud.state;
  const ip = (id: string, description: string) =>
    floatingIps.set(id, {
      ...{ id, description, address: `203.0.9.${floatingIps.size}`, portId: undefined, createdAt: 0 },
      networkId: usual.externalNetwork.id,
    });
  ip('ours', 'na_pool:nom-pool');
  ip('theirs', 'na_pool:another');
  ip('reserve', '');
  await ticks(pool);
  assert.deepEqual([...floatingIps.keys()], ['theirs', 'reserve']);
});

test('a pool in order costs nothing but its count, once it was looked at', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: withIp });
  await ticks(pool);
  const before = pool.world.cloud.requests.length;
  await pool.status();
  assert.deepEqual(
    pool.world.cloud.requests.slice(before).map(({ path }) => path.split('?')[0]),
    ['/v2.1/servers/detail'],
  );
});

test('a pool is brought in order before it is scaled', async (t) => {
  const pool = await poolTest(t, { servers: 3 });
  changeServer(pool, 0, { status: 'ERROR', zone: '' });
  await (await restarted(pool)).scale(3);
  assert.deepEqual(
    pool.world.servers().map((one) => one.split(' ')[1]),
    ['ACTIVE', 'ACTIVE', 'ACTIVE'],
  );
});

test('what cannot be mended is told, and tried again with the next look', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  changeServer(pool, 0, { status: 'ERROR', zone: '' });
  const refused = { kind: 'answer', status: 403, text: 'not today' } as const;
  const cancel = pool.world.cloud.faults.onRequest({ method: 'DELETE' }, refused);
  assert.equal((await ticks(pool)).count, 2);
  assert.ok(pool.log.lines('error').includes('ERROR failed to remove a server in status ERROR'));
  cancel();
  assert.equal((await ticks(pool)).count, 1);
});

test('a server that stays after all gets back what was taken from it already', async (t) => {
  const policy = { lb_pool_id: usual.balancerPool, lb_member_port: '8080' };
  const pool = await poolTest(t, { servers: 1, policy });
  const { metadata } = changeServer(pool, 0, {});
  changeServer(pool, 0, { metadata: { ...metadata, 'nomad-autoscaler.removing': '2026-01-01T00:00:00.000Z' } });
  pool.world.cloud.state.members.clear();
  const { ready } = await ticks(await restarted(pool, { policy }));
  assert.deepEqual([ready, pool.world.cloud.state.members.size], [true, 1]);
});
