/**
 * Finds nodes for one evaluation's placements, one after the other; each sees those before it.
 *
 * Compat: spec nomad-scheduler.md §7.5, §12.5–12.6.
 */
import type { AllocatedResources, AllocationMetric } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { consider, type Option, type Search } from './consider.ts';
import { type BaseSet, baseSet } from './feasible.ts';
import { MetricBuilder } from './metric.ts';
import type { Context, Snapshot } from './plan.ts';
import { mayPreempt } from './preempt.ts';
import { Proposed } from './proposed.ts';
import { resourcesOn } from './resources.ts';
import { type Seat, seatOf, type Wanted, wantedOf } from './seat.ts';

export interface Placed {
  readonly node: Node;
  readonly resources: AllocatedResources;
  /** Allocations of other jobs that make way. */
  readonly evicted: readonly Allocation[];
  readonly metric: AllocationMetric;
}

/** Options with a score of 0 or less that are set aside while better ones are sought. */
export const mostSetAside = 3;

export class Placer {
  readonly #snapshot: Snapshot;
  readonly #job: Job;
  readonly #context: Context;
  readonly #base: BaseSet;
  readonly #order: readonly Node[];
  readonly #proposed: Proposed;
  readonly #wanted = new Map<TaskGroup, Wanted>();
  readonly #limitOf: typeof candidateLimit;
  /** By version of the job. */
  readonly #former = new Map<number, Placer>();
  #at = 0;

  /**
   * @param limitOf   how many nodes are scored; as Nomad does unless given.
   * @param proposed  of the placer of another version of the job, which is about the same plan.
   */
  constructor(
    snapshot: Snapshot,
    job: Job,
    context: Context,
    limitOf = candidateLimit,
    proposed = new Proposed(snapshot, job),
  ) {
    this.#limitOf = limitOf;
    this.#snapshot = snapshot;
    this.#job = job;
    this.#context = context;
    this.#proposed = proposed;
    this.#base = baseSet(snapshot, job);
    this.#order = shuffled(this.#base.nodes, context.random);
  }

  /** Places what is of a former version of the job, on nodes that suit that one, within the same plan. */
  ofVersion(job: Job): Placer {
    const known = this.#former.get(job.Version);
    const placer = known ?? new Placer(this.#snapshot, job, this.#context, this.#limitOf, this.#proposed);
    this.#former.set(job.Version, placer);
    return placer;
  }

  /** By computed class, whether any group could run there; undefined when a constraint looks at single nodes. */
  get classEligibility(): Readonly<Record<string, boolean>> | undefined {
    const classes: Record<string, boolean> = {};
    for (const { byClass } of this.#wanted.values()) {
      for (const [name, why] of byClass) classes[name] = classes[name] || why === undefined;
    }
    return this.escaped || Object.keys(classes).length === 0 ? undefined : classes;
  }

  /** Some constraint looks at single nodes. */
  get escaped(): boolean {
    return [...this.#wanted.values()].some(({ demands }) => demands.escaped);
  }

  /** The plan stops this allocation: its room is free for what the plan places. */
  free(allocation: Allocation): void {
    this.#proposed.free(allocation);
  }

  /** The plan stops it no longer. */
  keep(allocation: Allocation): void {
    this.#proposed.keep(allocation);
  }

  /** The plan places this allocation, and these make way for it. */
  take(allocation: Allocation, evicted: readonly Allocation[]): void {
    for (const one of evicted) this.#proposed.evict(one);
    this.#proposed.take(allocation);
  }

  /** @param penalised  nodes where the group failed before. */
  find(group: TaskGroup, penalised: ReadonlySet<string>): Placed | AllocationMetric {
    const { spread } = this.#wantedOf(group);
    const metric = () => new MetricBuilder(this.#base, this.#job.NodePool);
    return this.#tryWithAndWithout(group, metric, (search) =>
      this.#best({ ...search, penalised, spread: spread.over((property) => this.#proposed.byValue(property)) }),
    );
  }

  /** Looks at one node only. */
  findOn(nodeId: string, group: TaskGroup): Placed | AllocationMetric {
    const metric = () => new MetricBuilder(this.#base, '', onlyBinPack);
    const node = this.#snapshot.node(nodeId);
    return this.#tryWithAndWithout(
      group,
      metric,
      (search) => node && consider(seatOf(node, search.wanted, this.#proposed), search),
    );
  }

  /** Only when nothing fits as it is are others made to go. */
  #tryWithAndWithout(
    group: TaskGroup,
    newMetric: () => MetricBuilder,
    look: (search: Search) => Option | undefined,
  ): Placed | AllocationMetric {
    const { schedulerConfiguration } = this.#snapshot;
    const common = {
      ...{ job: this.#job, wanted: this.#wantedOf(group), proposed: this.#proposed, random: this.#context.random },
      ...{ penalised: nowhere, spread: undefined, algorithm: schedulerConfiguration.SchedulerAlgorithm },
    };
    let metric = newMetric();
    let best = look({ ...common, metric, evicts: false });
    const isFull = best === undefined && metric.anyExhausted;
    if (isFull && mayPreempt(schedulerConfiguration, this.#job.Type)) {
      metric = newMetric();
      best = look({ ...common, metric, evicts: true });
    }
    if (best === undefined) return { ...metric.build(group), NodePool: this.#job.NodePool };
    const { node, ports, evicted } = best;
    const others = without(this.#proposed.onNode(node.ID), evicted);
    return { node, evicted, resources: resourcesOn(node, group, ports, others), metric: metric.build() };
  }

  #best(search: Search): Option | undefined {
    const { group, affinities } = search.wanted;
    const looksWider = affinities.length > 0 || search.spread !== undefined;
    const limit = this.#limitOf(this.#order.length, this.#job.Type, looksWider, group.Count);
    const setAside: Option[] = [];
    let best: Option | undefined;
    let found = 0;
    for (let seen = 0; seen < this.#order.length && found < limit; seen++) {
      const seat = this.#seatAt(this.#at++ % this.#order.length, search.wanted);
      const option = seat && consider(seat, search);
      if (option === undefined) continue;
      if (option.normalized <= 0 && setAside.length < mostSetAside) {
        setAside.push(option);
        continue;
      }
      found++;
      if (best === undefined || option.normalized > best.normalized) best = option;
    }
    for (const option of setAside) {
      if (found++ >= limit) break;
      if (best === undefined || option.normalized > best.normalized) best = option;
    }
    return best;
  }

  #seatAt(at: number, wanted: Wanted): Seat | undefined {
    const node = this.#order[at];
    if (node === undefined) return undefined;
    const seat = wanted.seats[at] ?? seatOf(node, wanted, this.#proposed);
    wanted.seats[at] = seat;
    return seat;
  }

  #wantedOf(group: TaskGroup): Wanted {
    let wanted = this.#wanted.get(group);
    if (wanted === undefined) {
      wanted = wantedOf(this.#job, group, this.#order.length);
      this.#wanted.set(group, wanted);
    }
    return wanted;
  }
}

function* without(allocations: Iterable<Allocation>, gone: readonly Allocation[]): Generator<Allocation> {
  for (const one of allocations) if (!gone.includes(one)) yield one;
}

const nowhere: ReadonlySet<string> = new Set();

/** The scores of an allocation that has no choice of nodes. */
const onlyBinPack = ['binpack', 'preemption'];

/** How many nodes are scored before the best of them is taken. */
export function candidateLimit(nodes: number, jobType: string, looksWider: boolean, count: number): number {
  if (looksWider) return Math.max(100, count);
  if (jobType === 'batch') return 2;
  return Math.max(2, Math.ceil(Math.log2(Math.max(nodes, 1))));
}

export function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [copy[at], copy[other]];
    if (a !== undefined && b !== undefined) {
      copy[at] = b;
      copy[other] = a;
    }
  }
  return copy;
}
