/** How many more nodes of a kind would take what a run could not place. */
import type { Node } from '../nomad/node-types.ts';
import { askOn } from '../nomad-server/scheduler/ask.ts';
import { roomOf } from '../nomad-server/scheduler/rank.ts';
import { Cluster } from './cluster.ts';
import { seededRandom } from './random.ts';
import { type GroupResult, type JobAsk, type Mode, restOf, run } from './run.ts';
import { copiesOf } from './template.ts';

export interface Extra {
  /** The fewest nodes with which a run places all that such nodes can take. */
  readonly nodes: number;
  /** What finds no place however many of them join. */
  readonly unplaced: readonly GroupResult[];
}

export interface ExtraOptions {
  readonly mode: Mode;
  readonly seed: number;
}

/**
 * Tries: each trial places the rest on so many more nodes of a copy of the cluster; what found no room on the others finds
 * none there later. The number lies between what the sums of the asks need and what was enough in a trial.
 *
 * @param cluster  as a run left it.
 * @param results  of that run.
 */
export function extraNodes(
  cluster: Cluster,
  results: readonly GroupResult[],
  template: Node,
  options: ExtraOptions,
): Extra {
  const rest = restOf(results);
  const { possible, hopeless } = sorted(rest, template, cluster, options);
  if (possible.length === 0) return { nodes: 0, unplaced: hopeless };
  const trial = (nodes: number) => {
    const copy = cluster.copy();
    copy.close();
    copy.join(copiesOf(template, nodes, 'extra'));
    return run(copy, possible, { mode: options.mode, random: seededRandom(options.seed) });
  };
  const least = leastNodes(possible, template);
  const enough = growUntilEnough(trial, least, countOf(possible));
  const target = unplacedOf(enough.results);
  // With none of them nothing finds a place. The sums say more only where everything does in the end.
  let [low, high, best] = [target === 0 ? least - 1 : 0, enough.nodes, enough.results];
  if (target === countOf(possible)) high = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const tried = trial(middle);
    if (unplacedOf(tried) > target) low = middle;
    else [high, best] = [middle, tried];
  }
  return { nodes: high, unplaced: [...hopeless, ...best.filter(({ placed, wanted }) => placed < wanted)] };
}

type Trial = (nodes: number) => readonly GroupResult[];

/** Doublings that may change nothing before no more are tried. */
const mostInVain = 2;

function growUntilEnough(
  trial: Trial,
  least: number,
  most: number,
): { nodes: number; results: readonly GroupResult[] } {
  let best = { nodes: least, results: trial(least) };
  let inVain = 0;
  for (let nodes = least; unplacedOf(best.results) > 0 && nodes < most && inVain < mostInVain; ) {
    nodes = Math.min(nodes * 2, most);
    const results = trial(nodes);
    if (unplacedOf(results) < unplacedOf(best.results)) [best, inVain] = [{ nodes, results }, 0];
    else inVain++;
  }
  return best;
}

/** Groups of which not even one fits on an empty node of the kind wait for something else. */
function sorted(rest: readonly JobAsk[], template: Node, { algorithm }: Cluster, { mode, seed }: ExtraOptions) {
  const possible: JobAsk[] = [];
  const hopeless: GroupResult[] = [];
  for (const { job, counts = new Map<string, number>() } of rest) {
    const helped = new Map<string, number>();
    for (const [group, count] of counts) {
      if (count === 0) continue;
      const one = new Map(job.TaskGroups.map(({ Name }) => [Name, Name === group ? 1 : 0]));
      const alone = new Cluster(copiesOf(template, 1, 'extra'), [], algorithm);
      const failed = run(alone, [{ job, counts: one }], { mode, random: seededRandom(seed) });
      if (unplacedOf(failed) === 0) helped.set(group, count);
      else
        hopeless.push(
          ...failed.filter((result) => result.group.Name === group).map((result) => ({ ...result, wanted: count })),
        );
    }
    const all = new Map(job.TaskGroups.map(({ Name }) => [Name, helped.get(Name) ?? 0]));
    if (helped.size > 0) possible.push({ job, counts: all });
  }
  return { possible, hopeless };
}

/** By the sums of the asks, and by how many of each size fit on an empty node. */
function leastNodes(asks: readonly JobAsk[], template: Node): number {
  const room = roomOf(template);
  const sums = { cpuMhz: 0, memoryMb: 0, diskMb: 0 };
  const columns = ['cpuMhz', 'memoryMb', 'diskMb'] as const;
  let [least, allocations] = [1, 0];
  for (const { job, counts } of asks) {
    for (const group of job.TaskGroups) {
      const count = counts?.get(group.Name) ?? 0;
      const ask = askOn(template, group);
      let perNode = Number.POSITIVE_INFINITY;
      for (const column of columns) {
        sums[column] += ask[column] * count;
        if (ask[column] > 0) perNode = Math.min(perNode, Math.floor(room[column] / ask[column]));
      }
      if (count > 0) least = Math.max(least, Math.ceil(count / perNode));
      allocations += count;
    }
  }
  for (const column of columns) if (sums[column] > 0) least = Math.max(least, Math.ceil(sums[column] / room[column]));
  return template.NodeMaxAllocs > 0 ? Math.max(least, Math.ceil(allocations / template.NodeMaxAllocs)) : least;
}

export const unplacedOf = (results: readonly GroupResult[]): number =>
  results.reduce((sum, { wanted, placed }) => sum + wanted - placed, 0);

const countOf = (asks: readonly JobAsk[]): number =>
  asks.reduce((sum, { counts }) => sum + [...(counts?.values() ?? [])].reduce((total, one) => total + one, 0), 0);
