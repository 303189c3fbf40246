/** Launches periodic jobs when they are due. Compat: spec nomad-scheduler.md §17, nomad-api.md J19. */
import type { Cancel } from '../lib/clock.ts';
import type { World } from '../lib/world.ts';
import type { Job } from '../nomad/types.ts';
import { type ChildWrite, childOf, childrenOf, putChild } from './child-job.ts';
import { jobKey } from './identity.ts';
import { nextLaunch } from './periodic.ts';
import { Refusal } from './refusal.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

export class PeriodicLauncher {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;
  /** By job: ends the wait for its next launch. */
  readonly #waits = new Map<string, Cancel>();

  constructor(world: World, store: StateStore, timers: Timers) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
    store.onCommit(({ jobs }) => {
      for (const { before, after } of jobs) {
        const job = after ?? before;
        const isSame = before?.JobModifyIndex === after?.JobModifyIndex;
        if (job !== undefined && job.Periodic !== null && !isSame) this.#track(job, after !== undefined);
      }
    });
  }

  /** Launches a job now, due or not. */
  force(namespace: string, id: string): ChildWrite {
    const job = this.#store.job(namespace, id);
    if (job === undefined) throw new Refusal(500, 'job not found');
    if (job.Periodic === null) throw new Refusal(500, "can't force launch non-periodic job");
    if (!isTracked(job)) {
      const why = `can't force run non-tracked job "${id}" (${namespace})`;
      throw new Refusal(500, `force launch for job "${id}" failed: ${why}`);
    }
    return this.#launch(job, this.#world.clock.now());
  }

  #track(job: Job, isThere: boolean): void {
    const key = jobKey(job.Namespace, job.ID);
    this.#waits.get(key)?.();
    this.#waits.delete(key);
    if (isThere && isTracked(job)) this.#wait(job, this.#world.clock.now());
  }

  #wait(job: Job, afterMs: number): void {
    const at = job.Periodic === null ? undefined : nextLaunch(job.Periodic, afterMs);
    if (at === undefined) return;
    const due = () => {
      this.#wait(job, at);
      const mayOverlap = !job.Periodic?.ProhibitOverlap;
      if (mayOverlap || childrenOf(this.#store, job).every((one) => one.Status === 'dead')) this.#launch(job, at);
    };
    this.#waits.set(jobKey(job.Namespace, job.ID), this.#timers.at(at, due));
  }

  /** @param atMs  when it was due; the child is named for it. */
  #launch(job: Job, atMs: number): ChildWrite {
    const child = childOf(job, `${job.ID}/periodic-${Math.floor(atMs / 1000)}`, { Periodic: null });
    return putChild(this.#world, this.#store, child, 'periodic-job', this.#world.clock.now());
  }
}

const isTracked = (job: Job): boolean => !job.Stop && job.Periodic?.Enabled === true;
