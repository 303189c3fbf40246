import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody } from '../../../../support/nomad-server.ts';
import {
  breakServer,
  failureOf,
  type PoolTest,
  policyOf,
  poolTest,
  startPlugin,
} from '../../../../support/nova-pool.ts';
import { poolWorld } from '../../../../support/openstack.ts';

const warnings = 'WARN Detected server in unexpected status';

test('os-nova #25: a pool whose servers all run is ready, with the time of its last change', async (t) => {
  const pool = await poolTest(t, { servers: 3 });
  const status = await pool.status();
  const changed = [...pool.world.cloud.state.servers.values()].map(({ updatedAt }) => updatedAt);
  assert.deepEqual(status, {
    ready: true,
    count: 3,
    lastEventAt: Math.floor(Math.max(...changed) / 1000) * 1000,
    meta: {},
  });
  assert.deepEqual(pool.log.lines('warn'), []);
});

test('an empty pool without any node is ready, so that it can get its first server', async (t) => {
  const pool = await poolTest(t);
  assert.deepEqual(await pool.status(), { ready: true, count: 0, meta: {} });
});

test('os-nova #26: servers that still start make a pool unready, without a warning', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  const growing = pool.scale(3);
  await pool.world.clock.advance(5_000);
  const { ready, count } = await pool.session.status(policyOf(), new AbortController().signal);
  assert.deepEqual([ready, count], [false, 3]);
  assert.deepEqual(pool.log.lines('warn'), []);
  await growing;
});

test('os-nova #27: a server in ERROR makes a pool unready, with a warning', async (t) => {
  const pool = await poolTest(t, { servers: 3, policy: { replace_error_servers: 'false' } });
  const id = breakServer(pool);
  const { ready, count } = await pool.status();
  assert.deepEqual([ready, count], [false, 3]);
  const [told] = pool.log.records.filter(({ level }) => level === 'warn');
  assert.deepEqual([told?.message, told?.fields], [warnings.slice(5), { id, state: 'ERROR' }]);
});

test('os-nova #24: an ignored state counts nowhere', async (t) => {
  const pool = await poolTest(t, { servers: 3, agent: { ignored_states: 'error' } });
  breakServer(pool);
  const { ready, count } = await pool.status();
  assert.deepEqual([ready, count], [true, 2]);
  assert.deepEqual(pool.log.lines('warn'), []);
  assert.ok(pool.log.lines('debug').includes('DEBUG Ignored server due to state'));
});

test('os-nova #28: servers on several pages all count', async (t) => {
  const pool = await poolTest(t, { servers: 5, world: { cloud: { pageSize: 2 } } });
  assert.equal((await pool.status()).count, 5);
});

test('os-nova #29: while the nodes are in motion Nova is not asked', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  await pool.status();
  const [node] = pool.world.nomad.server.store.nodes();
  await drain(pool, node?.ID ?? '');
  const before = pool.world.cloud.requests.length;
  assert.deepEqual(await pool.status(), { ready: false, count: 0, meta: {} });
  assert.equal(pool.world.cloud.requests.length, before);
  assert.ok(pool.log.lines('warn').includes('WARN node pool status readiness check failed'));
});

/** An operator's drain that does not end, since something runs on the node. */
async function drain({ world }: PoolTest, id: string): Promise<void> {
  await world.nomad.put('/v1/jobs', jobBody('stay', { count: 2, cpu: 1200 }));
  await world.clock.advance(5_000);
  await world.nomad.put(`/v1/node/${id}/drain`, { DrainSpec: { Deadline: 3600e9 } });
}

test('os-nova #31: a Nova that cannot be read is an error', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onRequest({ path: /servers\/detail/ }, { kind: 'answer', status: 500, text: 'broken' });
  assert.match(await failureOf(pool.status()), /^failed to count Nova servers: .*500/);
});

test('os-nova #31: a Nova that does not answer is an error after the status timeout', async (t) => {
  const pool = await poolTest(t, { agent: { status_timeout: '20s' } });
  pool.world.cloud.faults.onRequest({ path: /servers\/detail/ }, { kind: 'silent' });
  assert.match(await failureOf(pool.status()), /^failed to count Nova servers: context deadline exceeded$/);
});

test('a Nomad that cannot be read is an error', async (t) => {
  const world = poolWorld();
  t.after(() => world.close());
  const plugin = await world.run(
    startPlugin(world, {
      between: (request, pass) =>
        request.url.includes('/v1/nodes') ? Promise.resolve(new Response('no leader', { status: 500 })) : pass(request),
    }),
  );
  assert.match(
    await failureOf(world.run(plugin.status())),
    /^failed to run Nomad node readiness check: failed to list Nomad nodes: Unexpected response code: 500/,
  );
});

test('servers that run and never join Nomad are told once, with both classes', async (t) => {
  const pool = await poolTest(t, { servers: 2, world: { client: () => ({ nodeClass: 'worker' }) } });
  await pool.status();
  assert.deepEqual(pool.log.lines('warn'), []);
  await pool.world.clock.advance(6 * 60_000);
  const { ready, count, problem } = await pool.status();
  await pool.status();
  const text =
    'pool nom-pool: 2 servers run for more than 5 minutes, and none is its node in Nomad: no node has ' +
    'node_class=nom-pool; node_class of the 2 nodes: worker (2). Set node_class = "nom-pool" in the client block of ' +
    "the pool's nodes, or mend node_class in the policy's target";
  assert.deepEqual([ready, count, problem], [true, 2, text]);
  assert.deepEqual(pool.log.lines('warn'), [`WARN ${text}`]);
});

test('a pool whose nodes have joined is not asked about again', async (t) => {
  const pool = await poolTest(t, { servers: 1 });
  await pool.world.clock.advance(6 * 60_000);
  assert.deepEqual((await pool.status()).meta, {});
  assert.deepEqual((await pool.status()).meta, {});
});
