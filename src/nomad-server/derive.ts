/**
 * What follows from other records: a job's status, a deployment's counters, a node's usage. Pure.
 *
 * Compat: spec nomad-scheduler.md §2.3, §10.2, §6.
 */
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Job, JobStatus } from '../nomad/types.ts';
import { type Allocation, isActive, isClientTerminal, isOpen, isTerminal } from './allocation.ts';
import { toMilliseconds, toTimestamp } from './identity.ts';
import { type Ask, occupiedBy } from './scheduler/ask.ts';
import type { Usage } from './state.ts';

/** What a job's status depends on. */
export interface JobWork {
  readonly allocations: Iterable<Allocation>;
  readonly evaluations: Iterable<Evaluation>;
  readonly deployments: Iterable<Deployment>;
}

/** A job that runs only in copies of itself. */
export const isTemplate = ({ Periodic, ParameterizedJob, Dispatched }: Job): boolean =>
  Periodic !== null || (ParameterizedJob !== null && !Dispatched);

/** A job that runs on every node that suits it. */
export const isSystem = ({ Type }: Job): boolean => Type === 'system' || Type === 'sysbatch';

export function statusOfJob(job: Job, work: JobWork): JobStatus {
  if (job.Type === 'system' || isTemplate(job)) {
    return job.Stop ? 'dead' : 'running';
  }
  for (const deployment of work.deployments) if (isActive(deployment)) return 'running';
  for (const allocation of work.allocations) if (!isTerminal(allocation)) return 'running';
  let evaluated = false;
  for (const evaluation of work.evaluations) {
    if (isOpen(evaluation)) return 'pending';
    evaluated = true;
  }
  return evaluated || job.Stop ? 'dead' : 'pending';
}

/** An allocation that is new, or changes. */
export interface Placing {
  readonly before: Allocation | undefined;
  readonly after: Allocation;
}

/** @returns the deployments that count these changes differently from before. */
export function countInDeployments(
  deploymentOf: (id: string) => Deployment | undefined,
  changes: readonly Placing[],
  nowMs: number,
): readonly Deployment[] {
  const counted = new Map<string, Deployment>();
  for (const change of changes) {
    const { DeploymentID: id = '' } = change.after;
    const deployment = counted.get(id) ?? deploymentOf(id);
    if (deployment !== undefined) counted.set(id, countInDeployment(deployment, change, nowMs));
  }
  return [...counted.values()].filter((one) => one !== deploymentOf(one.ID));
}

function countInDeployment(deployment: Deployment, { before, after }: Placing, nowMs: number): Deployment {
  const group = deployment.TaskGroups?.[after.TaskGroup];
  if (group === undefined) return deployment;
  const isNew = before?.DeploymentID !== deployment.ID;
  const was = isNew ? null : (before?.DeploymentStatus?.Healthy ?? null);
  const is = after.DeploymentStatus?.Healthy ?? null;
  if (!isNew && was === is) return deployment;
  const progressMs = toMilliseconds(group.ProgressDeadline);
  let requireBy = group.RequireProgressBy;
  if (progressMs > 0 && isNew && requireBy === null) requireBy = toTimestamp(nowMs + progressMs);
  if (progressMs > 0 && is === true && was !== true) {
    const next = toTimestamp(Date.parse(after.DeploymentStatus?.Timestamp ?? toTimestamp(nowMs)) + progressMs);
    if (requireBy === null || next > requireBy) requireBy = next;
  }
  const canary = isNew && after.DeploymentStatus?.Canary === true;
  const counted = {
    ...group,
    RequireProgressBy: requireBy,
    PlacedAllocs: group.PlacedAllocs + (isNew ? 1 : 0),
    PlacedCanaries: canary ? [...(group.PlacedCanaries ?? []), after.ID] : group.PlacedCanaries,
    HealthyAllocs: group.HealthyAllocs + (is === true ? 1 : 0) - (was === true ? 1 : 0),
    UnhealthyAllocs: group.UnhealthyAllocs + (is === false ? 1 : 0) - (was === false ? 1 : 0),
  };
  return { ...deployment, TaskGroups: { ...deployment.TaskGroups, [after.TaskGroup]: counted } };
}

/** Adds (`sign` 1) or takes away (`sign` -1) what an allocation occupies. */
export function countUsage(usage: Usage, allocation: Allocation, sign: 1 | -1): Usage {
  return plusAsk(usage, occupiedBy(allocation), sign);
}

/** What the node's allocations occupy after this change of one. */
export function usageAfter(usage: Usage, { before, after }: Placing): Usage {
  const without = before === undefined || isClientTerminal(before) ? usage : countUsage(usage, before, -1);
  return isClientTerminal(after) ? without : countUsage(without, after, 1);
}

/** Adds (`sign` 1) or takes away (`sign` -1) one allocation that asks for this. */
export function plusAsk(usage: Usage, ask: Ask, sign: 1 | -1): Usage {
  return {
    cpuMhz: usage.cpuMhz + sign * ask.cpuMhz,
    memoryMb: usage.memoryMb + sign * ask.memoryMb,
    memoryMaxMb: usage.memoryMaxMb + sign * ask.memoryMaxMb,
    diskMb: usage.diskMb + sign * ask.diskMb,
    allocations: usage.allocations + sign,
  };
}
