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

/** Moves of this time are made together. */
const batchMs = 1000;

export class Drainer {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #nodes: Nodes;
  readonly #timers: Timers;
  readonly #draining = new Set<string>();
  #planned = false;

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
      else if (after.DrainStrategy !== before?.DrainStrategy) this.#begin(after);
    }
    if (this.#draining.size > 0 && commit.allocations.length > 0) this.#plan();
  }

  #begin(node: Node): void {
    this.#draining.add(node.ID);
    const deadline = node.DrainStrategy?.ForceDeadline ?? null;
    if (deadline !== null) this.#timers.at(Date.parse(deadline), () => this.#plan());
    // With nothing but system jobs there is nothing to wait for.
    if (this.#left(node).some((one) => !isSystem(one.Job))) this.#plan();
    else this.#timers.after(0, () => this.#look(node.ID));
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#timers.after(batchMs, () => {
      this.#planned = false;
      for (const id of this.#draining) this.#look(id);
    });
  }

  #left(node: Node): readonly Allocation[] {
    return [...this.#store.allocationsOfNode(node.ID)].filter((one) => !isClientTerminal(one));
  }

  #look(id: string): void {
    const node = this.#store.node(id);
    if (!node?.DrainStrategy) return;
    const left = this.#left(node);
    const others = left.filter((one) => !isSystem(one.Job));
    if (others.length > 0 && !this.#isForced(node)) {
      this.#mark(this.#candidates(others));
      return;
    }
    const isForced = others.length > 0;
    this.#mark(node.DrainStrategy?.IgnoreSystemJobs ? others : left);
    this.#nodes.completeDrain(this.#store.node(node.ID) ?? node, isForced);
  }

  #isForced(node: Node): boolean {
    const { Deadline: deadline = 0, ForceDeadline: until = null } = node.DrainStrategy ?? {};
    return deadline < 0 || (until !== null && Date.parse(until) <= this.#world.clock.now());
  }

  /** As many of each group as may be moved at a time; batch work is left to finish. */
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

  #mark(allocations: readonly Allocation[]): void {
    const fresh = allocations.filter((one) => !one.DesiredTransition?.Migrate && one.DesiredStatus === 'run');
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
