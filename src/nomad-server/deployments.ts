/**
 * What is decided about a running deployment, by its watcher or by an operator: promote, pause, fail, health.
 *
 * Compat: spec nomad-scheduler.md §10, nomad-api.md D4.
 */
import { errorList } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import type { Deployment, DeploymentState } from '../nomad/evaluation-types.ts';
import type { Job } from '../nomad/types.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey, newId, toTimestamp } from './identity.ts';
import { type Jobs, sameSpec } from './jobs.ts';
import { Refusal } from './refusal.ts';
import { needsPromotion } from './scheduler/deployment.ts';
import type { StateStore } from './state-store.ts';
import type { Transaction } from './transaction.ts';

/** What a decision tells its caller; without an evaluation the ID is ''. */
export interface DeploymentWrite {
  readonly index: number;
  readonly evaluationId: string;
  /** The version that became the newest one again. */
  readonly revertedVersion: number | undefined;
}

/** Allocations that somebody judged by hand. */
export interface Verdicts {
  readonly healthy: readonly string[];
  readonly unhealthy: readonly string[];
}

export class Deployments {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #jobs: Jobs;

  constructor(world: World, store: StateStore, jobs: Jobs) {
    this.#world = world;
    this.#store = store;
    this.#jobs = jobs;
  }

  /** Holds it, which evaluates nothing, or lets it go on. */
  pause(deployment: Deployment, isPaused: boolean): DeploymentWrite {
    if (!isPaused) return this.#decide(deployment, running);
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      tx.putDeployment({ ...deployment, Status: 'paused', StatusDescription: 'Deployment is paused' });
      return { index: tx.index, evaluationId: '', revertedVersion: undefined };
    });
  }

  /**
   * The canaries of these groups become allocations like others, and the rest is updated.
   *
   * @throws a refusal when a group has too few healthy canaries.
   */
  promote(deployment: Deployment, isWanted: (group: string) => boolean): DeploymentWrite {
    const groups = Object.entries(deployment.TaskGroups ?? {});
    const canaries = new Set(groups.flatMap(([name, group]) => (isWanted(name) ? (group.PlacedCanaries ?? []) : [])));
    const placed = groups.reduce((sum, [, group]) => sum + (group.PlacedCanaries?.length ?? 0), 0);
    if (placed === 0) throw new Refusal(500, 'no canaries to promote');
    refuseUnhealthy(groups.filter(([name]) => isWanted(name)));
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      const promoted = groups.map(([name, group]) => [name, isWanted(name) ? { ...group, Promoted: true } : group]);
      const after: Deployment = { ...deployment, TaskGroups: Object.fromEntries(promoted) };
      // The time of a promotion is not kept, as recorded.
      tx.putDeployment(needsPromotion(after) ? after : { ...after, ...running }, 0);
      for (const id of canaries) {
        const one = this.#store.allocation(id);
        const health = one?.DeploymentStatus;
        if (one !== undefined && health !== undefined) {
          tx.putAllocation({ ...one, DeploymentStatus: { ...health, Canary: false, ModifyIndex: tx.index } }, 'server');
        }
      }
      return { index: tx.index, evaluationId: this.#evaluate(tx, deployment), revertedVersion: undefined };
    });
  }

  /** It is over; a group that asks for it brings the newest stable version back. */
  fail(deployment: Deployment, why: string, isBlamed: (group: string) => boolean = () => true): DeploymentWrite {
    const groups = Object.entries(deployment.TaskGroups ?? {});
    const mayRevert = groups.some(([name, group]) => group.AutoRevert && isBlamed(name));
    const { description, target } = mayRevert
      ? this.#wayBack(deployment, why)
      : { description: why, target: undefined };
    return this.#decide(deployment, { Status: 'failed', StatusDescription: description }, target);
  }

  /** @throws a refusal when an allocation is not of this deployment. */
  judge(deployment: Deployment, { healthy, unhealthy }: Verdicts): DeploymentWrite {
    const nowMs = this.#world.clock.now();
    const judged = [...healthy, ...unhealthy].map((id) => {
      const one = this.#store.allocation(id);
      if (one?.DeploymentID === deployment.ID) return one;
      throw new Refusal(500, `alloc "${id}" not found in deployment "${deployment.ID}"`);
    });
    return this.#store.transact(nowMs, (tx) => {
      for (const one of judged) {
        const { Canary: canary = false } = one.DeploymentStatus ?? {};
        const Healthy = healthy.includes(one.ID);
        const verdict = { Healthy, Timestamp: toTimestamp(nowMs), Canary: canary, ModifyIndex: tx.index };
        tx.putAllocation({ ...one, DeploymentStatus: verdict }, 'server');
      }
      return { index: tx.index, evaluationId: this.#evaluate(tx, deployment), revertedVersion: undefined };
    });
  }

  #wayBack(deployment: Deployment, why: string): { readonly description: string; readonly target: Job | undefined } {
    const { Namespace, JobID } = deployment;
    const target = this.#store.state.versions.get(jobKey(Namespace, JobID))?.find((one) => one.Stable);
    const present = this.#store.job(Namespace, JobID);
    if (target === undefined || present === undefined) {
      return { description: `${why} - no stable job version to auto revert to`, target: undefined };
    }
    if (!sameSpec(target, present))
      return { description: `${why} - rolling back to job version ${target.Version}`, target };
    const reason = 'as current job has same specification';
    return {
      description: `${why} - not rolling back to stable job version ${target.Version} ${reason}`,
      target: undefined,
    };
  }

  #decide(
    deployment: Deployment,
    status: Pick<Deployment, 'Status' | 'StatusDescription'>,
    target?: Job | undefined,
  ): DeploymentWrite {
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      tx.putDeployment({ ...deployment, ...status });
      if (target !== undefined) this.#jobs.restore(tx, target);
      return { index: tx.index, evaluationId: this.#evaluate(tx, deployment), revertedVersion: target?.Version };
    });
  }

  #evaluate(tx: Transaction, deployment: Deployment): string {
    const { Namespace, JobID, ID: DeploymentID, EvalPriority: Priority } = deployment;
    const job = this.#store.job(Namespace, JobID);
    if (job === undefined) return '';
    const id = newId(this.#world.random);
    tx.putEvaluation(evaluationOf(id, job, { TriggeredBy: 'deployment-watcher', DeploymentID, Priority }));
    return id;
  }
}

const running = { Status: 'running', StatusDescription: 'Deployment is running' } as const;

function refuseUnhealthy(groups: readonly (readonly [string, DeploymentState])[]): void {
  const unready = groups.filter(
    ([, group]) => group.DesiredCanaries > 0 && group.HealthyAllocs < group.DesiredCanaries,
  );
  if (unready.length === 0) return;
  throw new Refusal(
    500,
    errorList(
      unready.map(
        ([name, group]) =>
          `Task group "${name}" has ${group.HealthyAllocs}/${group.DesiredCanaries} healthy allocations`,
      ),
    ),
  );
}
