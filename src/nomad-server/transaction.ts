/**
 * One write: it takes the next index, puts whole records, and at its end settles what follows from them. Nothing in
 * here makes an id or reads a clock, so the same writes give the same state.
 */
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job, ScalingPolicy } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import type { Change, Commit } from './commit.ts';
import { countInDeployments, isSystem, type Placing, statusOfJob, usageAfter } from './derive.ts';
import { jobKey, toNanoseconds } from './identity.ts';
import { type NodePool, noUsage, type ScalingEvents, type State } from './state.ts';
import { Summaries } from './summaries.ts';
import { touchedKeys, watchKey } from './watch.ts';

/** Who writes an allocation: a client's report leaves `AllocModifyIndex` alone. */
export type Author = 'server' | 'client';

export class Transaction {
  readonly index: number;
  readonly nowMs: number;
  readonly #state: State;
  readonly #summaries: Summaries;
  readonly #touched = new Set<string>();
  /** By `jobKey`: jobs whose status may follow, with the changes of their allocations. */
  readonly #jobs = new Map<string, Placing[]>();
  readonly #commit = {
    nodes: [] as Change<Node>[],
    jobs: [] as Change<Job>[],
    evaluations: [] as Change<Evaluation>[],
    allocations: [] as Change<Allocation>[],
    deployments: [] as Change<Deployment>[],
    nodePools: [] as Change<NodePool>[],
  };

  constructor(state: State, index: number, nowMs: number) {
    this.#state = state;
    this.index = index;
    this.nowMs = nowMs;
    this.#summaries = new Summaries(state.summaries, index, (...keys) => this.touch(...keys));
  }

  putNode(node: Node): void {
    const before = this.#state.nodes.get(node.ID);
    const after = { ...node, ...this.#stamp(before) };
    this.#state.nodes.put(this.index, node.ID, after);
    this.#commit.nodes.push({ before, after });
    this.touch(watchKey.table('nodes'), watchKey.node(node.ID));
  }

  deleteNode(id: string): void {
    const before = this.#state.nodes.get(id);
    this.#state.nodes.delete(this.index, id);
    this.#commit.nodes.push({ before, after: undefined });
    this.touch(watchKey.table('nodes'), watchKey.node(id));
  }

  putNodePool(pool: NodePool): void {
    const before = this.#state.nodePools.get(pool.Name);
    const after = { ...pool, ...this.#stamp(before) };
    this.#state.nodePools.put(this.index, pool.Name, after);
    this.#commit.nodePools.push({ before, after });
    this.touch('node pools');
  }

  deleteNodePool(name: string): void {
    this.#commit.nodePools.push({ before: this.#state.nodePools.get(name), after: undefined });
    this.#state.nodePools.delete(this.index, name);
    this.touch('node pools');
  }

  /** Stores a new version of a job in front of `former` ones. */
  putJobVersion(job: Job, former: readonly Job[]): void {
    const key = jobKey(job.Namespace, job.ID);
    const before = this.#state.jobs.get(key);
    const after = { ...job, ...this.#stamp(before), JobModifyIndex: this.index };
    this.#writeJob(key, before, after, [after, ...former]);
    this.#summaries.putVersion(key, after);
  }

  /** Stores facts about the present version, such as its status. */
  amendJob(job: Job): void {
    this.#amend(job, true);
  }

  /** Stores facts about a version. Compat: the one that is called stable becomes the present one, as recorded. */
  amendVersion(key: string, version: number, facts: Partial<Pick<Job, 'Stable' | 'VersionTag'>>): void {
    const found = this.#state.versions.get(key)?.find((one) => one.Version === version);
    const isPresent = this.#state.jobs.get(key)?.Version === version || facts.Stable !== undefined;
    if (found !== undefined) this.#amend({ ...found, ...facts }, isPresent);
  }

  #amend(job: Job, isPresent: boolean): void {
    const key = jobKey(job.Namespace, job.ID);
    const after = { ...job, ModifyIndex: this.index };
    const before = this.#state.jobs.get(key);
    const versions = this.#state.versions.get(key)?.map((one) => (one.Version === job.Version ? after : one)) ?? [];
    this.#writeJob(key, before, isPresent || before === undefined ? after : before, versions);
  }

  /** With its deployments; allocations and evaluations stay for the time being. */
  deleteJob(key: string): void {
    const before = this.#state.jobs.get(key);
    for (const one of [...this.#state.deploymentsByJob.of(key).values()]) this.deleteDeployment(one);
    for (const table of ['jobs', 'versions', 'submissions', 'summaries', 'scalingEvents'] as const) {
      this.#state[table].delete(this.index, key);
    }
    this.#state.systemJobs.delete(key);
    this.#summaries.countChild(before, undefined);
    this.#commit.jobs.push({ before, after: undefined });
    this.touch('jobs', 'job summaries', watchKey.job(key), watchKey.scalingEventsOfJob(key));
  }

  putPolicy(policy: ScalingPolicy): void {
    this.#state.policies.put(this.index, policy.ID, policy);
    this.touch('scaling policies');
  }

  deletePolicy(id: string): void {
    this.#state.policies.delete(this.index, id);
    this.touch('scaling policies');
  }

  putScalingEvents(key: string, events: ScalingEvents): void {
    this.#state.scalingEvents.put(this.index, key, events);
    this.touch(watchKey.scalingEventsOfJob(key));
  }

  putEvaluation(evaluation: Evaluation): void {
    const before = this.#state.evaluations.get(evaluation.ID);
    const key = jobKey(evaluation.Namespace, evaluation.JobID);
    const nowNs = toNanoseconds(this.nowMs);
    const after = {
      ...evaluation,
      ...this.#stamp(before),
      CreateTime: before?.CreateTime ?? nowNs,
      ModifyTime: nowNs,
    };
    this.#state.evaluations.put(this.index, after.ID, after);
    this.#state.evaluationsByJob.put(key, after.ID, after);
    this.#commit.evaluations.push({ before, after });
    this.#ofJob(key);
    this.touch('evaluations', watchKey.evaluation(after.ID), watchKey.evaluationsOfJob(key));
    if (after.QueuedAllocations) this.#summaries.queue(key, after.QueuedAllocations);
  }

  deleteEvaluation(evaluation: Evaluation): void {
    const key = jobKey(evaluation.Namespace, evaluation.JobID);
    this.#state.evaluations.delete(this.index, evaluation.ID);
    this.#state.evaluationsByJob.delete(key, evaluation.ID);
    this.#commit.evaluations.push({ before: evaluation, after: undefined });
    this.touch('evaluations', watchKey.evaluation(evaluation.ID), watchKey.evaluationsOfJob(key));
  }

  putAllocation(allocation: Allocation, author: Author): void {
    const before = this.#state.allocations.get(allocation.ID);
    const key = jobKey(allocation.Namespace, allocation.JobID);
    const nowNs = toNanoseconds(this.nowMs);
    const health = allocation.DeploymentStatus;
    const isJudged = health !== undefined && health.Healthy !== before?.DeploymentStatus?.Healthy;
    const after = {
      ...allocation,
      ...(isJudged && { DeploymentStatus: { ...health, ModifyIndex: this.index } }),
      ...this.#stamp(before),
      AllocModifyIndex: author === 'server' || before === undefined ? this.index : before.AllocModifyIndex,
      CreateTime: before?.CreateTime ?? nowNs,
      ModifyTime: nowNs,
    };
    this.#state.allocations.put(this.index, after.ID, after);
    this.#state.allocationsByJob.put(key, after.ID, after);
    this.#state.allocationsByNode.put(after.NodeID, after.ID, after);
    const change = { before, after };
    const { usage } = this.#state;
    usage.set(after.NodeID, usageAfter(usage.get(after.NodeID) ?? noUsage, change));
    this.#commit.allocations.push(change);
    this.#ofJob(key).push(change);
  }

  deleteAllocation(allocation: Allocation): void {
    const key = jobKey(allocation.Namespace, allocation.JobID);
    this.#state.allocations.delete(this.index, allocation.ID);
    this.#state.allocationsByJob.delete(key, allocation.ID);
    this.#state.allocationsByNode.delete(allocation.NodeID, allocation.ID);
    this.#commit.allocations.push({ before: allocation, after: undefined });
  }

  /** @param modifyTime  nanoseconds; now unless given. */
  putDeployment(deployment: Deployment, modifyTime = toNanoseconds(this.nowMs)): void {
    const before = this.#state.deployments.get(deployment.ID);
    const key = jobKey(deployment.Namespace, deployment.JobID);
    const after = {
      ...deployment,
      ...this.#stamp(before),
      CreateTime: before?.CreateTime ?? toNanoseconds(this.nowMs),
      ModifyTime: modifyTime,
    };
    this.#state.deployments.put(this.index, after.ID, after);
    this.#state.deploymentsByJob.put(key, after.ID, after);
    this.#commit.deployments.push({ before, after });
    this.#ofJob(key);
    this.touch('deployments', watchKey.deployment(after.ID), watchKey.deploymentsOfJob(key));
  }

  deleteDeployment(deployment: Deployment): void {
    const key = jobKey(deployment.Namespace, deployment.JobID);
    this.#state.deployments.delete(this.index, deployment.ID);
    this.#state.deploymentsByJob.delete(key, deployment.ID);
    this.#commit.deployments.push({ before: deployment, after: undefined });
    this.touch('deployments', watchKey.deployment(deployment.ID), watchKey.deploymentsOfJob(key));
  }

  /** Names what waiting readers of other tables look at. */
  touch(...keys: readonly string[]): void {
    for (const key of keys) this.#touched.add(key);
  }

  /** Settles what follows from the write. @returns what it changed, and the keys that waiting readers look at. */
  finish(): { readonly commit: Commit; readonly touched: Iterable<string> } {
    for (const [key, changes] of this.#jobs) if (changes.length > 0) this.#settleCounts(key, changes);
    for (const key of this.#jobs.keys()) this.#settleStatus(key);
    return {
      commit: { index: this.index, nowMs: this.nowMs, ...this.#commit },
      touched: touchedKeys(this.#touched, this.#commit.allocations),
    };
  }

  #ofJob(key: string): Placing[] {
    const changes = this.#jobs.get(key) ?? [];
    this.#jobs.set(key, changes);
    return changes;
  }

  /** A record is made once, and changes now. */
  #stamp(before: { readonly CreateIndex: number } | undefined) {
    return { CreateIndex: before?.CreateIndex ?? this.index, ModifyIndex: this.index };
  }

  #settleStatus(key: string): void {
    const job = this.#state.jobs.get(key);
    if (job === undefined) return;
    const status = statusOfJob(job, {
      allocations: this.#state.allocationsByJob.of(key).values(),
      evaluations: this.#state.evaluationsByJob.of(key).values(),
      deployments: this.#state.deploymentsByJob.of(key).values(),
    });
    if (status !== job.Status) this.amendJob({ ...job, Status: status });
  }

  #writeJob(key: string, before: Job | undefined, after: Job, versions: readonly Job[]): void {
    this.#state.jobs.put(this.index, key, after);
    this.#state.versions.put(this.index, key, versions);
    if (isSystem(after)) this.#state.systemJobs.set(key, after);
    this.#summaries.countChild(before, after);
    this.#commit.jobs.push({ before, after });
    this.#ofJob(key);
    this.touch('jobs', watchKey.job(key));
  }

  /** What counts a job's allocations is written once, however many of them changed. */
  #settleCounts(key: string, changes: readonly Placing[]): void {
    const job = this.#state.jobs.get(key);
    if (job !== undefined) this.#summaries.count(key, job, changes);
    const counted = countInDeployments((id) => this.#state.deployments.get(id), changes, this.nowMs);
    for (const deployment of counted) this.putDeployment(deployment);
  }
}
