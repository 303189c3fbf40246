/** Whether a simulated client calls an allocation healthy. Pure. Compat: spec nomad-scheduler.md §10.4, texts as recorded. */
import { formatDuration } from '../lib/duration.ts';
import type { Allocation, TaskRecord } from './allocation.ts';
import { toMilliseconds, toTimestamp } from './identity.ts';
import { groupOf } from './scheduler/ask.ts';
import { unhealthy } from './task-events.ts';
import { hookOf } from './task-life.ts';

/** What the judgement was about, and how long it waited. */
export interface Watch {
  /** The deployment, or '' outside of any. */
  readonly deployment: string;
  readonly minHealthyMs: number;
  readonly deadlineMs: number;
}

/**
 * What the client waits for; undefined when health is nobody's business.
 *
 * @param mostMs  it waits no longer than this for an allocation to be healthy, whatever its job says.
 */
export function watchOf(allocation: Allocation, mostMs = Number.POSITIVE_INFINITY): Watch | undefined {
  const deployment = allocation.DeploymentID ?? '';
  const group = groupOf(allocation.Job, allocation.TaskGroup);
  const rule = deployment === '' ? (group?.Migrate ?? usualMigrate) : group?.Update;
  const isWatched = allocation.Job.Type === 'service' || allocation.Job.Type === 'system';
  if (!rule || group === undefined || !isWatched || allocation.DeploymentStatus?.Healthy != null) return undefined;
  if (rule.HealthCheck === 'manual') return undefined;
  const { MinHealthyTime: minimum, HealthyDeadline: deadline } = rule;
  return { deployment, minHealthyMs: Math.min(toMilliseconds(minimum), mostMs), deadlineMs: toMilliseconds(deadline) };
}

/** Of groups that say nothing, as those of system jobs. */
const usualMigrate = { HealthCheck: 'checks', MinHealthyTime: 10e9, HealthyDeadline: 300e9 };

const isRunning = (task: TaskRecord) => task.State === 'running' || (task.State === 'dead' && !task.Failed);

/** What follows the end of the others says nothing about them. */
function judgedTasks({ Job: job, TaskGroup: name, TaskStates: states }: Allocation): readonly TaskRecord[] {
  const tasks = groupOf(job, name)?.Tasks ?? [];
  const last = new Set(tasks.filter((task) => hookOf(task) === 'poststop').map((task) => task.Name));
  return Object.entries(states ?? {}).flatMap(([task, state]) => (last.has(task) ? [] : [state]));
}

/** @returns the same allocation when it is too early to say, or when it was said. */
export function judge(allocation: Allocation, watch: Watch, nowMs: number): Allocation {
  if ((allocation.DeploymentID ?? '') !== watch.deployment || isJudged(allocation)) return allocation;
  const tasks = judgedTasks(allocation);
  const hasRun = ({ State, StartedAt }: TaskRecord) =>
    State === 'dead' || nowMs - Date.parse(StartedAt ?? '') >= watch.minHealthyMs;
  if (allocation.ClientStatus !== 'running' || !tasks.every((one) => isRunning(one) && hasRun(one))) return allocation;
  return withVerdict(allocation, true, nowMs);
}

/** It did not become healthy in time. */
export function judgeAtDeadline(allocation: Allocation, watch: Watch, nowMs: number): Allocation {
  if ((allocation.DeploymentID ?? '') !== watch.deployment || isJudged(allocation)) return allocation;
  const by = `by healthy_deadline of ${formatDuration(watch.deadlineMs)}`;
  const whyOf = (task: TaskRecord) =>
    isRunning(task)
      ? `Task not running for min_healthy_time of ${formatDuration(watch.minHealthyMs)} ${by}`
      : `Task not running ${by}`;
  return withEvents(withVerdict(allocation, false, nowMs), (task) => unhealthy(task, whyOf(task), nowMs));
}

/**
 * A failed allocation of a deployment is unhealthy at once. Compat: Nomad's client watches health beside the tasks; where
 * something takes another one's place and fails in its first run, the watch ends before it tells why and when, as recorded.
 */
export function judgeFailed(allocation: Allocation, nowMs: number): Allocation {
  if (allocation.ClientStatus !== 'failed' || allocation.DeploymentID === undefined || isJudged(allocation)) {
    return allocation;
  }
  const tasks = Object.values(allocation.TaskStates ?? {});
  const isFirstRun = tasks.every((one) => one.Restarts === 0 && one.StartedAt !== null);
  if (isFirstRun && allocation.PreviousAllocation !== undefined) return withVerdict(allocation, false, undefined);
  const why = 'Unhealthy because of failed task';
  return withEvents(withVerdict(allocation, false, nowMs), (task) => unhealthy(task, why, nowMs));
}

const isJudged = (allocation: Allocation) => allocation.DeploymentStatus?.Healthy != null;

function withVerdict(allocation: Allocation, isHealthy: boolean, nowMs: number | undefined): Allocation {
  const { Canary: canary = false } = allocation.DeploymentStatus ?? {};
  const verdict = {
    Healthy: isHealthy,
    Timestamp: nowMs === undefined ? null : toTimestamp(nowMs),
    Canary: canary,
    ModifyIndex: 0,
  };
  return { ...allocation, DeploymentStatus: verdict };
}

function withEvents(allocation: Allocation, change: (task: TaskRecord) => TaskRecord): Allocation {
  const tasks = Object.entries(allocation.TaskStates ?? {}).map(([name, task]) => [name, change(task)] as const);
  return { ...allocation, TaskStates: Object.fromEntries(tasks) };
}
