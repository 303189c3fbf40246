/**
 * Drives rollouts: health moves them on, failures and deadlines end them. Compat: spec nomad-scheduler.md §10.3.
 */
import type { World } from '../lib/world.ts';
import type { Deployment, DeploymentState } from '../nomad/evaluation-types.ts';
import { type Allocation, isActive } from './allocation.ts';
import type { Change, Commit } from './commit.ts';
import type { Deployments } from './deployments.ts';
import { evaluationOf } from './evaluations.ts';
import { newId } from './identity.ts';
import { needsPromotion, promotesItself } from './scheduler/deployment.ts';
import { hasTriesLeft } from './scheduler/reschedule.ts';
import type { StateStore } from './state-store.ts';
import type { Timers } from './timers.ts';

/** Changes of health within this time are evaluated together. */
const batchMs = 1250;

export class DeploymentWatcher {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #timers: Timers;
  readonly #deployments: Deployments;
  /** Deployments with an evaluation to come. */
  readonly #batched = new Set<string>();
  /** By deployment: failed allocations that are to be tried again. */
  readonly #retries = new Map<string, string[]>();
  /** Deployments whose deadline is being waited for. */
  readonly #awaited = new Set<string>();

  constructor(world: World, store: StateStore, timers: Timers, deployments: Deployments) {
    this.#world = world;
    this.#store = store;
    this.#timers = timers;
    this.#deployments = deployments;
    store.onCommit((commit) => this.#hear(commit));
  }

  #hear(commit: Commit): void {
    for (const change of commit.allocations) this.#hearAllocation(change);
    for (const { after } of commit.deployments) {
      if (after !== undefined && isActive(after)) this.#awaitDeadline(after);
    }
  }

  #hearAllocation({ before, after }: Change<Allocation>): void {
    const health = after?.DeploymentStatus?.Healthy ?? null;
    const isNews = health !== null && health !== (before?.DeploymentStatus?.Healthy ?? null);
    if (after?.DeploymentID === undefined || !isNews) return;
    const deployment = this.#store.state.deployments.get(after.DeploymentID);
    if (deployment === undefined || !isActive(deployment)) return;
    if (!health) this.#hearUnhealthy(after, deployment);
    else if (isReadyToPromote(deployment)) this.#deployments.promote(deployment, () => true);
    else this.#evaluateSoon(deployment.ID);
  }

  /** Another try where the group has one; otherwise the rollout failed. */
  #hearUnhealthy(allocation: Allocation, deployment: Deployment): void {
    const progress = deployment.TaskGroups?.[allocation.TaskGroup]?.ProgressDeadline ?? 0;
    if (progress === 0 || !hasTriesLeft(allocation)) {
      const isBlamed = (name: string) => name === allocation.TaskGroup;
      this.#deployments.fail(deployment, 'Failed due to unhealthy allocations', isBlamed);
      return;
    }
    const retries = this.#retries.get(deployment.ID);
    if (retries === undefined) this.#retries.set(deployment.ID, [allocation.ID]);
    else retries.push(allocation.ID);
    this.#evaluateSoon(deployment.ID);
  }

  #evaluateSoon(id: string): void {
    if (this.#batched.has(id)) return;
    this.#batched.add(id);
    this.#timers.after(batchMs, () => {
      this.#batched.delete(id);
      const deployment = this.#store.state.deployments.get(id);
      if (deployment !== undefined && isActive(deployment)) this.#evaluate(deployment);
    });
  }

  #awaitDeadline(deployment: Deployment): void {
    const dueMs = dueAt(deployment);
    if (dueMs === undefined || deployment.Status !== 'running' || this.#awaited.has(deployment.ID)) return;
    this.#awaited.add(deployment.ID);
    this.#timers.at(dueMs, () => {
      this.#awaited.delete(deployment.ID);
      const current = this.#store.state.deployments.get(deployment.ID);
      // One that is paused is waited for anew when it goes on.
      if (current?.Status !== 'running') return;
      const late = lateGroups(current, this.#world.clock.now());
      if (late.length > 0) {
        this.#deployments.fail(current, 'Failed due to progress deadline', (name) => late.includes(name));
      } else this.#awaitDeadline(current);
    });
  }

  #evaluate(deployment: Deployment): void {
    const job = this.#store.job(deployment.Namespace, deployment.JobID);
    if (job === undefined) return;
    this.#store.transact(this.#world.clock.now(), (tx) => {
      for (const id of this.#retries.get(deployment.ID) ?? []) {
        const one = this.#store.allocation(id);
        const wish = { ...one?.DesiredTransition, Reschedule: true };
        if (one !== undefined) tx.putAllocation({ ...one, DesiredTransition: wish }, 'server');
      }
      this.#retries.delete(deployment.ID);
      const facts = {
        TriggeredBy: 'deployment-watcher',
        DeploymentID: deployment.ID,
        Priority: deployment.EvalPriority,
      };
      tx.putEvaluation(evaluationOf(newId(this.#world.random), job, facts));
    });
  }
}

/** When the first group that is not done has to have moved on. */
function dueAt(deployment: Deployment): number | undefined {
  let due: number | undefined;
  for (const group of Object.values(deployment.TaskGroups ?? {})) {
    const at = groupDueAt(group);
    if (at !== undefined && (due === undefined || at < due)) due = at;
  }
  return due;
}

function groupDueAt(group: DeploymentState): number | undefined {
  const awaitsPromotion = group.DesiredCanaries > 0 && !group.Promoted;
  const enough = awaitsPromotion ? group.DesiredCanaries : group.DesiredTotal;
  if (group.RequireProgressBy === null || group.HealthyAllocs >= enough) return undefined;
  return Date.parse(group.RequireProgressBy);
}

function lateGroups(deployment: Deployment, nowMs: number): readonly string[] {
  return Object.entries(deployment.TaskGroups ?? {}).flatMap(([name, group]) =>
    (groupDueAt(group) ?? Number.POSITIVE_INFINITY) <= nowMs ? [name] : [],
  );
}

/** All canaries are healthy, and nobody else is asked. */
function isReadyToPromote(deployment: Deployment): boolean {
  if (deployment.Status !== 'running' || !needsPromotion(deployment) || !promotesItself(deployment)) return false;
  return Object.values(deployment.TaskGroups ?? {}).every((one) => one.HealthyAllocs >= one.DesiredCanaries);
}
