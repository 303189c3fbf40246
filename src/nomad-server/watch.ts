/**
 * Who waits for what. A query names the things that it looked at; a commit names the things that it touched; only
 * waiters of touched things are called.
 */
import type { Cancel } from '../lib/clock.ts';
import type { Allocation } from './allocation.ts';
import type { Change } from './commit.ts';
import { jobKey } from './identity.ts';

type Waiter = () => void;

export class Watches {
  /** Most things have one waiter at most; a set of one would take more room than all else about it. */
  readonly #waiting = new Map<string, Waiter | Set<Waiter>>();

  /** Calls `wake` after each commit that touched one of the keys, until cancelled. */
  watch(keys: readonly string[], wake: Waiter): Cancel {
    const waiter = () => wake();
    for (const key of keys) this.#add(key, waiter);
    return () => {
      for (const key of keys) this.#remove(key, waiter);
    };
  }

  #add(key: string, waiter: Waiter): void {
    const there = this.#waiting.get(key);
    if (there instanceof Set) there.add(waiter);
    else this.#waiting.set(key, there === undefined ? waiter : new Set([there, waiter]));
  }

  #remove(key: string, waiter: Waiter): void {
    const there = this.#waiting.get(key);
    if (there instanceof Set) there.delete(waiter);
    if (there === waiter || (there instanceof Set && there.size === 0)) this.#waiting.delete(key);
  }

  /** Calls the waiters of these keys, each once. Nobody waiting, the keys are not even gone through. */
  wake(keys: Iterable<string>): void {
    if (this.#waiting.size === 0) return;
    const called = new Set<Waiter>();
    for (const key of keys) {
      const there = this.#waiting.get(key);
      if (there instanceof Set) for (const waiter of there) called.add(waiter);
      else if (there !== undefined) called.add(there);
    }
    for (const waiter of called) waiter();
  }

  /** Keys that somebody waits for. */
  get size(): number {
    return this.#waiting.size;
  }
}

/** The names of things that can be waited for. */
export const watchKey = {
  table: (name: string) => name,
  job: (key: string) => `job ${key}`,
  allocationsOfJob: (key: string) => `allocations of job ${key}`,
  evaluationsOfJob: (key: string) => `evaluations of job ${key}`,
  deploymentsOfJob: (key: string) => `deployments of job ${key}`,
  scalingEventsOfJob: (key: string) => `scaling events of job ${key}`,
  node: (id: string) => `node ${id}`,
  allocationsOfNode: (id: string) => `allocations of node ${id}`,
  allocation: (id: string) => `allocation ${id}`,
  evaluation: (id: string) => `evaluation ${id}`,
  deployment: (id: string) => `deployment ${id}`,
} as const;

/** What a commit touched, its allocations with all that they belong to. Made one by one: they are many, and seldom waited for. */
export function* touchedKeys(others: Iterable<string>, allocations: readonly Change<Allocation>[]): Generator<string> {
  yield* others;
  if (allocations.length > 0) yield watchKey.table('allocations');
  for (const { before, after } of allocations) {
    const one = after ?? before;
    if (one === undefined) continue;
    yield watchKey.allocation(one.ID);
    yield watchKey.allocationsOfJob(jobKey(one.Namespace, one.JobID));
    yield watchKey.allocationsOfNode(one.NodeID);
  }
}
