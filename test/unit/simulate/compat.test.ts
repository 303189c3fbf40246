/** A simulation in compat mode against the scheduler of the embedded Nomad, on clusters and jobs by chance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../../../src/simulate/cluster.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { type GroupResult, type JobAsk, restOf, run } from '../../../src/simulate/run.ts';
import { anyJob, anyNodes, Dice, type Evaluated, ReferenceScheduler } from '../../support/simulate.ts';

const clusters = 300;

for (const isPlain of [true, false]) {
  const what = isPlain ? 'jobs that look at sums alone' : 'ports, cores, spreads, distinct_property and system jobs';
  test(`compat mode places what the scheduler places, and gives its reasons: ${what}`, () => {
    let placed = 0;
    let failed = 0;
    for (let seed = 1; seed <= clusters; seed++) {
      const results = compare(seed, isPlain);
      placed += results.reduce((sum, one) => sum + one.placed, 0);
      failed += results.filter((one) => one.failed !== undefined).length;
    }
    // Neither of the two may run dry, or this would show nothing.
    assert.ok(placed > clusters * 10, `${placed} placed`);
    assert.ok(failed > clusters, `${failed} groups failed`);
  });
}

/** One cluster: jobs that stand there already, new ones, and the rest of these on more nodes. */
function compare(seed: number, isPlain: boolean): readonly GroupResult[] {
  const dice = new Dice(seededRandom(seed));
  const nodes = anyNodes(dice, dice.number(1, 40));
  const algorithm = dice.pick('binpack', 'spread');
  const jobs = Array.from({ length: dice.number(1, 6) }, (_, at) => anyJob(dice, `j${at}`, isPlain));
  const before = new ReferenceScheduler(nodes, [], algorithm, seededRandom(seed));
  for (let at = 0; at < dice.number(0, 2); at++) before.evaluate(anyJob(dice, `old${at}`, isPlain));
  const reference = new ReferenceScheduler(nodes, before.allocations, algorithm, seededRandom(-seed));
  const cluster = new Cluster(nodes, before.allocations, algorithm);
  const random = seededRandom(-seed);
  const check = (ask: JobAsk) => {
    const expected = reference.evaluate(ask.job);
    const results = run(cluster, [ask], { mode: 'compat', random });
    assert.deepEqual(outcomeOf(cluster, results), expected, `seed ${seed}, job ${ask.job.ID}`);
    return results;
  };
  const results = jobs.flatMap((job) => check({ job }));
  const more = anyNodes(dice, dice.number(1, 10), nodes.length);
  cluster.join(more);
  reference.join(more);
  const again = restOf(results).flatMap(check);
  return [...results, ...again];
}

function outcomeOf(cluster: Cluster, results: readonly GroupResult[]): Evaluated {
  const nodes: Record<string, string[]> = {};
  for (const { group, from, to } of results) {
    for (let at = from; at < to; at++) {
      const node = cluster.nodes[cluster.placements.at(at) ?? -1];
      nodes[group.Name] = [...(nodes[group.Name] ?? []), node?.ID ?? 'none'];
    }
  }
  const failed = results.flatMap((one) => (one.failed === undefined ? [] : [[one.group.Name, one.failed] as const]));
  return { nodes, failed: Object.fromEntries(failed) };
}
