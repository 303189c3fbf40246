/** Simulations of every mode: what fits, what does not, and how many nodes the rest wants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../src/nomad/types.ts';
import { Cluster } from '../../../src/simulate/cluster.ts';
import { extraNodes, unplacedOf } from '../../../src/simulate/extra.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { type JobAsk, type Mode, restOf, run } from '../../../src/simulate/run.ts';
import { copiesOf, jobOfSize, templateNode } from '../../../src/simulate/template.ts';
import { anyJob, anyNodes, Dice } from '../../support/simulate.ts';

const modes: readonly Mode[] = ['compat', 'exact', 'count'];

/** Takes 328 allocations of one slot. */
const slots = templateNode({ cpuMhz: 3280, memoryMb: 6560, diskMb: 32_800 }, '2.0.0');
const slot = { cpuMhz: 10, memoryMb: 20, diskMb: 100 };

/** 2,000,000 allocations of one slot, as 40 batch jobs. */
const millions: readonly JobAsk[] = Array.from({ length: 40 }, (_, at) => ({
  job: jobOfSize({ id: `job-${at}`, type: 'batch', count: 50_000, ...slot }),
}));

for (const mode of modes) {
  test(`nomad-scheduler #98: 6,100 nodes of 328 slots take 2,000,000 allocations (${mode})`, () => {
    const cluster = new Cluster(copiesOf(slots, 6100, 'node'), [], 'binpack');
    const results = run(cluster, millions, { mode, random: seededRandom(1) });
    assert.equal(unplacedOf(results), 0);
    assert.equal(cluster.placements.length, 2_000_000);
    assert.ok(Math.max(...cluster.allocations) <= 328);
    assert.deepEqual(extraNodes(cluster, results, slots, { mode, seed: 1 }), { nodes: 0, unplaced: [] });
  });

  test(`nomad-scheduler #99: 6,000 such nodes leave 32,000 of them, which 98 more take (${mode})`, () => {
    const cluster = new Cluster(copiesOf(slots, 6000, 'node'), [], 'binpack');
    const results = run(cluster, millions, { mode, random: seededRandom(1) });
    assert.equal(unplacedOf(results), 32_000);
    assert.deepEqual(extraNodes(cluster, results, slots, { mode, seed: 1 }), { nodes: 98, unplaced: [] });
  });
}

test('nomad-scheduler #100: the same seed places alike in compat mode, another one does not', () => {
  const places = (seed: number) => {
    const dice = new Dice(seededRandom(1));
    const cluster = new Cluster(anyNodes(dice, 50), [], 'binpack');
    const asks = Array.from({ length: 10 }, (_, at) => ({ job: anyJob(dice, `j${at}`, false) }));
    run(cluster, asks, { mode: 'compat', random: seededRandom(seed) });
    return Array.from({ length: cluster.placements.length }, (_, at) => cluster.placements.at(at));
  };
  assert.deepEqual(places(7), places(7));
  assert.notDeepEqual(places(7), places(8));
});

const small = templateNode({ cpuMhz: 1000, memoryMb: 1000, diskMb: 10_000 }, '2.0.0');
const ask = (count: number, size: Partial<typeof slot> = {}): JobAsk => ({
  job: jobOfSize({ id: 'a', type: 'service', count, ...{ cpuMhz: 100, memoryMb: 100, diskMb: 100 }, ...size }),
});
const nodes = (count: number) => copiesOf(small, count, 'node');

test('exact mode takes the best of all nodes where compat looks at two', () => {
  const cluster = new Cluster(nodes(100), [], 'binpack');
  for (let at = 0; at < 10; at++) {
    const job = jobOfSize({ id: `j${at}`, type: 'batch', count: 1, cpuMhz: 500, memoryMb: 100, diskMb: 1 });
    run(cluster, [{ job }], { mode: 'exact', random: seededRandom(at) });
  }
  // Whichever node is first after each shuffle, a node with one already is better than an empty one.
  assert.equal([...cluster.allocations].filter((count) => count > 0).length, 5);
});

test('up to three nodes with a score of 0 are set aside while better ones are sought', () => {
  const job = jobOfSize({ id: 'a', type: 'batch', count: 1, cpuMhz: 1000, memoryMb: 1000, diskMb: 1 });
  const larger = (times: number) => templateNode({ cpuMhz: 1000 * times, memoryMb: 1000 * times }, '2.0.0');
  for (let seed = 1; seed <= 30; seed++) {
    // The small ones would be full; algorithm spread rates that with 0.
    const all = [...nodes(3), ...copiesOf(larger(2), 1, 'large'), ...copiesOf(larger(3), 1, 'largest')];
    const cluster = new Cluster(all, [], 'spread');
    run(cluster, [{ job }], { mode: 'compat', random: seededRandom(seed) });
    assert.equal(cluster.placements.at(0), 4, `seed ${seed}`);
  }
});

test('counting divides: it places as many as fit, to the last one, and fills node by node', () => {
  const cluster = new Cluster(nodes(3), [], 'binpack');
  const [result] = run(cluster, [ask(32)], { mode: 'count', random: seededRandom(1) });
  assert.deepEqual([...cluster.allocations], [10, 10, 10]);
  assert.equal(result?.placed, 30);
  assert.equal(result?.failed?.CoalescedFailures, 1);
  assert.deepEqual(result?.failed?.DimensionExhausted, { cpu: 3 });
});

test('what no node of the kind can take is told apart from what more nodes would take', () => {
  const cluster = new Cluster(nodes(1), [], 'binpack');
  const huge = { ...ask(2, { memoryMb: 5000 }).job, ID: 'huge' };
  const results = run(cluster, [{ job: huge }, ask(25)], { mode: 'compat', random: seededRandom(1) });
  const extra = extraNodes(cluster, results, small, { mode: 'compat', seed: 1 });
  assert.equal(extra.nodes, 2);
  assert.deepEqual(
    extra.unplaced.map(({ job, wanted, placed, failed }) => [job.ID, wanted - placed, failed?.DimensionExhausted]),
    [['huge', 2, { memory: 1 }]],
  );
});

test('distinct hosts want a node each', () => {
  const job: Job = { ...ask(5).job, Constraints: [{ LTarget: '', RTarget: '', Operand: 'distinct_hosts' }] };
  for (const mode of modes) {
    const cluster = new Cluster(nodes(2), [], 'binpack');
    const results = run(cluster, [{ job }], { mode, random: seededRandom(1) });
    assert.deepEqual(results[0]?.failed?.ConstraintFiltered, { distinct_hosts: 2 });
    assert.equal(extraNodes(cluster, results, small, { mode, seed: 1 }).nodes, 3);
  }
});

test('where each node of the kind can take one, and none of them when there are others, none are called for', () => {
  const Constraints = [{ LTarget: '${meta.rack}', RTarget: '', Operand: 'distinct_property' }];
  const inRack = templateNode({ meta: { rack: 'r1' } }, '2.0.0');
  const cluster = new Cluster(copiesOf(inRack, 1, 'node'), [], 'binpack');
  const job = { ...ask(3).job, Constraints };
  const results = run(cluster, [{ job }], { mode: 'compat', random: seededRandom(1) });
  assert.equal(unplacedOf(results), 2);
  const extra = extraNodes(cluster, results, inRack, { mode: 'compat', seed: 1 });
  assert.equal(extra.nodes, 0);
  assert.equal(unplacedOf(extra.unplaced), 2);
});

test('so many more nodes take the rest, and one fewer leaves some of it', () => {
  let grown = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const dice = new Dice(seededRandom(seed));
    const cluster = new Cluster(anyNodes(dice, 3), [], 'binpack');
    const asks = Array.from({ length: 4 }, (_, at) => ({ job: anyJob(dice, `j${at}`, seed % 2 === 0) }));
    const results = run(cluster, asks, { mode: 'exact', random: seededRandom(seed) });
    const kind = templateNode({ cpuMhz: 4000, memoryMb: 4096, meta: { rack: 'r1' }, nodeClass: 'large' }, '2.0.0');
    const extra = extraNodes(cluster, results, kind, { mode: 'exact', seed });
    const left = (nodes: number) => {
      const copy = cluster.copy();
      copy.join(copiesOf(kind, nodes, 'more'));
      return unplacedOf(run(copy, restOf(results), { mode: 'exact', random: seededRandom(seed) }));
    };
    assert.equal(left(extra.nodes), unplacedOf(extra.unplaced), `seed ${seed}`);
    if (extra.nodes === 0) continue;
    grown++;
    assert.ok(left(extra.nodes - 1) > unplacedOf(extra.unplaced), `seed ${seed}`);
  }
  assert.ok(grown > 20, `${grown} clusters had to grow`);
});
