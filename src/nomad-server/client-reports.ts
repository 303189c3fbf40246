/**
 * What simulated clients report about their allocations. A client knows at once what becomes of them; it tells when it
 * looks next at what it has to tell, and the server writes what several clients told in a moment, with the evaluations
 * that it calls for. Compat: spec nomad-scheduler.md §6, §7.2–7.3; the clients' pace is that of the recordings.
 */
import type { World } from '../lib/world.ts';
import type { Job } from '../nomad/types.ts';
import { judgeFailed } from './alloc-health.ts';
import { type Allocation, isServerTerminal } from './allocation.ts';
import { type LookPace, Looks } from './client-looks.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey, newId } from './identity.ts';
import { hasTriesLeft } from './scheduler/reschedule.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';
import type { Transaction } from './transaction.ts';

/** @returns the same allocation when there is nothing to tell. */
export type Report = (allocation: Allocation, nowMs: number) => Allocation;

/** Reports of this time are written together. */
const batchMs = 50;

export interface ClientReportsParts {
  readonly world: World;
  readonly store: StateStore;
  readonly timers: Timers;
  readonly pace: LookPace;
  /** Whether the client of an allocation gets through; reports of others are lost. */
  readonly isHeard: (allocation: Allocation) => boolean;
  /** Hears of every change that a client knows of, long before the server does. */
  readonly onChange: (allocation: Allocation) => void;
}

export class ClientReports {
  readonly #parts: ClientReportsParts;
  /** By allocation: how its client sees it, where it did not tell yet. */
  readonly #untold = new Map<string, Allocation>();
  readonly #looks: Looks;
  /** What is on its way to the server, in this order. */
  readonly #batch = new Map<string, Allocation>();
  readonly #telling = new Set<string>();
  #isPlanned = false;

  constructor(parts: ClientReportsParts) {
    this.#parts = parts;
    this.#looks = new Looks({
      ...{ timers: parts.timers, pace: parts.pace },
      tell: (nodeId, ids) => this.#send(nodeId, ids),
      isUrgent: (id) => isUrgent(parts.store.allocation(id), this.#untold.get(id)),
    });
  }

  /** The client of a node starts, and with it the beat of its looks. What the one before it did not tell is lost. */
  begin(nodeId: string): void {
    for (const { ID: id } of this.#parts.store.allocationsOfNode(nodeId)) this.#untold.delete(id);
    this.#looks.begin(nodeId);
  }

  /** An allocation as its client sees it. @param told  as the server sees it. */
  view(told: Allocation): Allocation {
    const untold = this.#untold.get(told.ID) ?? this.#batch.get(told.ID);
    return untold === undefined ? told : asReported(told, untold);
  }

  /** @param report  changes the allocation of this ID, now. */
  add(id: string, report: Report): void {
    const { store, world, isHeard, onChange } = this.#parts;
    const told = store.allocation(id);
    if (told === undefined || !isHeard(told)) return;
    const before = this.view(told);
    const nowMs = world.clock.now();
    const after = judgeFailed(report(before, nowMs), nowMs);
    if (after === before) return;
    this.#untold.set(id, after);
    this.#looks.add(told.NodeID, id);
    onChange(after);
  }

  #send(nodeId: string, ids: Iterable<string>): void {
    this.#telling.add(nodeId);
    for (const id of ids) {
      const untold = this.#untold.get(id);
      if (untold !== undefined) this.#batch.set(id, untold);
      this.#untold.delete(id);
    }
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#parts.timers.after(batchMs, () => this.#write());
  }

  #write(): void {
    this.#isPlanned = false;
    const { store, world, isHeard } = this.#parts;
    const changed: Allocation[] = [];
    for (const [id, after] of this.#batch) {
      const told = store.allocation(id);
      if (told !== undefined && isHeard(told)) changed.push(asReported(told, after));
    }
    const nodes = [...this.#telling];
    this.#batch.clear();
    this.#telling.clear();
    if (changed.length > 0) store.transact(world.clock.now(), (tx) => this.#put(tx, changed));
    for (const node of nodes) this.#looks.told(node);
  }

  #put(tx: Transaction, changed: readonly Allocation[]): void {
    const { store } = this.#parts;
    const returned = changed.filter((one) => store.allocation(one.ID)?.ClientStatus === 'unknown');
    const failed = changed.filter((one) => store.allocation(one.ID)?.ClientStatus !== 'failed');
    for (const one of changed) tx.putAllocation(one, 'client');
    for (const job of this.#jobsToRetry(failed)) this.#evaluate(tx, job, 'alloc-failure');
    for (const job of this.#jobsOf(returned)) this.#evaluate(tx, job, 'reconnect');
    for (const { FollowupEvalID: id = '' } of returned) {
      const waiting = store.state.evaluations.get(id);
      if (waiting?.Status !== 'pending') continue;
      tx.putEvaluation({ ...waiting, Status: 'canceled', StatusDescription: 'allocs reconnected' });
    }
  }

  #evaluate(tx: Transaction, job: Job, trigger: string): void {
    tx.putEvaluation(evaluationOf(newId(this.#parts.world.random), job, { TriggeredBy: trigger }));
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
      const job = this.#parts.store.job(one.Namespace, one.JobID);
      if (job !== undefined) jobs.set(jobKey(one.Namespace, one.JobID), job);
    }
    return jobs.values();
  }
}

/** What the server decides stays as it is; so does health that somebody else told, or that another deployment asked for. */
function asReported(told: Allocation, { ClientDescription, ClientStatus, TaskStates, ...untold }: Allocation) {
  const isForeign = told.DeploymentStatus?.Healthy != null || told.DeploymentID !== untold.DeploymentID;
  const health = isForeign ? told.DeploymentStatus : untold.DeploymentStatus;
  const canary = told.DeploymentStatus?.Canary ?? false;
  return {
    ...told,
    ClientStatus,
    ...(ClientDescription === undefined ? {} : { ClientDescription }),
    ...(TaskStates === undefined ? {} : { TaskStates }),
    ...(health === undefined ? {} : { DeploymentStatus: { ...health, Canary: canary } }),
  };
}

/** A status that the server has to act on; the first word about an allocation has time, unless it failed. */
function isUrgent(told: Allocation | undefined, after: Allocation | undefined): boolean {
  if (told === undefined || after === undefined) return false;
  if (told.TaskStates === undefined) return after.ClientStatus === 'failed';
  return told.ClientStatus !== after.ClientStatus;
}
