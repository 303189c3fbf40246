/** Which allocations of lower priority make way for a more urgent one. Pure. Compat: spec nomad-scheduler.md §20.1. */
import { type Allocation, isServerTerminal } from '../allocation.ts';
import type { SchedulerConfiguration } from '../state.ts';
import { type Ask, groupOf, occupiedBy } from './ask.ts';

/** How much lower the priority of what makes way has to be. */
const leastDifference = 10;
/** For each one beyond what a group's migrate block lets go at a time. */
const excessPenalty = 50;

export interface Needs {
  readonly priority: number;
  readonly ask: Ask;
  /** What is free on the node already; may be negative. */
  readonly free: Ask;
  /** Allocations of the same group that the plan evicts already. */
  readonly evicted: (allocation: Allocation) => number;
}

/** @returns those to evict, undefined when the ask fits even so. Lowest priorities first, then those that are nearest to the ask. */
export function chooseEvicted(live: Iterable<Allocation>, needs: Needs): readonly Allocation[] | undefined {
  const candidates = [...live]
    .filter((one) => needs.priority - one.Job.Priority >= leastDifference && !isServerTerminal(one))
    .sort((a, b) => a.Job.Priority - b.Job.Priority);
  const chosen: Allocation[] = [];
  while (!fits(needs, chosen)) {
    const lowest = candidates[0]?.Job.Priority;
    const level = candidates.filter((one) => one.Job.Priority === lowest);
    const next = nearest(level, needs, chosen);
    if (next === undefined) return undefined;
    candidates.splice(candidates.indexOf(next), 1);
    chosen.push(next);
  }
  return withoutRedundant(chosen, needs);
}

function fits({ ask, free }: Needs, evicted: readonly Allocation[]): boolean {
  const total = (amount: (ask: Ask) => number) =>
    evicted.reduce((sum, one) => sum + amount(occupiedBy(one)), amount(free)) >= amount(ask);
  return total((one) => one.cpuMhz) && total((one) => one.memoryMb) && total((one) => one.diskMb);
}

function nearest(level: readonly Allocation[], needs: Needs, chosen: readonly Allocation[]): Allocation | undefined {
  let best: Allocation | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const one of level) {
    const isSame = (other: Allocation) => other.JobID === one.JobID && other.TaskGroup === one.TaskGroup;
    const gone = needs.evicted(one) + chosen.filter(isSame).length;
    const most = groupOf(one.Job, one.TaskGroup)?.Migrate?.MaxParallel ?? 0;
    const excess = most > 0 ? Math.max(gone + 1 - most, 0) : 0;
    const away = distance(needs.ask, occupiedBy(one)) + excess * excessPenalty;
    if (away < least) [best, least] = [one, away];
  }
  return best;
}

/** How much an allocation differs from the ask. */
export function distance(ask: Ask, has: Ask): number {
  const part = (wanted: number, there: number) => (wanted === 0 ? 0 : ((wanted - there) / wanted) ** 2);
  return Math.sqrt(part(ask.memoryMb, has.memoryMb) + part(ask.cpuMhz, has.cpuMhz) + part(ask.diskMb, has.diskMb));
}

function withoutRedundant(chosen: readonly Allocation[], needs: Needs): readonly Allocation[] {
  const away = (one: Allocation) => distance(needs.ask, occupiedBy(one));
  let kept = chosen;
  for (const one of chosen.toSorted((a, b) => away(b) - away(a))) {
    const fewer = kept.filter((other) => other !== one);
    if (fits(needs, fewer)) kept = fewer;
  }
  return kept;
}

/** 0 to 1: the lower the priorities of those that make way, the better. */
export function preemptionScore(evicted: readonly Allocation[]): number {
  const priorities = evicted.map((one) => one.Job.Priority);
  const highest = Math.max(...priorities);
  const combined = highest + priorities.reduce((sum, one) => sum + one, 0) / highest;
  return 1 / (1 + Math.exp(0.0048 * (combined - 2048)));
}

/** Whether jobs of this type may make others go. */
export function mayPreempt({ PreemptionConfig: may }: SchedulerConfiguration, jobType: string): boolean {
  switch (jobType) {
    case 'system':
      return may.SystemSchedulerEnabled;
    case 'sysbatch':
      return may.SysBatchSchedulerEnabled;
    case 'batch':
      return may.BatchSchedulerEnabled;
    default:
      return may.ServiceSchedulerEnabled;
  }
}
