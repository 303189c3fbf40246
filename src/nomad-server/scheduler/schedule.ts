/**
 * One evaluation of a job: what it wants, where that goes, and what could not be placed.
 *
 * Compat: spec nomad-scheduler.md §7.
 */
import type { Deployment, Evaluation } from '../../nomad/evaluation-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isActive } from '../allocation.ts';
import { isSystem } from '../derive.ts';
import { groupOf } from './ask.ts';
import { isOfVersion } from './classify.ts';
import { deploymentOf, isComplete } from './deployment.ts';
import { followUpsOf } from './follow-ups.ts';
import { evictedBy, isEmpty, settledUpdates, stopped, withoutMisses } from './outcome.ts';
import { Placer } from './place.ts';
import type { Context, Decision, DeploymentUpdate, Scheduler, Snapshot } from './plan.ts';
import { type GroupResult, reconcileGroup, reconcileStopped } from './reconcile.ts';
import { resourcesKept } from './resources.ts';
import { nothingSought, seekNodes } from './seek.ts';
import { reconcileSystemGroup } from './system.ts';

export const schedule: Scheduler = (snapshot, evaluation, context) => {
  const job = snapshot.job(evaluation.Namespace, evaluation.JobID);
  const byGroup = groupAllocations(snapshot, evaluation);
  const latest = snapshot.latestDeployment(evaluation.Namespace, evaluation.JobID);
  const outdated = latest !== undefined && isActive(latest) ? whyCancelled(latest, job) : undefined;
  const current = latest !== undefined && outdated === undefined && latest.Status !== 'successful' ? latest : undefined;
  const deployment = isOfJob(current, job) ? current : undefined;

  const results = new Map<string, GroupResult>();
  const nodeOf = (id: string) => snapshot.node(id);
  const groups = new Set([...(job?.TaskGroups ?? []).map((one) => one.Name), ...byGroup.keys()]);
  for (const name of groups) {
    const group = job === undefined || job.Stop ? undefined : groupOf(job, name);
    const allocations = byGroup.get(name) ?? [];
    const result =
      job === undefined || group === undefined || group.Count === 0
        ? reconcileStopped(allocations, nodeOf)
        : isSystem(job)
          ? reconcileSystemGroup(snapshot, job, group, allocations, deployment)
          : reconcileGroup({
              ...{ job, group, allocations, nodeOf, deployment },
              former: deployment === undefined ? latest : undefined,
              ...{ evaluationId: evaluation.ID, nowMs: context.nowMs },
            });
    results.set(name, result);
  }
  const work = { snapshot, evaluation, context, job, byGroup, results, current: deployment };
  return decide(work, outdated, latest);
};

interface Work {
  readonly snapshot: Snapshot;
  readonly evaluation: Evaluation;
  readonly context: Context;
  readonly job: Job | undefined;
  readonly byGroup: ReadonlyMap<string, readonly Allocation[]>;
  readonly results: ReadonlyMap<string, GroupResult>;
  readonly current: Deployment | undefined;
}

function groupAllocations(snapshot: Snapshot, evaluation: Evaluation): Map<string, Allocation[]> {
  const byGroup = new Map<string, Allocation[]>();
  for (const one of snapshot.allocationsOfJob(evaluation.Namespace, evaluation.JobID)) {
    const list = byGroup.get(one.TaskGroup);
    if (list === undefined) byGroup.set(one.TaskGroup, [one]);
    else list.push(one);
  }
  return byGroup;
}

/** It is of the job's present version. */
const isOfJob = (deployment: Deployment | undefined, job: Job | undefined) =>
  deployment?.JobVersion === job?.Version && deployment?.JobCreateIndex === job?.CreateIndex;

function whyCancelled(deployment: Deployment, job: Job | undefined): string | undefined {
  if (job === undefined || job.Stop) return 'Cancelled because job is stopped';
  return isOfJob(deployment, job) ? undefined : 'Cancelled due to newer version of job';
}

function decide(work: Work, outdated: string | undefined, latest: Deployment | undefined): Decision {
  const { snapshot, evaluation, context, job, results, current } = work;
  const updates: DeploymentUpdate[] = [];
  if (outdated !== undefined && latest !== undefined) {
    updates.push({ id: latest.ID, status: 'cancelled', description: outdated });
  }
  const isFirst = ![...work.byGroup.values()].some((list) => list.some((one) => isOfVersion(one, job)));
  const created = current === undefined ? deploymentOf(job, results, isFirst, evaluation, context) : undefined;
  const deploymentId = created?.ID ?? (current !== undefined && isActive(current) ? current.ID : undefined);
  const placer = job === undefined ? undefined : new Placer(snapshot, job, context);
  const stops: Allocation[] = [];
  /** By ID: what goes on where it is. */
  const changed = new Map<string, Allocation>();
  for (const result of results.values()) {
    for (const stop of result.stops) {
      placer?.free(stop.allocation);
      stops.push(stopped(stop));
    }
    for (const one of result.inPlace) {
      const group = job === undefined ? undefined : groupOf(job, one.TaskGroup);
      if (job !== undefined && group !== undefined)
        changed.set(one.ID, updatedInPlace(one, job, group, evaluation, deploymentId));
    }
  }
  const sought =
    job === undefined || placer === undefined
      ? nothingSought
      : seekNodes({ evaluation, context, job, deploymentId }, placer, results);
  const { preempted, misses, failed, queued, blockedOn } = sought;
  // A system job still misses the nodes that never take it: only what found its place counts.
  const isPlacing = (group: string) =>
    job !== undefined && isSystem(job) && sought.placements.some((one) => one.TaskGroup === group);
  if (current !== undefined && isComplete(current, results, isPlacing)) {
    updates.push({ id: current.ID, status: 'successful', description: 'Deployment completed successfully' });
  }
  const reached = created && withoutMisses(created, misses);
  const isIdle = reached !== undefined && job !== undefined && isSystem(job) && isEmpty(reached);
  // A rollout over no node is told once per version.
  const rollout = isIdle && isOfJob(latest, job) ? undefined : reached;
  if (isIdle && rollout !== undefined) {
    updates.push({ id: rollout.ID, status: 'successful', description: 'Deployment completed successfully' });
  }
  const gone = new Set([...stops, ...sought.stops].map((one) => one.ID));
  const { followUps, marked } = followUpsOf(work, [...results.values()], (one) =>
    gone.has(one.ID) ? undefined : (changed.get(one.ID) ?? one),
  );
  for (const one of marked) changed.set(one.ID, one);
  return {
    plan: {
      evaluationId: evaluation.ID,
      job,
      stops: [...stops, ...sought.stops],
      evictions: preempted.map(evictedBy),
      placements: [...changed.values(), ...sought.placements],
      deployment: rollout,
      deploymentUpdates: updates,
      allAtOnce: job?.AllAtOnce ?? false,
    },
    desired: Object.fromEntries(
      (job === undefined ? [] : [...results]).map(([name, result]) => [
        name,
        settledUpdates(result.desired, name, preempted, misses),
      ]),
    ),
    queued,
    failed,
    preempted: preempted.map(({ evicted }) => evicted),
    classEligibility: placer?.classEligibility,
    escaped: placer?.escaped ?? false,
    followUps,
    blockedOn,
    deploymentId: rollout?.ID ?? (job === undefined ? undefined : latest?.ID),
  };
}

function updatedInPlace(
  allocation: Allocation,
  job: Job,
  group: TaskGroup,
  evaluation: Evaluation,
  deploymentId: string | undefined,
): Allocation {
  const { DeploymentID: _, DeploymentStatus: __, ...rest } = allocation;
  return {
    ...rest,
    Job: job,
    EvalID: evaluation.ID,
    AllocatedResources: resourcesKept(group, allocation.AllocatedResources),
    ...(deploymentId === undefined ? {} : { DeploymentID: deploymentId }),
  };
}
