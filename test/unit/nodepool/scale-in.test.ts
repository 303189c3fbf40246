import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualClock } from '../../../src/lib/clock.ts';
import { whyNotEmpty } from '../../../src/nodepool/drain.ts';
import type { Machine } from '../../../src/nodepool/identify.ts';
import { isPoolReady } from '../../../src/nodepool/readiness.ts';
import { drainSpecOf, emptyNodes, forget, type ScaleInOrder } from '../../../src/nodepool/scale-in.ts';
import { idOf, names, order, poolConfig, testPool } from '../../support/node-pool.ts';
import { jobBody } from '../../support/nomad-server.ts';

const never = new AbortController().signal;

/** Waits for the work while time goes by. */
async function inTime<T>(clock: VirtualClock, work: Promise<T>, ms = 3_600_000): Promise<T> {
  let isOver = false;
  const watched = work.finally(() => {
    isOver = true;
  });
  watched.catch(() => undefined);
  for (let left = ms; left > 0 && !isOver; left -= 500) await clock.advance(500);
  return watched;
}

const emptyIn = (pool: ReturnType<typeof testPool>, wanted: ScaleInOrder, signal = never) =>
  inTime(pool.clock, emptyNodes(pool.parts, wanted, signal));

test('cluster-scaling #23, #24: a pool in motion is not ready and says so once; an empty one is ready', async () => {
  const pool = testPool();
  assert.equal(await isPoolReady(pool.parts, poolConfig(), never), true);
  assert.equal(await isPoolReady(pool.parts, poolConfig({ node_class: 'nobody' }), never), true);
  await pool.put('/v1/jobs', jobBody('w', { count: 3, cpu: 3000 }));
  await pool.clock.advance(5_000);
  await pool.put(`/v1/node/${idOf('a')}/drain`, { DrainSpec: { Deadline: 3600e9 } });
  assert.equal(await isPoolReady(pool.parts, poolConfig(), never), false);
  assert.deepEqual(pool.log.lines('warn'), ['WARN node pool status readiness check failed']);
  assert.equal(await isPoolReady(pool.parts, poolConfig({ node_filter_ignore_drain: 'true' }), never), true);
});

test('cluster-scaling #25: a Nomad that cannot be read is an error, after some tries', async () => {
  const pool = testPool({ rule: () => ({ status: 500, headers: {}, body: 'no leader' }) });
  const ready = isPoolReady(pool.parts, poolConfig(), never);
  await assert.rejects(inTime(pool.clock, ready), { message: 'failed to list Nomad nodes' });
  assert.equal(pool.requests.length, 4);
});

test('cluster-scaling #26: nobody removes no node', async () => {
  const pool = testPool();
  await assert.rejects(emptyNodes(pool.parts, order(0), never), {
    message: 'number of nodes requested for removal must be greater than zero',
  });
  assert.equal(pool.requests.length, 0);
});

test('cluster-scaling #27, #55: the newest node drains, and its last drain says whose it was', async () => {
  const pool = testPool();
  const config = poolConfig({ node_selector_strategy: 'newest_create_index', node_drain_deadline: '10m' });
  const { emptied, kept } = await emptyIn(pool, order(1, { config }));
  assert.deepEqual(names(emptied), ['c']);
  assert.deepEqual(kept, []);
  const drain = pool.requests.find(({ path }) => path.startsWith(`/v1/node/${idOf('c')}/drain`));
  assert.deepEqual(JSON.parse(drain?.body ?? ''), {
    NodeID: idOf('c'),
    DrainSpec: { Deadline: 600e9, IgnoreSystemJobs: false },
    MarkEligible: false,
    Meta: { pool: 'web', drained_by: 'nomad-autoscaler' },
  });
  const watched = pool.requests.filter(
    ({ path }) => path.startsWith(`/v1/node/${idOf('c')}?`) && path.includes('index='),
  );
  assert.ok(watched.length > 0);
  assert.deepEqual(pool.states(), ['a eligible', 'b eligible', 'c ineligible']);
  assert.ok(pool.log.lines().includes('DEBUG node drain complete'));
});

test('cluster-scaling #28, #29: only nodes whose machine the provider has may go', async () => {
  const pool = testPool();
  const one = await emptyIn(pool, order(1, { remoteIds: new Set(['m-b']) }));
  assert.deepEqual(names(one.emptied), ['b']);
  await assert.rejects(emptyIn(testPool(), order(1, { remoteIds: new Set(['m-x']) })), {
    message: 'no nodes identified for scaling in action',
  });
});

test('cluster-scaling #30: more wanted than there are: all that may go, and a warning', async () => {
  const pool = testPool();
  const { emptied } = await emptyIn(pool, order(5, { remoteIds: new Set(['m-a', 'm-b']) }));
  assert.deepEqual(names(emptied).toSorted(), ['a', 'b']);
  assert.deepEqual(pool.log.lines('warn'), ['WARN can only identify portion of requested nodes for removal']);
});

test('cluster-scaling #32: a node that does not tell its machine stays and holds nothing up; if none tells, that is the error', async () => {
  const pool = testPool({ machines: { a: 'm-a' } });
  assert.deepEqual(names((await emptyIn(pool, order(2))).emptied), ['a']);
  await assert.rejects(emptyIn(testPool({ machines: {} }), order(1)), /attribute "machine" not found/);
});

test('cluster-scaling #33, #34: a drained node is a candidate unless the policy says otherwise', async () => {
  const pool = testPool();
  await pool.put(`/v1/node/${idOf('b')}/eligibility`, { Eligibility: 'ineligible' });
  const only = { remoteIds: new Set(['m-b']) };
  const config = poolConfig({ node_filter_ignore_ineligible: 'false' });
  await assert.rejects(emptyIn(pool, order(1, { ...only, config })), {
    message: 'no nodes identified for scaling in action',
  });
  assert.deepEqual(names((await emptyIn(pool, order(1, only))).emptied), ['b']);
});

test('cluster-scaling #35, #36: the node of the autoscaler itself never goes, and the order of the others stays', async () => {
  for (const own of ['a', 'b', 'c']) {
    const pool = testPool({
      allocation: 'mine',
      rule: ({ path }) =>
        path.startsWith('/v1/allocation/mine')
          ? { status: 200, headers: {}, body: JSON.stringify({ ID: 'mine', NodeID: idOf(own) }) }
          : undefined,
    });
    const config = poolConfig({ node_selector_strategy: 'newest_create_index' });
    const { emptied } = await emptyIn(pool, order(3, { config }));
    assert.deepEqual(
      names(emptied),
      ['c', 'b', 'a'].filter((name) => name !== own),
    );
  }
});

test('cluster-scaling #37: outside of Nomad no own node is looked for', async () => {
  const pool = testPool();
  await pool.parts.ownNode.prepare(never);
  assert.equal(pool.requests.length, 0);
});

test('cluster-scaling #38: while the own node is unknown none is removed; it is looked for again each time', async () => {
  let isKnown = false;
  const pool = testPool({
    allocation: 'mine',
    rule: ({ path }) => {
      if (!path.startsWith('/v1/allocation/mine')) return undefined;
      return isKnown
        ? { status: 200, headers: {}, body: JSON.stringify({ NodeID: idOf('c') }) }
        : { status: 500, headers: {}, body: 'Unknown allocation' };
    },
  });
  await pool.parts.ownNode.prepare(never);
  assert.deepEqual(pool.log.lines('error'), ['ERROR failed to identify Nomad Autoscaler nodeID']);
  await assert.rejects(emptyIn(pool, order(1)), { code: 'own_node_unknown' });
  assert.deepEqual(pool.writes(), []);
  isKnown = true;
  assert.equal((await emptyIn(pool, order(1))).emptied.length, 1);
});

test('cluster-scaling #52, #53, #54, #59: how a node drains; what cannot be read is told at once, all of it', () => {
  assert.deepEqual(drainSpecOf(poolConfig()), { deadlineMs: 900_000, ignoreSystemJobs: false });
  const set = poolConfig({ node_drain_deadline: '10m', node_drain_ignore_system_jobs: 'true' });
  assert.deepEqual(drainSpecOf(set), { deadlineMs: 600_000, ignoreSystemJobs: true });
  assert.equal(drainSpecOf(poolConfig({ node_drain_deadline: '0s' })).deadlineMs, 0);
  assert.equal(drainSpecOf(poolConfig({ node_drain_deadline: '-1s' })).deadlineMs, -1_000);
  const both = { node_drain_deadline: '10mm', node_drain_ignore_system_jobs: 'maybe' };
  assert.throws(() => poolConfig(both), /unknown unit "mm" in duration "10mm".*parsing "maybe": invalid syntax/);
});

test('cluster-scaling #56: a drain that Nomad refuses ends nothing but itself: its node is given back, the other goes', async () => {
  const pool = testPool({
    rule: ({ method, path, body }) =>
      method === 'PUT' && path.startsWith(`/v1/node/${idOf('a')}/drain`) && !body?.includes('"DrainSpec":null')
        ? { status: 500, headers: {}, body: 'boom' }
        : undefined,
  });
  const { emptied, kept } = await emptyIn(pool, order(2, { remoteIds: new Set(['m-a', 'm-b']) }));
  assert.deepEqual(names(emptied), ['b']);
  assert.deepEqual(
    kept.map(({ machine, why }) => [machine.node.Name, why]),
    [['a', 'failed to drain node: Unexpected response code: 500 (boom)']],
  );
  assert.deepEqual(pool.states(), ['a eligible', 'b ineligible', 'c eligible']);
});

test('cluster-scaling #57, #63: a drain that somebody cancels is none: the node is back in service, its machine stays', async () => {
  const pool = testPool();
  await pool.put('/v1/jobs', jobBody('w', { count: 3, cpu: 3000 }));
  await pool.clock.advance(5_000);
  const work = emptyNodes(pool.parts, order(1, { remoteIds: new Set(['m-b']) }), never);
  await pool.clock.advance(200);
  assert.deepEqual(pool.states()[1], 'b draining');
  await pool.put(`/v1/node/${idOf('b')}/drain`, { DrainSpec: null, MarkEligible: false });
  const { emptied, kept } = await inTime(pool.clock, work);
  assert.deepEqual(emptied, []);
  assert.match(
    kept[0]?.why ?? '',
    /context done while monitoring node drain.*somebody canceled the drain of node bbbb/,
  );
  assert.equal(pool.states()[1], 'b eligible');
});

test('cluster-scaling #58, #62: abandoned, it ends at once, and every node that was touched is in service again', async () => {
  const pool = testPool();
  await pool.put('/v1/jobs', jobBody('w', { count: 3, cpu: 3000 }));
  await pool.clock.advance(5_000);
  const load = new AbortController();
  const work = emptyNodes(pool.parts, order(2), load.signal);
  work.catch(() => undefined);
  await pool.clock.advance(200);
  assert.equal(pool.states().filter((state) => state.endsWith('draining')).length, 2);
  load.abort();
  await pool.clock.advance(0);
  await assert.rejects(work, { name: 'AbortError' });
  assert.deepEqual(pool.states(), ['a eligible', 'b eligible', 'c eligible']);
});

test('cluster-scaling #60, #61: nodes are removed from Nomad only when asked for; a failure is a warning and stops nothing', async () => {
  const rule = ({ path }: { path: string }) =>
    path.startsWith(`/v1/node/${idOf('b')}/purge`) ? { status: 500, headers: {}, body: 'boom' } : undefined;
  for (const [node_purge, purged, errors] of [
    [undefined, 0, 0],
    ['false', 0, 0],
    ['maybe', 0, 1],
    ['true', 3, 0],
  ] as const) {
    const pool = testPool({ rule });
    const config = poolConfig(node_purge === undefined ? {} : { node_purge });
    const { emptied } = await emptyIn(pool, order(3, { config }));
    await forget(pool.parts, config, emptied, never);
    assert.equal(pool.writes().filter((write) => write.endsWith('/purge')).length, purged);
    assert.equal(pool.log.lines('error').length, errors);
    const warnings = pool.log.records.filter(({ message }) => message === 'failed to purge Nomad node');
    assert.deepEqual(
      warnings.map(({ fields }) => fields['node_id']),
      purged === 0 ? [] : [idOf('b')],
    );
  }
});

test('just before its machine goes a node is looked at once more', async () => {
  const pool = testPool();
  const spec = drainSpecOf(poolConfig());
  const why = () => whyNotEmpty(pool.parts, idOf('c'), spec, never);
  assert.equal(await why(), 'it was made eligible again');
  await emptyIn(pool, order(1, { config: poolConfig({ node_selector_strategy: 'newest_create_index' }) }));
  assert.equal(await why(), undefined);
  await pool.put(`/v1/node/${idOf('c')}/eligibility`, { Eligibility: 'eligible' });
  assert.equal(await why(), 'it was made eligible again');
  assert.equal(await whyNotEmpty(pool.parts, idOf('d'), spec, never), undefined);
});

test('work that lands on an empty node before it is closed is not killed: the node is given back', async () => {
  let isClosed = false;
  const landed = JSON.stringify([{ ID: 'late', ClientStatus: 'pending', DesiredStatus: 'run', Job: null }]);
  const pool = testPool({
    rule: ({ path }) => {
      isClosed ||= path.includes('/drain');
      return isClosed && path.includes('/allocations') ? { status: 200, headers: {}, body: landed } : undefined;
    },
  });
  const config = poolConfig({ node_selector_strategy: 'empty' });
  const { emptied, kept } = await emptyIn(pool, order(1, { config }));
  assert.deepEqual(emptied, []);
  assert.match(kept[0]?.why ?? '', /is not empty any more/);
  assert.deepEqual(pool.states(), ['a eligible', 'b eligible', 'c eligible']);
});

test('whoever removes machines may say which of equally busy ones go first, but not which of the newest', async () => {
  const prefer = (machines: readonly Machine[]) =>
    machines.toSorted((one, other) => (one.remoteId < other.remoteId ? -1 : 1));
  const first = async (node_selector_strategy: string) => {
    const config = poolConfig({ node_selector_strategy });
    return names((await emptyIn(testPool(), order(1, { config, prefer }))).emptied);
  };
  assert.deepEqual(await first('least_busy'), ['a']);
  assert.deepEqual(await first('empty'), ['a']);
  assert.deepEqual(await first('newest_create_index'), ['c']);
});
