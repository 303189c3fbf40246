import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../../../src/openstack-server/config.ts';
import type { ServerRecord } from '../../../../../src/openstack-server/state.ts';
import { jobBody } from '../../../../support/nomad-server.ts';
import {
  type Between,
  failureOf,
  type PoolTest,
  policyOf,
  poolTest,
  restarted,
  startPlugin,
} from '../../../../support/nova-pool.ts';

const byId = { id_attribute: 'meta.os_id' };
const withExtras = {
  floatingip_pool_name: usual.externalNetwork.name,
  lb_pool_id: usual.balancerPool,
  lb_member_port: '8080',
};

/** `DELETE /v2.1/servers/<name>`, in order; only requests about servers that exist or did. */
function writesOn({ world }: Pick<PoolTest, 'world'>, since = 0): readonly string[] {
  return world.cloud.requests
    .slice(since)
    .filter(({ method, service }) => method !== 'GET' && service !== 'identity')
    .map(({ method, path, body }) => `${method} ${path.replace(/[0-9a-f-]{36}/g, '<id>')} ${body}`.trim());
}

const outOfService = ({ world }: PoolTest) => world.nodes().filter((one) => !one.endsWith(' ready'));

const marking = 'POST /v2.1/servers/<id>/metadata';
const isMarking = (write: string) => write.startsWith(marking);

test('os-nova #59: nodes tell their server by an attribute, or by their metadata', async (t) => {
  const pool = await poolTest(t, { servers: 2, agent: byId });
  await pool.scale(1);
  assert.equal(pool.world.servers().length, 1);
});

test('os-nova #60: nodes that do not tell their server are never removed', async (t) => {
  const pool = await poolTest(t, { servers: 2, agent: { name_attribute: 'meta.nope' } });
  assert.equal(
    await failureOf(pool.scale(1)),
    'failed to perform scaling action: failed to perform pre-scale Nomad scale in tasks: attribute "nope" not found, attribute "nope" not found',
  );
  assert.equal(pool.world.servers().length, 2);
});

test('os-nova #61: two nodes go by the IDs of their servers, without a second list', async (t) => {
  const pool = await poolTest(t, { servers: 3, agent: byId });
  await pool.status();
  await pool.world.clock.advance(5_000);
  const since = pool.world.cloud.requests.length;
  assert.deepEqual(await pool.scale(1), { kind: 'scaled' });
  const requests = pool.world.cloud.requests.slice(since);
  assert.equal(requests.filter(({ path }) => path.includes('servers/detail')).length, 1);
  const writes = writesOn(pool, since);
  assert.deepEqual(
    writes.filter((write) => !isMarking(write)),
    ['DELETE /v2.1/servers/<id>', 'DELETE /v2.1/servers/<id>'],
  );
  assert.equal(writes.filter(isMarking).length, 2);
  assert.equal(pool.world.servers().length, 1);
  const { log } = pool;
  assert.ok(log.lines('info').includes('INFO successfully deleted OS Nova instances'));
  assert.ok(log.lines('info').includes('INFO successfully performed and verified scaling in'));
});

test('os-nova #62: two nodes go by the names of their servers', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: { node_selector_strategy: 'oldest_create_index' } });
  const [first, second, third] = pool.world.servers();
  await pool.scale(1);
  assert.deepEqual(pool.world.servers(), [third]);
  assert.deepEqual([first, second].length, 2);
});

/** Does something to the world as soon as a node is being emptied: once `pool` is set. */
function atDrain(act: (pool: PoolTest) => void): { pool?: PoolTest; between: Between } {
  const hook: { pool?: PoolTest; between: Between } = {
    between(request, pass) {
      if (hook.pool !== undefined && request.url.includes('/drain')) act(hook.pool);
      return pass(request);
    },
  };
  return hook;
}

/** Changes the oldest server. */
function change({ world }: PoolTest, more: Partial<ServerRecord>): void {
  const { servers } = world.cloud.state;
  const [server] = servers.values();
  if (server !== undefined) servers.set(server.id, { ...server, ...more });
}

test('os-nova #63: a server that left the pool while its node was emptied stays', async (t) => {
  const hook = atDrain((pool) => change(pool, { tags: ['kept-by-hand'] }));
  const pool = await poolTest(t, { servers: 2, ...hook, policy: { node_selector_strategy: 'oldest_create_index' } });
  hook.pool = pool;
  const [name] = pool.world.servers()[0]?.split(' ') ?? [];
  assert.match(await failureOf(pool.scale(1)), new RegExp(`instance with name ${name} not found$`));
  assert.equal(pool.world.servers().length, 2);
  assert.deepEqual(outOfService(pool), []);
});

test('os-nova #64: where a name may be several servers nothing is removed', async (t) => {
  const pool = await poolTest(t, { servers: 3 });
  const [first, second] = pool.world.cloud.state.servers.values();
  if (!first || !second) throw new Error('no servers');
  pool.world.cloud.state.servers.set(second.id, { ...second, name: first.name });
  assert.match(
    await failureOf(pool.scale(1)),
    new RegExp(`several servers are named "${first.name}", so a node does not tell`),
  );
  assert.equal(pool.world.servers().length, 3);
});

test('a pool of one fixed name is scaled in only by IDs', async (t) => {
  const policy = { name_prefix: '', name: 'worker' };
  const byName = await poolTest(t, { servers: 2, policy });
  assert.match(await failureOf(byName.scale(1)), /all servers are named "worker" by the policy/);
  assert.deepEqual(byName.world.nodes(), ['worker ready', 'worker ready']);
  const pool = await poolTest(t, { servers: 2, policy, agent: byId });
  await pool.scale(1);
  assert.equal(pool.world.servers().length, 1);
});

for (const [where, options] of [
  ['the plugin', { agent: { ...byId, stop_first: 'true' } }],
  ['the policy', { agent: byId, policy: { stop_first: 'true' } }],
] as const) {
  test(`os-nova #65: stopped first, as ${where} says, a server is deleted once it is off`, async (t) => {
    const pool = await poolTest(t, { servers: 2, ...options });
    const since = pool.world.cloud.requests.length;
    await pool.scale(1);
    assert.deepEqual(
      writesOn(pool, since).filter((write) => !isMarking(write)),
      ['POST /v2.1/servers/<id>/action {"os-stop":null}', 'DELETE /v2.1/servers/<id>'],
    );
    const stop = pool.world.cloud.requests.find(({ body }) => body.includes('os-stop'));
    const gone = pool.world.cloud.requests.find(({ method }) => method === 'DELETE');
    assert.ok((gone?.at ?? 0) - (stop?.at ?? 0) >= 1_000);
  });
}

test('os-nova #66: a server that is off already is deleted straight away', async (t) => {
  const hook = atDrain((pool) => change(pool, { status: 'SHUTOFF' }));
  const policy = { stop_first: 'true', node_selector_strategy: 'oldest_create_index' };
  const pool = await poolTest(t, { servers: 2, agent: byId, policy, ...hook });
  hook.pool = pool;
  await pool.scale(1);
  assert.ok(!pool.world.cloud.requests.some(({ body }) => body.includes('os-stop')));
  assert.equal(pool.world.servers().length, 1);
});

test('os-nova #67: deletion by force', async (t) => {
  const pool = await poolTest(t, { servers: 2, agent: { force_delete: 'true' } });
  const since = pool.world.cloud.requests.length;
  await pool.scale(1);
  assert.deepEqual(
    writesOn(pool, since).filter((write) => !isMarking(write)),
    ['POST /v2.1/servers/<id>/action {"forceDelete":""}'],
  );
});

test('os-nova #68: a server that is gone already is removed', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  pool.world.cloud.faults.onRequest({ method: 'DELETE', path: /servers/ }, { kind: 'answer', status: 404 }, 1);
  const scaling = pool.scale(1);
  await pool.world.clock.advance(2_000);
  pool.world.cloud.state.servers.delete([...pool.world.cloud.state.servers.keys()].at(-1) ?? '');
  assert.deepEqual(await scaling, { kind: 'scaled' });
});

test('os-nova #69: a server is gone once Nova says 404, or that it is deleted', async (t) => {
  const kept = await poolTest(t, { servers: 2, world: { cloud: { pace: { reclaimMs: 3_600_000 } } } });
  assert.deepEqual(await kept.scale(1), { kind: 'scaled' });
  assert.equal(kept.world.servers().filter((one) => one.includes('SOFT_DELETED')).length, 1);
  assert.equal((await kept.status()).count, 1);
  const gone = await poolTest(t, { servers: 2 });
  assert.deepEqual(await gone.scale(1), { kind: 'scaled' });
});

test('os-nova #70: a server that never disappears is told after the action timeout, and stays marked', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  pool.world.cloud.faults.onServer({}, 'delete-hangs');
  assert.match(
    await failureOf(pool.scale(1)),
    /failed to delete instances \(0 are deleted\): error waiting for server id [0-9a-f-]{36} to get to DELETED status: context deadline exceeded$/,
  );
  assert.equal(outOfService(pool).length, 1);
});

test('os-nova #71: a member is removed first; where there is none that is told', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: withExtras });
  const since = pool.world.cloud.requests.length;
  await pool.scale(2);
  const writes = writesOn(pool, since)
    .filter((write) => !isMarking(write))
    .map((write) => write.split('/')[1] + write.slice(0, 6));
  assert.equal(pool.world.cloud.state.members.size, 2);
  assert.match(writesOn(pool, since)[1] ?? '', /^DELETE .*members/);
  assert.equal(writes.length, 3);
  pool.world.cloud.state.members.clear();
  await pool.scale(1);
  assert.ok(pool.log.lines('warn').includes('WARN no load balancer member found for server, skipping deletion'));
  assert.equal(pool.world.servers().length, 1);
});

test('os-nova #72: a load balancer that is busy is asked again', async (t) => {
  const pool = await poolTest(t, { servers: 2, policy: withExtras });
  const busy = { kind: 'answer', status: 409, text: 'immutable' } as const;
  pool.world.cloud.faults.onRequest({ method: 'DELETE', path: /members/ }, busy, 1);
  assert.deepEqual(await pool.scale(1), { kind: 'scaled' });
  await pool.world.clock.advance(5_000);
  assert.equal(pool.world.cloud.state.members.size, 1);
});

test('os-nova #73, #74: a floating IP goes after its server, also for a plugin that never heard of it', async (t) => {
  const pool = await poolTest(t, { servers: 2, policy: withExtras });
  const other = await pool.world.run(startPlugin(pool.world));
  const since = pool.world.cloud.requests.length;
  await pool.world.run(other.scale(1));
  await pool.world.clock.advance(5_000);
  assert.deepEqual(pool.world.orphans(), []);
  assert.equal(pool.world.cloud.state.floatingIps.size, 1);
  const deletes = writesOn(pool, since)
    .filter((write) => write.startsWith('DELETE'))
    .map((write) => write.split('/').at(-2));
  assert.deepEqual(deletes, ['members', 'servers', 'floatingips']);
});

test('os-nova #75: nodes are purged after their servers are gone', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  await pool.scale(1);
  assert.equal(pool.world.nodes().length, 1);
  const kept = await poolTest(t, { servers: 2, policy: { node_purge: '' } });
  await kept.scale(1);
  await kept.world.clock.advance(60_000);
  assert.equal(kept.world.nodes().length, 2);
});

/** Lets the drain of a node fail: Nomad refuses it. */
const noDrains =
  (names: RegExp) =>
  async (request: Request, pass: (request: Request) => Promise<Response>): Promise<Response> => {
    if (!/\/drain/.test(request.url) || !names.test(await request.clone().text())) return pass(request);
    return new Response('no drain today', { status: 500 });
  };

test('os-nova #76: when the drain fails, nothing is written to Nova', async (t) => {
  const pool = await poolTest(t, { servers: 2, between: noDrains(/"Deadline"/) });
  const since = pool.world.cloud.requests.length;
  assert.match(
    await failureOf(pool.scale(1)),
    /failed to delete instances \(0 are deleted\): node [0-9a-f-]{36} stays: failed to drain node: .*no drain today/,
  );
  assert.deepEqual(writesOn(pool, since), []);
  assert.equal((await pool.status()).ready, true);
});

test('os-nova #77: one that cannot be deleted is given back, and does not keep the other from going', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: withExtras });
  const refused = { kind: 'answer', status: 500, text: 'not this one' } as const;
  const cancel = pool.world.cloud.faults.onRequest({ method: 'DELETE', path: /servers\/[0-9a-f-]+$/ }, refused, 20);
  const failing = pool.scale(2);
  assert.match(
    await failureOf(failing),
    /failed to delete instances \(0 are deleted\): failed to delete server id [0-9a-f-]{36}: .*500/,
  );
  cancel();
  assert.deepEqual(outOfService(pool), []);
  await pool.world.clock.advance(5_000);
  const places = [...pool.world.cloud.state.members.values()].map(({ status }) => status);
  assert.deepEqual(places, ['ACTIVE', 'ACTIVE', 'ACTIVE']);
  assert.deepEqual(
    [...pool.world.cloud.state.servers.values()].map(({ metadata }) => metadata['nomad-autoscaler.removing'] || ''),
    ['', '', ''],
  );
  assert.equal((await pool.status()).ready, true);

  const [victim] = pool.world.cloud.state.servers.keys();
  pool.world.cloud.faults.onRequest({ method: 'DELETE', path: new RegExp(`servers/${victim}$`) }, refused);
  assert.match(
    await failureOf(pool.scale(0)),
    /failed to delete instances \(2 are deleted\): failed to delete server id/,
  );
  assert.equal(pool.world.servers().length, 1);
  assert.equal(pool.world.nodes().length, 1);
  assert.deepEqual(outOfService(pool), []);
});

test('a scaling in that is called off while nodes drain gives all of them back and deletes nothing', async (t) => {
  const pool = await poolTest(t, { servers: 3 });
  // One on each node: nothing can move while two of them drain.
  const apart = { Constraints: [{ LTarget: '', Operand: 'distinct_hosts', RTarget: 'true' }] };
  await pool.world.nomad.put('/v1/jobs', jobBody('work', { count: 3, group: apart }));
  await pool.world.clock.advance(5_000);
  const stop = new AbortController();
  const scaling = pool.scale(1, { node_drain_deadline: '1h' }, stop.signal);
  scaling.catch(() => undefined);
  await pool.world.clock.advance(5_000);
  const { ready, count, desired } = await statusNow(pool);
  assert.deepEqual([ready, count, desired], [true, 1, 1]);
  assert.equal(outOfService(pool).length, 2);
  const since = pool.world.cloud.requests.length;
  stop.abort();
  await assert.rejects(scaling, { name: 'AbortError' });
  assert.deepEqual(
    pool.world.nodes().map((one) => one.split(' ').slice(1).join(' ')),
    ['ready', 'ready', 'ready'],
  );
  assert.deepEqual(writesOn(pool, since), []);
  const after = await pool.status();
  assert.deepEqual([after.ready, after.count, after.desired], [true, 3, undefined]);
});

/** While something else is under way, which would go on in `pool.status`. */
const statusNow = ({ session }: PoolTest) => session.status(policyOf(), new AbortController().signal);

test('a node on which work lands just before its server goes stays, with its server', async (t) => {
  let landed = false;
  const pool = await poolTest(t, {
    servers: 2,
    agent: byId,
    between: async (request, pass) => {
      if (request.method === 'POST' && request.url.includes('/metadata')) landed = true;
      if (!landed || !request.url.includes('/allocations')) return pass(request);
      return Response.json([{ ID: 'late', ClientStatus: 'running', DesiredStatus: 'run', Job: { Type: 'service' } }]);
    },
  });
  assert.match(await failureOf(pool.scale(1)), /node [0-9a-f-]{36} stays: 1 allocations are on it$/);
  assert.equal(pool.world.servers().length, 2);
  assert.deepEqual(outOfService(pool), []);
});

test('of equally busy nodes those of the fullest zone go first, where the pool is spread', async (t) => {
  const zones = { evenly_split_azs: 'true', availability_zones: 'az1' };
  const pool = await poolTest(t, { servers: 3, policy: zones });
  await pool.scale(4, { availability_zones: 'az2' });
  await pool.world.clock.advance(10_000);
  await pool.scale(2, { availability_zones: 'az1,az2' });
  assert.deepEqual(
    pool.world
      .servers()
      .map((one) => one.slice(-3))
      .toSorted(),
    ['az1', 'az2'],
  );
});

test('several servers go at the same time, as many as the policy says', async (t) => {
  const pool = await poolTest(t, { servers: 6, policy: { server_parallelism: '2' } });
  await pool.scale(0);
  const deletes = pool.world.cloud.requests.filter(({ method }) => method === 'DELETE').map(({ at }) => at);
  const together = deletes.map((at) => deletes.filter((other) => other === at).length);
  assert.equal(Math.max(...together), 2);
  assert.equal(pool.world.servers().length, 0);
});

test('a deletion that ends in ERROR is told at once, and tried again with the next look', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  pool.world.cloud.faults.onServer({}, 'delete-fails', 1);
  const before = pool.world.clock.now();
  assert.match(await failureOf(pool.scale(1)), /to get to DELETED status: server went into status ERROR/);
  assert.ok(pool.world.clock.now() - before < 10_000);
  assert.equal((await pool.status()).ready, false);
  await pool.world.clock.advance(10_000);
  const { ready, count } = await pool.status();
  assert.deepEqual([ready, count, pool.world.nodes().length], [true, 1, 1]);
});

test('the node that the autoscaler runs on is never removed', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  await pool.world.nomad.put('/v1/jobs', jobBody('autoscaler', { count: 1 }));
  await pool.world.clock.advance(5_000);
  const [allocation] = (await pool.world.nomad.get('/v1/allocations')).json;
  const own = await restarted(pool, { allocation: allocation.ID });
  await own.scale(0);
  assert.deepEqual(pool.world.nodes(), [`${allocation.NodeName} ready`]);
});

test('a server that somebody deletes while its node is emptied is no obstacle, and neither is its floating IP', async (t) => {
  const hook = atDrain(loseServer);
  const policy = { ...withExtras, node_selector_strategy: 'oldest_create_index' };
  const pool = await poolTest(t, { servers: 2, policy, ...hook });
  hook.pool = pool;
  assert.deepEqual(await pool.scale(1), { kind: 'scaled' });
  await pool.status();
  await pool.world.clock.advance(10_000);
  assert.deepEqual([pool.world.servers().length, pool.world.nodes().length, pool.world.orphans()], [1, 1, []]);
});

/** Takes the oldest server away, as Nova does it. */
function loseServer({ world }: PoolTest): void {
  const { servers, ports, floatingIps } = world.cloud.state;
  const [id] = servers.keys();
  servers.delete(id ?? '');
  for (const port of [...ports.values()].filter(({ serverId }) => serverId === id)) {
    ports.delete(port.id);
    for (const ip of [...floatingIps.values()].filter(({ portId }) => portId === port.id)) {
      floatingIps.set(ip.id, { ...ip, portId: undefined });
    }
  }
}
