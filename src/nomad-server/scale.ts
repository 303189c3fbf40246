/** Scaling a task group: the checks in Nomad's order, the three writes, the event. Compat: spec nomad-api.md J16. */
import type { World } from '../lib/world.ts';
import type { ScalingEvent } from '../nomad/scaling-types.ts';
import type { Job, Opaque, TaskGroup } from '../nomad/types.ts';
import { isActive } from './allocation.ts';
import { isSystem, isTemplate } from './derive.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey, newId, toNanoseconds } from './identity.ts';
import { type JobWrite, keptVersions } from './jobs.ts';
import { Refusal } from './refusal.ts';
import type { StateStore } from './state-store.ts';

const mostEvents = 20;
const mostFormerVersions = 5;

export interface ScaleRequest {
  readonly group: string;
  /** null: only record the event. */
  readonly count: number | null;
  readonly message: string;
  readonly error: boolean;
  readonly meta: Opaque | null;
  /** 0: whatever the stored index is. */
  readonly jobModifyIndex: number;
}

export class Scaler {
  readonly #world: World;
  readonly #store: StateStore;
  readonly #jobMaxCount: number;

  /** @param jobMaxCount  the most allocations that a job may want. */
  constructor(world: World, store: StateStore, jobMaxCount: number) {
    this.#world = world;
    this.#store = store;
    this.#jobMaxCount = jobMaxCount;
  }

  scale(namespace: string, id: string, request: ScaleRequest): JobWrite {
    const job = this.#store.job(namespace, id);
    if (job === undefined) throw new Refusal(404, `job "${id}" not found`);
    const group = job.TaskGroups.find((one) => one.Name === request.group);
    if (group === undefined) {
      throw new Refusal(400, `task group "${request.group}" specified for scaling does not exist in job`);
    }
    if (request.count === null) return this.#record(job, group, request, null, 0);
    this.#check(job, group, request.count, request.jobModifyIndex);
    const scaled = this.#putVersion(job, group.Name, request.count);
    const evaluated = this.#evaluate(scaled);
    const write = this.#record(scaled, group, request, evaluated?.id ?? null, evaluated?.index ?? 0);
    return { ...write, jobModifyIndex: scaled.JobModifyIndex };
  }

  #check(job: Job, group: TaskGroup, count: number, jobModifyIndex: number): void {
    if (isSystem(job) && count > 1) {
      throw new Refusal(400, `jobs of type "${job.Type}" can only be scaled between 0 and 1`);
    }
    const { Min: min = null, Max: max = null } = group.Scaling ?? {};
    if (max !== null && count > max) {
      throw new Refusal(400, `group count was greater than scaling policy maximum: ${count} > ${max}`);
    }
    if (min !== null && count < min) {
      throw new Refusal(400, `group count was less than scaling policy minimum: ${count} < ${min}`);
    }
    const total = job.TaskGroups.reduce((sum, one) => sum + (one === group ? count : one.Count), 0);
    if (total > this.#jobMaxCount) {
      throw new Refusal(500, `total count was greater than configured job_max_count: ${total} > ${this.#jobMaxCount}`);
    }
    const latest = this.#store.latestDeployment(job.Namespace, job.ID);
    if (latest !== undefined && isActive(latest))
      throw new Refusal(400, 'job scaling blocked due to active deployment');
    if (jobModifyIndex !== 0 && jobModifyIndex !== job.JobModifyIndex) {
      const conflict = `job exists with conflicting job modify index: ${job.JobModifyIndex}`;
      throw new Refusal(500, `Enforcing job modify index ${jobModifyIndex}: ${conflict}`);
    }
  }

  /** Even an unchanged count makes a version. */
  #putVersion(job: Job, groupName: string, count: number): Job {
    const key = jobKey(job.Namespace, job.ID);
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      const former = keptVersions(this.#store.state.versions.get(key) ?? [], mostFormerVersions);
      const groups = job.TaskGroups.map((one) => (one.Name === groupName ? { ...one, Count: count } : one));
      const facts = {
        Version: (former[0]?.Version ?? job.Version) + 1,
        SubmitTime: toNanoseconds(tx.nowMs),
        VersionTag: null,
      };
      tx.putJobVersion({ ...job, TaskGroups: groups, ...facts }, former);
      return this.#store.job(job.Namespace, job.ID) ?? job;
    });
  }

  #evaluate(job: Job): { readonly id: string; readonly index: number } | undefined {
    if (isTemplate(job)) return undefined;
    const id = newId(this.#world.random);
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      tx.putEvaluation(evaluationOf(id, job, { TriggeredBy: 'job-scaling', JobModifyIndex: job.JobModifyIndex }));
      return { id, index: tx.index };
    });
  }

  #record(job: Job, group: TaskGroup, request: ScaleRequest, evalId: string | null, evalIndex: number): JobWrite {
    const key = jobKey(job.Namespace, job.ID);
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      const event: ScalingEvent = {
        Time: toNanoseconds(tx.nowMs),
        Count: request.count,
        PreviousCount: group.Count,
        ...{ Message: request.message, Error: request.error, Meta: request.meta },
        ...{ EvalID: evalId, CreateIndex: tx.index },
      };
      const before = this.#store.state.scalingEvents.get(key)?.groups ?? new Map<string, readonly ScalingEvent[]>();
      const events = [event, ...(before.get(group.Name) ?? [])].slice(0, mostEvents);
      tx.putScalingEvents(key, { groups: new Map(before).set(group.Name, events), ModifyIndex: tx.index });
      return {
        evaluationId: evalId ?? '',
        evaluationIndex: evalIndex,
        jobModifyIndex: job.ModifyIndex,
        index: tx.index,
      };
    });
  }
}
