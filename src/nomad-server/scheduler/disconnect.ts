/** Allocations whose client cannot be reached, and which of two goes on when it comes back. Spec nomad-scheduler.md §7.2, §7.4.2. */
import type { DisconnectStrategy } from '../../nomad/types.ts';
import { type Allocation, isTerminal } from '../allocation.ts';
import { toMilliseconds } from '../identity.ts';
import { groupOf } from './ask.ts';

/** What the allocation's own version of the job says about disconnects; undefined when it may not disconnect. */
export function disconnectOf(allocation: Allocation): DisconnectStrategy | undefined {
  const strategy = groupOf(allocation.Job, allocation.TaskGroup)?.Disconnect;
  return strategy && (strategy.LostAfter ?? 0) > 0 ? strategy : undefined;
}

/** While a client is away, its allocations are `unknown` until this time (epoch milliseconds). */
export function lostAt(allocation: Allocation, nowMs: number): number {
  const since = allocation.AllocStates?.at(-1);
  const sinceMs = since?.Value === 'unknown' ? Date.parse(since.Time) : nowMs;
  return sinceMs + toMilliseconds(disconnectOf(allocation)?.LostAfter ?? 0);
}

/** Its client told of it again, and nobody decided yet whether it stays. */
export function isReconnecting(allocation: Allocation): boolean {
  return allocation.ClientStatus !== 'unknown' && allocation.AllocStates?.at(-1)?.Value === 'unknown';
}

export interface Reconnected {
  readonly kept: readonly Allocation[];
  readonly stopped: readonly Allocation[];
}

/** Of each one that came back and its replacement one stays. @param others  of the same group. */
export function reconnect(returning: readonly Allocation[], others: readonly Allocation[]): Reconnected {
  const kept: Allocation[] = [];
  const stopped: Allocation[] = [];
  for (const one of returning) {
    const replacement = others.find((other) => other.PreviousAllocation === one.ID && !isTerminal(other));
    if (replacement !== undefined && !isOriginalBetter(one, replacement)) stopped.push(one);
    else {
      kept.push(one);
      if (replacement !== undefined) stopped.push(replacement);
    }
  }
  return { kept, stopped };
}

function isOriginalBetter(original: Allocation, replacement: Allocation): boolean {
  if (original.Job.Version < replacement.Job.Version) return false;
  const isRunning = (one: Allocation) => one.ClientStatus === 'running';
  switch (disconnectOf(original)?.Reconcile) {
    case 'keep_original':
      return true;
    case 'keep_replacement':
      return false;
    case 'longest_running':
      return runningSince(original) <= runningSince(replacement);
    default:
      if (!isRunning(replacement) && isRunning(original)) return true;
      return topScore(replacement) <= topScore(original);
  }
}

const topScore = (one: Allocation) => one.Metrics.ScoreMetaData?.[0]?.NormScore ?? 0;

function runningSince(allocation: Allocation): number {
  const starts = Object.values(allocation.TaskStates ?? {}).map((task) => Date.parse(task.StartedAt ?? ''));
  return Math.max(...starts.map((at) => (Number.isNaN(at) ? Number.POSITIVE_INFINITY : at)), 0);
}
