/** What the modes have in common, and what their short cuts must not change, on clusters and jobs by chance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../../../src/simulate/cluster.ts';
import { Packings } from '../../../src/simulate/packing.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { Ranking } from '../../../src/simulate/ranking.ts';
import { Ring } from '../../../src/simulate/ring.ts';
import { type Mode, run } from '../../../src/simulate/run.ts';
import { Placing } from '../../../src/simulate/walk.ts';
import { anyJob, anyNodes, Dice, ReferenceScheduler } from '../../support/simulate.ts';

/** Some nodes, on which something stands already. */
function anyCluster(seed: number) {
  const dice = new Dice(seededRandom(seed));
  const nodes = anyNodes(dice, dice.number(1, 30));
  const algorithm = dice.pick('binpack', 'spread');
  const before = new ReferenceScheduler(nodes, [], algorithm, seededRandom(seed));
  before.evaluate(anyJob(dice, 'old', false));
  return { dice, cluster: new Cluster(nodes, before.allocations, algorithm) };
}

test('of asks of one size the same number fits in every mode', () => {
  let unplaced = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const { dice, cluster } = anyCluster(seed);
    const job = anyJob(dice, 'new', true);
    const alone = { ...job, TaskGroups: job.TaskGroups.slice(0, 1) };
    const placed = (mode: Mode) => {
      const [result] = run(cluster.copy(), [{ job: alone }], { mode, random: seededRandom(seed) });
      unplaced += result?.failed === undefined ? 0 : 1;
      return result?.placed;
    };
    assert.deepEqual([placed('exact'), placed('count')], [placed('compat'), placed('compat')], `seed ${seed}`);
  }
  assert.ok(unplaced > 200, `${unplaced} groups did not fit`);
});

test('the ranking has the first of the best nodes on top, after every placement', () => {
  let placed = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const { dice, cluster } = anyCluster(seed);
    const job = anyJob(dice, 'new', true);
    const [group] = job.TaskGroups;
    if (group === undefined || group.Count === 0) continue;
    const placing = new Placing(cluster, job, group, new Packings(cluster), cluster.nodes.length);
    const order = cluster.nodes.map((_, at) => at).reverse();
    const ranking = new Ranking(placing, order);
    for (;;) {
      const scores = order.map((node) => placing.score(node));
      const highest = Math.max(...scores.filter((score) => score !== undefined));
      const best = ranking.best();
      assert.equal(best?.node, order[scores.indexOf(highest)], `seed ${seed}`);
      if (best === undefined) break;
      cluster.place(best.node, placing.ask);
      placing.count(best.node);
      ranking.changed(best.player);
      placed++;
    }
  }
  assert.ok(placed > 1000, `${placed} placed`);
});

test('a ring leads from every place to the next that is not passed over', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const dice = new Dice(seededRandom(seed));
    const length = dice.number(1, 20);
    const ring = new Ring(length);
    const open = new Set(Array.from({ length }, (_, place) => place));
    for (let step = 0; step < 60; step++) {
      const place = dice.number(0, length - 1);
      if (dice.once(3)) {
        ring.pass(place);
        open.delete(place);
        continue;
      }
      const steps = ring.stepsFrom(place);
      const wanted = Array.from({ length }, (_, at) => at).find((at) => open.has((place + at) % length));
      if (wanted === undefined) assert.ok(steps >= length);
      else assert.equal(steps, wanted);
    }
  }
});
