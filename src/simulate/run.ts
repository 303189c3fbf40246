/**
 * Places jobs on a simulated cluster, one evaluation after the other as Nomad would, and says what found no room. Pure:
 * chance is handed in, so that one seed gives one result. Source: spec nomad-scheduler.md §19.2.
 */
import type { Job, TaskGroup } from '../nomad/types.ts';
import { isSystem } from '../nomad-server/derive.ts';
import { type BaseSet, baseSet } from '../nomad-server/scheduler/feasible.ts';
import { shuffled } from '../nomad-server/scheduler/place.ts';
import { CarefulPlacing, isPlain, type Outcome } from './careful.ts';
import type { Cluster } from './cluster.ts';
import { fill } from './fill.ts';
import { Packings } from './packing.ts';
import { Ranking } from './ranking.ts';
import { Placing, Walk } from './walk.ts';

/** `compat`: as Nomad places. `exact`: always the best node. `count`: how many fit, and no more. */
export type Mode = 'compat' | 'exact' | 'count';

/** Allocations of a job that want a place, beside those that it has. */
export interface JobAsk {
  readonly job: Job;
  /** By group; the others as the job says. System jobs want as many as there are nodes, whatever is said. */
  readonly counts?: ReadonlyMap<string, number>;
}

/** What became of one group of an ask. */
export interface GroupResult extends Outcome {
  readonly job: Job;
  readonly group: TaskGroup;
  /** Its part of the cluster's column of placements. */
  readonly from: number;
  readonly to: number;
}

export interface RunOptions {
  readonly mode: Mode;
  /** Uniform in [0, 1): shuffles the nodes, and picks dynamic ports. */
  readonly random: () => number;
}

/** Fills the cluster. Jobs of a higher priority come first. */
export function run(cluster: Cluster, asks: readonly JobAsk[], options: RunOptions): readonly GroupResult[] {
  const packings = new Packings(cluster);
  const places = new Map<BaseSet, readonly number[]>();
  return asks
    .toSorted((one, other) => other.job.Priority - one.job.Priority)
    .flatMap((ask) => {
      if (!isPlain(ask.job)) return evaluateCarefully(cluster, ask, options);
      const base = baseSet(cluster.snapshot, ask.job);
      let nodes = places.get(base);
      if (nodes === undefined) {
        nodes = base.nodes.map(({ ID }) => cluster.placeOf(ID) ?? 0);
        places.set(base, nodes);
      }
      const size = baseSet(cluster.whole, ask.job).nodes.length;
      return evaluate({ cluster, packings, base, nodes, size }, ask, options);
    });
}

interface Stage {
  readonly cluster: Cluster;
  readonly packings: Packings;
  readonly base: BaseSet;
  /** Of the base set, as places in the cluster. */
  readonly nodes: readonly number[];
  /** How many nodes the base set has with those that are closed. */
  readonly size: number;
}

function evaluate(stage: Stage, ask: JobAsk, { mode, random }: RunOptions): readonly GroupResult[] {
  const { cluster, packings, base, nodes, size } = stage;
  const { job } = ask;
  const walk = new Walk(mode === 'count' ? nodes : shuffled(nodes, random));
  return job.TaskGroups.map((group) => {
    const wanted = countOf(ask, group);
    const placing = new Placing(cluster, job, group, packings, size);
    const from = cluster.placements.length;
    const placed =
      mode === 'count'
        ? fill(cluster, placing, nodes, wanted)
        : placeEach(cluster, placing, wanted, mode === 'compat' ? walkOf(walk, placing) : bestOf(walk, placing));
    cluster.placed(job, group, from);
    const isTaken = (node: number) => placing.isTaken(node);
    const failed =
      placed === wanted
        ? undefined
        : placing.suitability.explain({ job, group, base }, walk.order(), isTaken, wanted - placed);
    return { job, group, wanted, placed, failed, from, to: cluster.placements.length };
  });
}

const countOf = ({ counts }: JobAsk, group: TaskGroup): number => counts?.get(group.Name) ?? group.Count;

/** Seeks the next node; `settled` is told that the one that was found last has one more. */
interface Seeker {
  next(): number | undefined;
  settled(): void;
}

function placeEach(cluster: Cluster, placing: Placing, wanted: number, seeker: Seeker): number {
  for (let placed = 0; placed < wanted; placed++) {
    const node = seeker.next();
    if (node === undefined) return placed;
    cluster.place(node, placing.ask);
    placing.count(node);
    seeker.settled();
  }
  return wanted;
}

const walkOf = (walk: Walk, placing: Placing): Seeker => ({
  next: walk.seeker(placing),
  settled: () => undefined,
});

function bestOf(walk: Walk, placing: Placing): Seeker {
  const ranking = new Ranking(placing, [...walk.order()]);
  let player = -1;
  return {
    next() {
      const best = ranking.best();
      player = best?.player ?? -1;
      return best?.node;
    },
    settled: () => ranking.changed(player),
  };
}

function evaluateCarefully(cluster: Cluster, ask: JobAsk, { mode, random }: RunOptions): readonly GroupResult[] {
  const { job } = ask;
  const placing = new CarefulPlacing(cluster, job, random, mode === 'exact');
  let to = cluster.placements.length;
  const results = job.TaskGroups.map((group) => {
    const outcome = isSystem(job) ? placing.placeEverywhere(group) : placing.place(group, countOf(ask, group));
    const from = to;
    to += outcome.placed;
    return { ...outcome, job, group, from, to };
  });
  placing.commit();
  return results;
}

/** What a run could not place, to be tried again on more nodes. Jobs that run on every node get nothing from others. */
export function restOf(results: readonly GroupResult[]): readonly JobAsk[] {
  const byJob = new Map<Job, Map<string, number>>();
  for (const { job, group, wanted, placed } of results) {
    if (isSystem(job)) continue;
    const counts = byJob.get(job) ?? new Map<string, number>();
    byJob.set(job, counts.set(group.Name, wanted - placed));
  }
  return [...byJob]
    .filter(([, counts]) => [...counts.values()].some((count) => count > 0))
    .map(([job, counts]) => ({ job, counts }));
}
