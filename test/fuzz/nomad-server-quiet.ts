/** What has to be true once nothing happens any more: everybody has what he wants, or is told why not. */
import type { Deployment, Evaluation } from '../../src/nomad/evaluation-types.ts';
import type { Node } from '../../src/nomad/node-types.ts';
import type { Job, TaskGroup } from '../../src/nomad/types.ts';
import type { Allocation } from '../../src/nomad-server/allocation.ts';
import type { StateStore as Store } from '../../src/nomad-server/state-store.ts';
import { isThere, isWanted, unsuited } from '../support/nomad-oracle.ts';
import type { Watch } from './nomad-server-watch.ts';

/** @returns what is not as it should be, in words. */
export function unsettled(store: Store, watch: Watch, nowMs: number): readonly string[] {
  return [
    ...[...store.state.evaluations.values()].flatMap((one) => overdue(one, nowMs)),
    ...[...watch.allocations.values()].flatMap((one) => adrift(one, store)),
    ...[...store.state.jobs.values()].flatMap((job) => [
      ...unserved(job, store, watch),
      ...rollouts(job, store, watch),
    ]),
    ...[...store.nodes()].flatMap((node) => drains(node, store, watch, nowMs)),
  ];
}

/** @returns what the job lacks, or has too much of, which nothing explains; in words. */
export function unserved(job: Job, store: Store, watch: Watch): readonly string[] {
  if (isTemplate(job)) return [];
  if (job.Stop) {
    const left = [...store.allocationsOfJob(job.Namespace, job.ID)].filter(isWanted);
    return left.map((one) => `${one.Name} runs on, and its job is stopped`);
  }
  const isSystem = job.Type === 'system' || job.Type === 'sysbatch';
  return isSystem ? everywhere(job, store, watch) : enough(job, store, watch);
}

function overdue({ JobID, TriggeredBy, Status, WaitUntil }: Evaluation, nowMs: number): readonly string[] {
  const isLater = WaitUntil != null && Date.parse(WaitUntil) > nowMs - 1000;
  return Status === 'pending' && !isLater ? [`the evaluation of ${JobID} by ${TriggeredBy} is still pending`] : [];
}

/** It neither comes nor goes, or its job is gone. */
function adrift(one: Allocation, store: Store): readonly string[] {
  const node = store.node(one.NodeID);
  const job = store.job(one.Namespace, one.JobID);
  if (isWanted(one) && job === undefined) return [`${one.Name} runs on, and its job is gone`];
  if (node?.Status !== 'ready') return isWanted(one) ? [`${one.Name} is wanted on a node that is not ready`] : [];
  if (isThere(one) && !isWanted(one)) return [`${one.Name} was to stop on ${node.Name} and is ${one.ClientStatus}`];
  return one.ClientStatus === 'pending' && isWanted(one) && job !== undefined && isSteady(job)
    ? [`${one.Name} does not start`]
    : [];
}

const allocationsOf = (job: Job, group: TaskGroup, store: Store) =>
  [...store.allocationsOfJob(job.Namespace, job.ID)].filter((one) => one.TaskGroup === group.Name);

const isTemplate = (job: Job) => job.Periodic !== null || (job.ParameterizedJob !== null && !job.Dispatched);

/** It failed, and it was the last try or the next one is to come; or its client is away and waited for. */
const keepsItsPlace = ({ ClientStatus: status, DesiredStatus: desired, NextAllocation: next }: Allocation) =>
  (status === 'failed' || status === 'unknown') && desired === 'run' && next === undefined;

/** A service or batch job has as many as it wants. */
function enough(job: Job, store: Store, watch: Watch): readonly string[] {
  if (watch.forgotten.has(`${job.ID} ${job.Version}`)) return [];
  const rollout = rolloutOf(job, store);
  return job.TaskGroups.flatMap((group) => {
    const own = allocationsOf(job, group, store);
    const canaries = new Set(
      awaitsPromotion(rollout, group) ? (rollout?.TaskGroups?.[group.Name]?.PlacedCanaries ?? []) : [],
    );
    const live = own.filter((one) => isWanted(one) && one.ClientStatus !== 'unknown' && !canaries.has(one.ID));
    const done = own.filter((one) => job.Type === 'batch' && isDone(one, job));
    const has = live.length + done.length + own.filter(keepsItsPlace).length;
    const problems: string[] = [];
    if (live.length > group.Count) problems.push(`${job.ID} ${group.Name} has ${live.length} of ${group.Count}`);
    const isNamed = watch.canaried.has(job.ID) || new Set(live.map((one) => one.Name)).size === live.length;
    if (!isNamed) problems.push(`${job.ID} has two of one name`);
    if (has < group.Count && !isTold(job, group, store, watch) && !isHeld(rollout, group)) {
      problems.push(`${job.ID} ${group.Name} has ${has} of ${group.Count}, and nothing tells why`);
    }
    const old = live.filter((one) => one.Job.JobModifyIndex !== job.JobModifyIndex);
    if (old.length > 0 && rollout === undefined && !isTold(job, group, store, watch)) {
      problems.push(`${old.length} of ${job.ID} ${group.Name} are of an old version, and nothing tells why`);
    }
    return problems;
  });
}

/** It did its work, or a drain ended it. */
function isDone(one: Allocation, job: Job): boolean {
  const isOfVersion = one.Job.Version === job.Version && one.Job.CreateIndex === job.CreateIndex;
  const isEnded = one.DesiredTransition?.MigrateDisablePlacement === true;
  return isOfVersion && (one.DesiredStatus === 'run' ? one.ClientStatus === 'complete' : isEnded);
}

/** A system or sysbatch job is on each node that suits it. */
function everywhere(job: Job, store: Store, watch: Watch): readonly string[] {
  const rollout = rolloutOf(job, store);
  const all = [...store.allocationsOfJob(job.Namespace, job.ID)];
  return job.TaskGroups.flatMap((group) =>
    [...store.nodes()].flatMap((node) => {
      const own = all.filter((one) => one.TaskGroup === group.Name && one.NodeID === node.ID);
      if (own.filter(isWanted).length > 1) return [`${job.ID} ${group.Name} is on ${node.Name} twice`];
      if (own.some((one) => isWanted(one) || one.ClientStatus === 'failed' || isDone(one, job))) return [];
      // What failed and was cleared away is missing until something evaluates the job.
      if (group.Count === 0 || !isSteady(job) || unsuited(node, job, group) !== undefined) return [];
      if (isDistinct(job, group)) return [];
      if (isTold(job, group, store, watch) || isHeld(rollout, group)) return [];
      return [`${job.ID} ${group.Name} is not on ${node.Name}, and nothing tells why`];
    }),
  );
}

/** Where something of the job still goes, it is passed over in silence. */
const isDistinct = (job: Job, group: TaskGroup) =>
  [...(job.Constraints ?? []), ...(group.Constraints ?? [])].some((one) => one.Operand.startsWith('distinct_'));

/**
 * While an evaluation is blocked, it or (of a system job, whose blocked evaluation tells of its node only) the one
 * before it, cleared away or not, says which group found no node, and for what reason.
 */
function isTold(job: Job, group: TaskGroup, store: Store, watch: Watch): boolean {
  const all = [...store.evaluationsOfJob(job.Namespace, job.ID)];
  const cleared = watch.cleared.filter((one) => one.JobID === job.ID);
  const blocked = all.filter((one) => one.Status === 'blocked');
  if (blocked.length === 0) return false;
  return (job.Type === 'system' || job.Type === 'sysbatch' ? [...all, ...cleared] : blocked).some((one) => {
    const metric = one.FailedTGAllocs?.[group.Name];
    if (metric === undefined) return false;
    const reasons = { ...metric.ConstraintFiltered, ...metric.DimensionExhausted };
    return metric.NodesEvaluated === 0 || Object.keys(reasons).length > 0;
  });
}

/** The newest rollout, if it is of the present version and did not come to a good end. */
function rolloutOf(job: Job, store: Store): Deployment | undefined {
  const latest = store.latestDeployment(job.Namespace, job.ID);
  const isOfVersion = latest?.JobVersion === job.Version && latest.JobCreateIndex === job.CreateIndex;
  return isOfVersion && latest.Status !== 'successful' && latest.Status !== 'cancelled' ? latest : undefined;
}

const awaitsPromotion = (rollout: Deployment | undefined, { Name }: TaskGroup) => {
  const group = rollout?.TaskGroups?.[Name];
  return group !== undefined && group.DesiredCanaries > 0 && !group.Promoted;
};

const isHeld = (rollout: Deployment | undefined, group: TaskGroup) =>
  rollout?.Status === 'failed' || rollout?.Status === 'paused' || awaitsPromotion(rollout, group);

/**
 * A rollout ends, unless it waits for somebody or for room, has no deadline for its progress, or its tasks fail again
 * and again.
 */
function rollouts(job: Job, store: Store, watch: Watch): readonly string[] {
  const rollout = rolloutOf(job, store);
  if (rollout?.Status !== 'running' || !isSteady(job)) return [];
  const waits = job.TaskGroups.some(
    (group) =>
      awaitsPromotion(rollout, group) ||
      isTold(job, group, store, watch) ||
      group.Update?.ProgressDeadline === 0 ||
      (job.Type === 'system' && isDistinct(job, group)), // nothing was placed, so no deadline began
  );
  return waits ? [] : [`the rollout of ${job.ID} does not end`];
}

function drains(node: Node, store: Store, watch: Watch, nowMs: number): readonly string[] {
  const wanted = [...store.allocationsOfNode(node.ID)].filter(isWanted);
  const isSystem = ({ Job: job }: Allocation) => job.Type === 'system' || job.Type === 'sysbatch';
  const ignoresSystem = watch.drained.get(node.ID);
  if (ignoresSystem !== undefined) {
    const left = ignoresSystem ? wanted.filter((one) => !isSystem(one)) : wanted;
    return left.map((one) => `${one.Name} is still on ${node.Name}, which was drained`);
  }
  if (node.DrainStrategy === null || node.Status !== 'ready') return [];
  const { ForceDeadline: deadline = null } = node.DrainStrategy;
  if (deadline !== null && Date.parse(deadline) < nowMs) return [`the drain of ${node.Name} is over its deadline`];
  const others = wanted.filter((one) => !isSystem(one));
  if (others.length === 0) return [`nothing is left on ${node.Name}, and it is still draining`];
  return others.some((one) => one.Job.Type === 'batch' || !mayMove(one, store))
    ? []
    : [`everything on ${node.Name} may be moved, and is not`];
}

/** Spec nomad-scheduler.md §14: as many as are healthy beyond those that have to stay. */
function mayMove({ Namespace, JobID, TaskGroup: name }: Allocation, store: Store): boolean {
  const group = store.job(Namespace, JobID)?.TaskGroups.find((one) => one.Name === name);
  if (group === undefined || group.Migrate === null) return false;
  const healthy = [...store.allocationsOfJob(Namespace, JobID)].filter(
    (one) => one.TaskGroup === name && isWanted(one) && one.DeploymentStatus?.Healthy != null,
  );
  return healthy.length > group.Count - group.Migrate.MaxParallel;
}

/** Nothing of the job ends by itself but what is meant to. */
export function isSteady(job: Job): boolean {
  const isShort = job.Type === 'batch' || job.Type === 'sysbatch';
  return job.TaskGroups.every((group) =>
    group.Tasks.every(
      ({ Config: config }) => config?.['run_for'] === '10000h' || (isShort && config?.['run_for'] === '2s'),
    ),
  );
}

/**
 * Something of a former version is on a node that became ineligible since: only the next evaluation stops it. Spec
 * nomad-scheduler.md §8, #55. Or a node was passed over in silence. Or the job waits for room since before the scheduler
 * was configured anew, which wakes nobody.
 */
export function isOvertaken(job: Job, store: Store): boolean {
  const { ModifyIndex: configured } = store.schedulerConfiguration;
  const waits = [...store.evaluationsOfJob(job.Namespace, job.ID)].filter((one) => one.Status === 'blocked');
  if (waits.some((one) => one.ModifyIndex < configured)) return true;
  if (job.Type !== 'system' && job.Type !== 'sysbatch') return false;
  if (job.TaskGroups.some((group) => isDistinct(job, group))) return true;
  return [...store.allocationsOfJob(job.Namespace, job.ID)].some((one) => {
    const isOld = isWanted(one) && one.Job.JobModifyIndex !== job.JobModifyIndex;
    return isOld && store.node(one.NodeID)?.SchedulingEligibility !== 'eligible';
  });
}

/** All of the job that an evaluation could change. */
export function stateOf({ Namespace, ID }: Job, store: Store) {
  return {
    allocations: [...store.allocationsOfJob(Namespace, ID)].map(
      (one) => `${one.Name} ${one.ID} ${one.DesiredStatus} ${one.Job.JobModifyIndex} ${one.DeploymentID}`,
    ),
    rollouts: [...store.deploymentsOfJob(Namespace, ID)].map((one) => `${one.ID} ${one.Status}`),
  };
}
