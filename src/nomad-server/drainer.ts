/**
 * Empties draining nodes at the pace that each group's migrate block allows, and by force at the deadline.
 *
 * Compat: spec nomad-scheduler.md §14.
 */
import type { World } from '../lib/world.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job, TaskGroup } from '../nomad/types.ts';
import { type Allocation, isClientTerminal, isTerminal } from './allocation.ts';
import type { Commit } from './commit.ts';
import { isSystem } from './derive.ts';
import { evaluationOf } from './evaluations.ts';
import { groupKey, jobKey, newId } from './identity.ts';
import type { Nodes } from './nodes.ts';
import { groupOf } from './scheduler/ask.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

/** From the decision to move allocations to the write; nothing else is decided meanwhile. */
const batchMs = 1000;

type Strategy = NonNullable<Node['DrainStrategy']>;

/** Allocations that are to go. */
interface Request {
  /** They are named when it is their turn, and go even if nobody wants it any more when they are written. */
  readonly name: () => readonly Allocation[];
  readonly isForced: boolean;
  readonly done: () => void;
}

export class Drainer {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #nodes: Nodes;
  readonly #timers: Timers;
  readonly #draining = new Set<string>();
  /** One after the other. */
  readonly #requests: Request[] = [];
  #isBusy = false;
  /** Nodes whose end is among the requests. */
  readonly #ending = new Set<string>();
  /** What may move at its jobs' pace was named and is not written yet. */
  #isPacing = false;
  #isPlanned = false;

  constructor(world: World, store: StateStore, nodes: Nodes, timers: Timers) {
    this.#world = world;
    this.#store = store;
    this.#nodes = nodes;
    this.#timers = timers;
    store.onCommit((commit) => this.#hear(commit));
  }

  #hear(commit: Commit): void {
    for (const { before, after } of commit.nodes) {
      const id = after?.ID ?? before?.ID ?? '';
      if (!after?.DrainStrategy) this.#draining.delete(id);
      else if (after.DrainStrategy !== before?.DrainStrategy) this.#begin(after, after.DrainStrategy);
    }
    // What a job wants tells how many of it may move.
    if (this.#draining.size > 0 && commit.allocations.length + commit.jobs.length > 0) this.#plan();
  }

  #begin(node: Node, strategy: Strategy): void {
    const { Deadline, ForceDeadline } = strategy;
    this.#draining.add(node.ID);
    this.#plan();
    const atMs =
      Deadline < 0 ? this.#world.clock.now() : ForceDeadline === null ? undefined : Date.parse(ForceDeadline);
    if (atMs !== undefined) this.#timers.at(atMs, () => this.#force(node.ID, strategy));
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#timers.after(0, () => {
      this.#isPlanned = false;
      this.#look();
    });
  }

  #look(): void {
    for (const id of this.#draining) if (this.#isDone(id)) this.#end(id);
    if (this.#isPacing) return;
    const left = [...this.#draining].flatMap((id) => this.#left(id));
    const moving = this.#candidates(left.filter(isNoSystem));
    if (moving.length === 0) return;
    this.#isPacing = true;
    this.#request({
      name: () => moving,
      isForced: false,
      done: () => {
        this.#isPacing = false;
        this.#look();
      },
    });
  }

  /** Its time is over, unless the drain ended or goes on in another way by now. */
  #force(id: string, strategy: Strategy): void {
    const present = () => this.#store.node(id)?.DrainStrategy;
    if (present() !== strategy) return;
    this.#request({
      name: () => (present() ? this.#left(id).filter((one) => !strategy.IgnoreSystemJobs || isNoSystem(one)) : []),
      isForced: true,
      done: () => {
        if (present() === strategy) this.#complete(id, true); // else another drain took its place
      },
    });
  }

  /** Nothing is left but system jobs, which go too. */
  #end(id: string): void {
    if (this.#ending.has(id)) return;
    this.#ending.add(id);
    this.#request({
      name: () => [],
      isForced: false,
      done: () => {
        this.#ending.delete(id);
        const strategy = this.#store.node(id)?.DrainStrategy;
        if (!strategy || !this.#isDone(id)) return;
        if (!strategy.IgnoreSystemJobs) this.#mark(this.#left(id), false);
        this.#complete(id, false);
      },
    });
  }

  #complete(id: string, isForced: boolean): void {
    const node = this.#store.node(id);
    if (node?.DrainStrategy) this.#nodes.completeDrain(node, isForced);
  }

  #request(request: Request): void {
    this.#requests.push(request);
    this.#next();
  }

  #next(): void {
    while (!this.#isBusy) {
      const request = this.#requests.shift();
      if (request === undefined) return;
      const named = request.name();
      if (named.length === 0) request.done();
      else this.#write(named, request);
    }
  }

  #write(named: readonly Allocation[], { isForced, done }: Request): void {
    this.#isBusy = true;
    this.#timers.after(batchMs, () => {
      this.#mark(named, isForced);
      this.#isBusy = false;
      this.#next(); // what is named next does not know yet what becomes of these
      done();
    });
  }

  #isDone(id: string): boolean {
    return !this.#left(id).some(isNoSystem);
  }

  #left(id: string): readonly Allocation[] {
    return [...this.#store.allocationsOfNode(id)].filter((one) => !isClientTerminal(one));
  }

  /** As many of each group as may be moved at a time, whatever the number of nodes; batch work is left to finish. */
  #candidates(live: readonly Allocation[]): readonly Allocation[] {
    const byGroup = new Map<string, Allocation[]>();
    for (const one of live) {
      const key = groupKey(one);
      const list = byGroup.get(key);
      if (list === undefined) byGroup.set(key, [one]);
      else list.push(one);
    }
    return [...byGroup.values()].flatMap((list) => this.#ofGroup(list));
  }

  #ofGroup(live: readonly Allocation[]): readonly Allocation[] {
    const [first] = live;
    const job = first && (this.#store.job(first.Namespace, first.JobID) ?? first.Job);
    const group: TaskGroup | undefined = first && job && groupOf(job, first.TaskGroup);
    if (job === undefined || group === undefined || group.Migrate === null) return [];
    let healthy = 0;
    for (const one of this.#store.allocationsOfJob(job.Namespace, job.ID)) {
      if (one.TaskGroup !== group.Name || isTerminal(one) || one.DesiredTransition?.Migrate) continue;
      if (one.DeploymentStatus?.Healthy != null) healthy++;
    }
    const most = healthy - (group.Count - group.Migrate.MaxParallel);
    return live.filter((one) => !one.DesiredTransition?.Migrate).slice(0, Math.max(most, 0));
  }

  /** @param isForced  also what is already about to go is evaluated once more. */
  #mark(allocations: readonly Allocation[], isForced: boolean): void {
    const present = allocations.flatMap((one) => this.#store.allocation(one.ID) ?? []);
    const isFresh = (one: Allocation) => !one.DesiredTransition?.Migrate && one.DesiredStatus === 'run';
    const fresh = isForced ? present : present.filter(isFresh);
    if (fresh.length === 0) return;
    this.#store.transact(this.#world.clock.now(), (tx) => {
      const jobs = new Map<string, Job>();
      for (const one of fresh) {
        jobs.set(jobKey(one.Namespace, one.JobID), this.#store.job(one.Namespace, one.JobID) ?? one.Job);
        const disable = one.Job.Type === 'batch' ? { MigrateDisablePlacement: true } : {};
        tx.putAllocation(
          { ...one, DesiredTransition: { ...one.DesiredTransition, Migrate: true, ...disable } },
          'server',
        );
      }
      for (const job of jobs.values()) {
        tx.putEvaluation(evaluationOf(newId(this.#world.random), job, { TriggeredBy: 'node-drain' }));
      }
    });
  }
}

const isNoSystem = (one: Allocation) => !isSystem(one.Job);
