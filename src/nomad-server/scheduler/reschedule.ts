/** When a failed allocation is tried again. Compat: spec nomad-scheduler.md §7.3. */
import type { RescheduleTracker } from '../../nomad/allocation-types.ts';
import type { Deployment } from '../../nomad/evaluation-types.ts';
import type { ReschedulePolicy } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { toMilliseconds, toNanoseconds } from '../identity.ts';
import { groupOf } from './ask.ts';

/** A failed allocation and when to try it again (epoch milliseconds). */
export interface Reschedule {
  readonly allocation: Allocation;
  readonly atMs: number;
}

/** A time this near is now. */
const windowMs = 1000;
const mostUnlimitedEvents = 5;

interface Running {
  readonly deployment: Deployment | undefined;
  readonly evaluationId: string;
  readonly nowMs: number;
}

/** Splits failed allocations: `waiting` ones (those for `later` among them) keep their place. */
export function splitFailed(
  failed: readonly Allocation[],
  running: Running,
): {
  readonly now: readonly Allocation[];
  readonly later: readonly Reschedule[];
  readonly waiting: readonly Allocation[];
} {
  const now: Allocation[] = [];
  const later: Reschedule[] = [];
  const waiting: Allocation[] = [];
  for (const allocation of failed) {
    const wish = allocation.DesiredTransition;
    const policy = policyOf(allocation);
    const inDeployment = running.deployment !== undefined && allocation.DeploymentID === running.deployment.ID;
    const failedAtMs = failureTime(allocation);
    const isEligible = policy !== null && mayRetry(allocation, policy, failedAtMs);
    const atMs = policy === null ? 0 : failedAtMs + delayOf(allocation, policy);
    if (wish?.ForceReschedule || allocation.FollowupEvalID === running.evaluationId) now.push(allocation);
    else if (!isEligible || (inDeployment && !wish?.Reschedule)) waiting.push(allocation);
    else if (atMs - running.nowMs <= windowMs) now.push(allocation);
    else {
      waiting.push(allocation);
      if (allocation.FollowupEvalID === undefined) later.push({ allocation, atMs });
    }
  }
  return { now, later, waiting };
}

/** The policy of the version that it runs. */
export function policyOf(allocation: Allocation): ReschedulePolicy | null {
  return groupOf(allocation.Job, allocation.TaskGroup)?.ReschedulePolicy ?? null;
}

/** When one of which the client is lost sight of now is tried elsewhere; undefined when it is not. */
export function retryAt(allocation: Allocation, { deployment, nowMs }: Running): number | undefined {
  const policy = policyOf(allocation);
  const inDeployment = deployment !== undefined && allocation.DeploymentID === deployment.ID;
  if (policy === null || inDeployment || !mayRetry(allocation, policy, nowMs)) return undefined;
  return nowMs + delayOf(allocation, policy);
}

/** Whether the policy leaves a failed allocation another try. */
export function hasTriesLeft(allocation: Allocation): boolean {
  const policy = policyOf(allocation);
  return policy !== null && mayRetry(allocation, policy, failureTime(allocation));
}

function failureTime(allocation: Allocation): number {
  let latest = 0;
  for (const task of Object.values(allocation.TaskStates ?? {})) {
    if (task.FinishedAt !== null) latest = Math.max(latest, Date.parse(task.FinishedAt));
  }
  return latest || toMilliseconds(allocation.ModifyTime);
}

function mayRetry(allocation: Allocation, policy: ReschedulePolicy, failedAtMs: number): boolean {
  if (policy.Unlimited) return true;
  const since = toNanoseconds(failedAtMs) - policy.Interval;
  const tries = (allocation.RescheduleTracker?.Events ?? []).filter((event) => event.RescheduleTime > since).length;
  return tries < policy.Attempts && delayOf(allocation, policy) < toMilliseconds(policy.Interval);
}

/** Milliseconds between the failure and the next try. */
export function delayOf(allocation: Allocation, policy: ReschedulePolicy): number {
  const first = toMilliseconds(policy.Delay);
  const most = toMilliseconds(policy.MaxDelay);
  const events = allocation.RescheduleTracker?.Events ?? [];
  const last = events.at(-1);
  if (last === undefined || policy.DelayFunction === 'constant') return first;
  const lastMs = toMilliseconds(last.Delay);
  const beforeMs = events.length < 2 ? undefined : toMilliseconds(events.at(-2)?.Delay ?? 0);
  const next = policy.DelayFunction === 'fibonacci' ? (beforeMs === undefined ? first : beforeMs + lastMs) : lastMs * 2;
  if (most === 0 || next <= most) return next;
  return failureTime(allocation) - toMilliseconds(last.RescheduleTime) > most ? first : most;
}

/** The history that the next try carries on. */
export function trackerAfter(allocation: Allocation, delayMs: number, nowMs: number): RescheduleTracker {
  const policy = policyOf(allocation);
  const event = {
    RescheduleTime: toNanoseconds(nowMs),
    PrevAllocID: allocation.ID,
    PrevNodeID: allocation.NodeID,
    Delay: toNanoseconds(delayMs),
  };
  const former = allocation.RescheduleTracker?.Events ?? [];
  const since = event.RescheduleTime - (policy?.Interval ?? 0);
  const recent = policy?.Unlimited
    ? former.slice(1 - mostUnlimitedEvents)
    : former.filter((one) => one.RescheduleTime > since);
  return { Events: [...recent, event], LastReschedule: 'ok' };
}
