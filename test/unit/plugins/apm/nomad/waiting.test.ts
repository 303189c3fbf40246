import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jobBody } from '../../../../support/nomad-server.ts';
import {
  allocatedCpu,
  growPool,
  nomadWith,
  poolNode,
  wantedCpu,
  wantedMemory,
} from '../../../../support/waiting-pool.ts';

const onPool = { Constraints: [{ LTarget: `\${${'node.class'}}`, Operand: '=', RTarget: 'pool' }] };

describe('the eight complaints', () => {
  test('1, an empty pool: it reaches its minimum though nothing can be said of its nodes, and the policy goes on', async (t) => {
    const on = nomadWith(t, []);
    const pool = growPool(t, on, { query: allocatedCpu, strategy: { target: '70' }, min: 1, count: 0 });
    assert.match(await on.whyNot(allocatedCpu), /^no nodes identified within pool/);
    await pool.pass(120_000);
    assert.deepEqual(pool.target.scaledTo, [1]);
    assert.equal(pool.reports.at(-1)?.checks[0]?.newest?.value, 0, 'and then its node is measured');
  });

  test('2, a jump: load that would take 2 nodes to 7 takes them to 3 where the policy says max_scale_up = 1', async (t) => {
    for (const [strategy, count] of [
      [{ target: '70' }, 7],
      [{ target: '70', max_scale_up: '1' }, 3],
    ] as const) {
      const on = nomadWith(t, [poolNode('n1'), poolNode('n2')]);
      await on.run('web', { type: 'batch', count: 16, cpu: 300, memory: 50 });
      assert.equal(await on.ask(wantedCpu), 240);
      const pool = growPool(t, on, { query: wantedCpu, strategy, count: 2 });
      await pool.pass(20_000);
      assert.deepEqual(pool.target.scaledTo, [count]);
    }
  });

  test('8, nodes for pending allocations: three that find no room bring as many nodes as they need, where what is allocated would bring none', async (t) => {
    const on = nomadWith(t, [poolNode('n1')]);
    await on.run('web', { type: 'batch', count: 4, cpu: 600, memory: 100 });
    assert.equal((await on.places('web')).length, 1, 'three find no room');
    assert.equal(await on.ask(allocatedCpu), 60);
    assert.equal(await on.ask(wantedCpu), 240);

    const still = growPool(t, on, { query: allocatedCpu, strategy: { target: '60' }, count: 1 });
    await still.pass(120_000);
    assert.deepEqual(still.target.scaledTo, [], 'what is allocated is on target');

    const grows = growPool(t, on, { query: wantedCpu, strategy: { target: '60' }, count: 1 });
    await grows.pass(180_000);
    assert.deepEqual(grows.target.scaledTo, [4]);
    assert.deepEqual(await on.places('web'), ['n1', 'new-2', 'new-3', 'new-4']);
    assert.equal(await on.ask(wantedCpu), 60);
  });

  test('8, nodes for pending allocations: a pool that is empty, and may be, grows when something waits', async (t) => {
    const on = nomadWith(t, [{ name: 'other', nodeClass: 'other', cpuMhz: 1000, memoryMb: 1000 }]);
    const pool = growPool(t, on, { query: wantedCpu, strategy: { target: '80' }, count: 0 });
    await pool.pass(60_000);
    assert.deepEqual(pool.target.scaledTo, [], 'nothing waits');

    await on.run('web', { count: 2, cpu: 800, memory: 100, job: onPool });
    assert.equal(await on.ask(wantedCpu), 1);
    await pool.pass(300_000);
    assert.deepEqual(pool.target.scaledTo, [1, 2], 'one tells what a node has, and then there are as many as it takes');
    assert.deepEqual(await on.places('web'), ['new-1', 'new-2']);
  });
});

test('what waits is added to what is allocated, for CPU and memory alike', async (t) => {
  const on = nomadWith(t, [poolNode('n1'), poolNode('n2')]);
  assert.equal(await on.ask(wantedCpu), 0);
  await on.run('web', { count: 5, cpu: 100, memory: 700 });
  assert.equal(await on.ask(wantedMemory), 175, 'two run, three wait');
  assert.equal(await on.ask(wantedCpu), 25);
});

test('what found room meanwhile waits no more, though a blocked evaluation is not written again', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  await on.run('web', { count: 4, cpu: 100, memory: 700 });
  assert.equal(await on.ask(wantedMemory), 280);
  const asRecorded = (await on.nomad.get('/v1/evaluations?status=blocked')).text;
  assert.equal(JSON.parse(asRecorded)[0].FailedTGAllocs.g.CoalescedFailures, 2, 'it tells of three');
  on.answer('/v1/evaluations', 200, asRecorded);
  on.nomad.server.simulation.join(poolNode('n2'));
  await on.clock.advance(3_000);
  assert.equal(await on.ask(wantedMemory), 140, 'two wait: 2800 of 2000 MB');
});

test('where no summary tells how many wait, the evaluation does', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  await on.run('web', { count: 4, cpu: 100, memory: 700 });
  on.answer('/v1/job/web/summary', 404, 'job not found');
  assert.equal(await on.ask(wantedMemory), 280);
});

test('an old server that lists all evaluations is understood', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  await on.run('web', { count: 4, cpu: 100, memory: 700 });
  const all = await on.nomad.get('/v1/evaluations');
  assert.ok(all.json.length > 1);
  on.answer('/v1/evaluations', 200, all.text);
  assert.equal(await on.ask(wantedMemory), 280);
});

test('what could never run on the pool’s nodes is left out', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  const kernel = { LTarget: `\${${'attr.kernel.name'}}`, Operand: '=', RTarget: 'plan9' };
  await on.run('large', { cpu: 100, memory: 1200 });
  await on.run('elsewhere', { cpu: 100, memory: 10, job: { Datacenters: ['dc2'] } });
  await on.run('other-system', { cpu: 100, memory: 10, job: { Constraints: [kernel] } });
  const { json } = await on.nomad.get('/v1/evaluations?status=blocked');
  assert.ok(json.length >= 3, 'all of them wait');
  assert.equal(await on.ask(wantedCpu), 0);
  await on.run('web', { count: 2, cpu: 600, memory: 10 });
  assert.equal(await on.ask(wantedCpu), 120);
});

test('what more nodes would not help is left out: jobs of every node, those that wait for quota, those that were stopped', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  await on.run('web', { cpu: 600, memory: 10 });
  await on.run('everywhere', { type: 'system', cpu: 600, memory: 10 });
  const blocked = async () => (await on.nomad.get('/v1/evaluations?status=blocked')).json;
  assert.equal((await blocked()).length, 1);
  assert.equal(await on.ask(wantedCpu), 60);

  await on.run('api', { cpu: 700, memory: 10 });
  assert.equal(await on.ask(wantedCpu), 130);
  const short = (await blocked()).map((one: object) => ({ ...one, QuotaLimitReached: 'small' }));
  on.answer('/v1/evaluations', 200, JSON.stringify(short));
  await on.clock.advance(2_000);
  assert.equal(await on.ask(wantedCpu), 60);

  const again = (await blocked()).map((one: object) => ({ ...one, ID: 'another' }));
  on.answer('/v1/evaluations', 200, JSON.stringify(again));
  on.answer('/v1/job/api', 200, JSON.stringify({ ...(await on.nomad.get('/v1/job/api')).json, Stop: true }));
  await on.clock.advance(2_000);
  assert.equal(await on.ask(wantedCpu), 60);
});

test('a pool without a node is told as ever when nothing waits that could run there', async (t) => {
  const on = nomadWith(t, [{ name: 'other', nodeClass: 'other', cpuMhz: 1000, memoryMb: 1000 }]);
  const empty = /^no nodes identified within pool: no node has node_class=pool; node_class of the 1 nodes: other \(1\)/;
  assert.match(await on.whyNot(wantedCpu), empty);
  const forOther = { LTarget: `\${${'node.class'}}`, Operand: '=', RTarget: 'other' };
  await on.run('web', { count: 2, cpu: 800, memory: 10, job: { Constraints: [forOther] } });
  assert.match(await on.whyNot(wantedCpu), empty, 'what waits is bound to another pool');
});

test('a pool whose only node is held back is no empty one', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  const [{ ID }] = (await on.nomad.get('/v1/nodes')).json;
  await on.nomad.put(`/v1/node/${ID}/eligibility`, { NodeID: ID, Eligibility: 'ineligible' });
  await on.run('web', { cpu: 100, memory: 10 });
  assert.match(
    await on.whyNot(wantedCpu),
    /^no nodes identified within pool: none of its 1 nodes is ready and eligible/,
  );
});

test('a pool whose former nodes are down is an empty one', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  const [node] = on.nomad.server.store.nodes();
  if (node === undefined) throw new Error('no node');
  on.nomad.server.simulation.leave(node);
  await on.run('web', { cpu: 100, memory: 10 });
  assert.equal(await on.ask(wantedCpu), 1);
  const dc2 = { Datacenters: ['dc2'] };
  await on.run('web', { cpu: 100, memory: 10, job: dc2 });
  assert.match(await on.whyNot(wantedCpu), /^no nodes identified/, 'its nodes were none of the job’s datacenter');
});

test('many who ask at the same moment cost one reading, a job is read once, and who does not ask costs nothing', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  await on.run('web', { count: 3, cpu: 600, memory: 100 });
  await on.nomad.put('/v1/jobs', jobBody('api', { count: 2, cpu: 900, memory: 100 }));
  await on.clock.advance(2_000);
  const count = (pattern: RegExp) => on.asked.filter((path) => pattern.test(path)).length;
  await on.ask(allocatedCpu);
  assert.equal(count(/evaluations|\/v1\/job\//), 0);

  await Promise.all([...Array(20)].flatMap(() => [on.ask(wantedCpu), on.ask(wantedMemory)]));
  assert.deepEqual([count(/^\/v1\/evaluations\?/), count(/^\/v1\/job\/\w+\?/), count(/\/summary/)], [1, 2, 2]);
  await on.clock.advance(2_000);
  await on.ask(wantedCpu);
  assert.deepEqual([count(/^\/v1\/evaluations\?/), count(/^\/v1\/job\/\w+\?/), count(/\/summary/)], [2, 2, 4]);
  assert.match(on.asked.find((path) => path.includes('evaluations')) ?? '', /namespace=%2A.*status=blocked/);
});

test('what waits and cannot be read is an error, and never nothing', async (t) => {
  const on = nomadWith(t, [poolNode('n1')]);
  on.answer('/v1/evaluations', 403, 'Permission denied');
  assert.equal(
    await on.whyNot(wantedCpu),
    'failed to read what waits for room: Unexpected response code: 403 (Permission denied)',
  );
});
