/**
 * What simulated clients report about their allocations: gathered for a moment, then written at once, with the
 * evaluations that it calls for. Compat: spec nomad-scheduler.md §6, §7.2–7.3.
 */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Job } from '../nomad/types.ts';
import { judgeFailed } from './alloc-health.ts';
import { type Allocation, isServerTerminal } from './allocation.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey, newId } from './identity.ts';
import { hasTriesLeft } from './scheduler/reschedule.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';
import type { Transaction } from './transaction.ts';

/** @returns the same allocation when there is nothing to tell. */
export type Report = (allocation: Allocation, nowMs: number) => Allocation;

/** Reports of this time go out together. */
const batchMs = 50;

export class ClientReports {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;
  readonly #isHeard: (allocation: Allocation) => boolean;
  /** By allocation, in their order. */
  readonly #reports = new Map<string, Report[]>();
  #batch: Cancel | undefined;

  /** @param isHeard  whether the client of an allocation gets through; reports of others are lost. */
  constructor(world: World, store: StateStore, timers: Timers, isHeard: (allocation: Allocation) => boolean) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
    this.#isHeard = isHeard;
  }

  /** @param report  changes the allocation of this ID when its report goes out. */
  add(id: string, report: Report): void {
    const reports = this.#reports.get(id);
    if (reports === undefined) this.#reports.set(id, [report]);
    else reports.push(report);
    this.#batch ??= this.#timers.after(batchMs, () => this.#send());
  }

  #send(): void {
    this.#batch = undefined;
    const reports = [...this.#reports];
    this.#reports.clear();
    const nowMs = this.#world.clock.now();
    const changed: Allocation[] = [];
    for (const [id, list] of reports) {
      const before = this.#store.allocation(id);
      if (before === undefined || !this.#isHeard(before)) continue;
      const after = judgeFailed(
        list.reduce((one, report) => report(one, nowMs), before),
        nowMs,
      );
      if (after !== before) changed.push(after);
    }
    if (changed.length === 0) return;
    this.#store.transact(nowMs, (tx) => {
      const returned = changed.filter((one) => this.#store.allocation(one.ID)?.ClientStatus === 'unknown');
      for (const one of changed) tx.putAllocation(one, 'client');
      for (const job of this.#jobsToRetry(changed)) this.#evaluate(tx, job, 'alloc-failure');
      for (const job of this.#jobsOf(returned)) this.#evaluate(tx, job, 'reconnect');
      for (const { FollowupEvalID: id = '' } of returned) {
        const waiting = this.#store.state.evaluations.get(id);
        if (waiting?.Status !== 'pending') continue;
        tx.putEvaluation({ ...waiting, Status: 'canceled', StatusDescription: 'allocs reconnected' });
      }
    });
  }

  #evaluate(tx: Transaction, job: Job, trigger: string): void {
    tx.putEvaluation(evaluationOf(newId(this.#world.random), job, { TriggeredBy: trigger }));
  }

  /** Jobs of which one failed that may be tried again elsewhere. */
  #jobsToRetry(changed: readonly Allocation[]): Iterable<Job> {
    return this.#jobsOf(
      changed.filter((one) => one.ClientStatus === 'failed' && !isServerTerminal(one) && hasTriesLeft(one)),
    );
  }

  /** In their present version. */
  #jobsOf(allocations: readonly Allocation[]): Iterable<Job> {
    const jobs = new Map<string, Job>();
    for (const one of allocations) {
      const job = this.#store.job(one.Namespace, one.JobID);
      if (job !== undefined) jobs.set(jobKey(one.Namespace, one.JobID), job);
    }
    return jobs.values();
  }
}
