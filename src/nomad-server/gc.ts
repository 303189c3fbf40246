/** Forgets what is over: old evaluations, their allocations, dead jobs. Compat: spec nomad-scheduler.md §16. */
import type { World } from '../lib/world.ts';
import type { Evaluation } from '../nomad/evaluation-types.ts';
import type { Job } from '../nomad/types.ts';
import { type Allocation, isActive, isOpen, isServerTerminal, isTerminal } from './allocation.ts';
import { isTemplate } from './derive.ts';
import { jobKey, toMilliseconds, toNanoseconds } from './identity.ts';
import { groupOf } from './scheduler/ask.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

const intervalMs = 5 * 60_000;
const hourMs = 3_600_000;
const oldMs = { evaluation: hourMs, batch: 24 * hourMs, job: 4 * hourMs, deployment: hourMs, node: 24 * hourMs };

export class Gc {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;

  constructor(world: World, store: StateStore, timers: Timers) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
    this.#wait();
  }

  /** Forgets at once what is over, whatever its age. */
  force(): void {
    this.#collect(true);
  }

  #wait(): void {
    this.#timers.after(intervalMs, () => {
      this.#collect(false);
      this.#wait();
    });
  }

  #collect(force: boolean): void {
    const { state } = this.#store;
    const nowMs = this.#world.clock.now();
    const isOld = (nanoseconds: number, ageMs: number) => force || nowMs - toMilliseconds(nanoseconds) >= ageMs;
    const jobs = [...state.jobs.values()].filter((job) => isOver(job) && isOld(job.SubmitTime, oldMs.job));
    const gone = jobs.filter((job) => this.#evaluationsOf(job).every((one) => this.#isCollectable(one, nowMs)));
    const goneKeys = new Set(gone.map((job) => jobKey(job.Namespace, job.ID)));
    const evaluations = [...state.evaluations.values()].filter((one) => {
      if (goneKeys.has(jobKey(one.Namespace, one.JobID))) return true;
      const age = one.Type === 'batch' ? oldMs.batch : oldMs.evaluation;
      return isOld(one.ModifyTime, age) && this.#isCollectable(one, nowMs);
    });
    const ids = new Set(evaluations.map((one) => one.ID));
    const isForgotten = (one: Allocation) =>
      isTerminal(one) && (ids.has(one.EvalID) || goneKeys.has(jobKey(one.Namespace, one.JobID)));
    const allocations = [...state.allocations.values()].filter(isForgotten);
    const kept = new Set(
      [...state.allocations.values()].filter((one) => !isForgotten(one)).map((one) => one.DeploymentID),
    );
    const deployments = [...state.deployments.values()].filter(
      (one) => !isActive(one) && isOld(one.ModifyTime, oldMs.deployment) && !kept.has(one.ID),
    );
    const nodes = [...state.nodes.values()].filter(
      (node) =>
        node.Status === 'down' &&
        (force || nowMs - node.StatusUpdatedAt * 1000 >= oldMs.node) &&
        [...this.#store.allocationsOfNode(node.ID)].every(isTerminal),
    );
    if (gone.length + evaluations.length + allocations.length + deployments.length + nodes.length === 0) return;
    this.#store.transact(nowMs, (tx) => {
      for (const key of goneKeys) tx.deleteJob(key);
      for (const one of evaluations) tx.deleteEvaluation(one);
      for (const one of allocations) tx.deleteAllocation(one);
      for (const one of deployments) tx.deleteDeployment(one);
      for (const node of nodes) tx.deleteNode(node.ID);
    });
  }

  #evaluationsOf(job: Job): readonly Evaluation[] {
    return [...this.#store.evaluationsOfJob(job.Namespace, job.ID)];
  }

  /** It is done, and so is everything that it placed. */
  #isCollectable(evaluation: Evaluation, nowMs: number): boolean {
    if (isOpen(evaluation)) return false;
    const job = this.#store.job(evaluation.Namespace, evaluation.JobID);
    if (job !== undefined && job.Type === 'batch' && !isOver(job)) return false;
    for (const one of this.#store.allocationsOfJob(evaluation.Namespace, evaluation.JobID)) {
      if (one.EvalID !== evaluation.ID) continue;
      if (!isTerminal(one) || one.ClientStatus === 'running' || one.ClientStatus === 'pending') return false;
      if (job !== undefined && job.Status !== 'dead' && isToRetry(one, job, nowMs)) return false;
    }
    return true;
  }
}

function isOver(job: Job): boolean {
  if (job.Status !== 'dead' || job.VersionTag !== null) return false;
  return job.Stop || (!isTemplate(job) && (job.Type === 'batch' || job.Type === 'sysbatch'));
}

/** It failed, and nobody took its place: the next try goes by its history, unless a limited policy is done with it. */
function isToRetry(one: Allocation, job: Job, nowMs: number): boolean {
  if (isServerTerminal(one) || one.ClientStatus !== 'failed' || one.NextAllocation !== undefined) return false;
  const policy = groupOf(job, one.TaskGroup)?.ReschedulePolicy ?? null;
  if (policy === null || (!policy.Unlimited && policy.Attempts === 0)) return false;
  const last = one.RescheduleTracker?.Events?.at(-1);
  return policy.Unlimited || last === undefined || toNanoseconds(nowMs) - last.RescheduleTime <= policy.Interval;
}
