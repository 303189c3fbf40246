/** What has become of a group's allocations. Compat: spec nomad-scheduler.md §7.2. */
import type { Node } from '../../nomad/node-types.ts';
import type { Job } from '../../nomad/types.ts';
import { type Allocation, isServerTerminal, isTerminal } from '../allocation.ts';
import { disconnectOf, isReconnecting, lostAt } from './disconnect.ts';

export interface Classified {
  /** They fill a place of the group. */
  readonly kept: readonly Allocation[];
  /** To be replaced elsewhere, then stopped. */
  readonly migrating: readonly Allocation[];
  /** Their node is gone. */
  readonly lost: readonly Allocation[];
  /** They failed and nobody replaced them. */
  readonly failed: readonly Allocation[];
  /** Their client was lost sight of just now; they fill their place as long as their job waits for it. */
  readonly disconnecting: readonly Allocation[];
  /** Their client came back. */
  readonly reconnecting: readonly Allocation[];
}

/** It runs the job's present version; one of a job that was purged since does not. */
export function isOfVersion(one: Allocation, job: Job | undefined): boolean {
  return one.Job.Version === job?.Version && one.Job.CreateIndex === job.CreateIndex;
}

/** Finished work of a batch job's former versions: it counts for nothing any more. */
export function isOldWork(one: Allocation, job: Job): boolean {
  const isFormer = one.Job.CreateIndex !== job.CreateIndex || one.Job.Version < job.Version;
  return job.Type === 'batch' && isFormer && isTerminal(one);
}

/** @param isBatch  a completed allocation fills its place for ever, for the version that it ran. */
export function classify(
  allocations: readonly Allocation[],
  nodeOf: (id: string) => Node | undefined,
  isBatch: boolean,
  nowMs: number,
): Classified {
  const kept: Allocation[] = [];
  const migrating: Allocation[] = [];
  const lost: Allocation[] = [];
  const failed: Allocation[] = [];
  const disconnecting: Allocation[] = [];
  const reconnecting: Allocation[] = [];
  const byPlace = { kept, lost, disconnecting, reconnecting };
  for (const one of allocations) {
    const isGivenUp = isServerTerminal(one);
    const isDone = isGivenUp ? one.DesiredTransition?.MigrateDisablePlacement : one.ClientStatus === 'complete';
    if (isBatch && isDone) kept.push(one);
    else if (isGivenUp || one.ClientStatus === 'complete' || one.ClientStatus === 'lost') continue;
    else if (one.ClientStatus === 'failed') {
      if (one.NextAllocation === undefined) failed.push(one);
    } else if (one.DesiredTransition?.Migrate) migrating.push(one);
    else byPlace[placeOf(one, nodeOf(one.NodeID), nowMs)].push(one);
  }
  return { kept, migrating, lost, failed, disconnecting, reconnecting };
}

/** What its node makes of a live allocation. */
function placeOf(
  one: Allocation,
  node: Node | undefined,
  nowMs: number,
): 'kept' | 'lost' | 'disconnecting' | 'reconnecting' {
  const strategy = disconnectOf(one);
  const isUnknown = one.ClientStatus === 'unknown';
  if (node === undefined || (isUnknown && lostAt(one, nowMs) <= nowMs)) return 'lost';
  if (node.Status === 'disconnected') {
    if (isUnknown) return 'kept';
    return strategy === undefined || one.ClientStatus === 'pending' ? 'lost' : 'disconnecting';
  }
  if (node.Status === 'down') {
    if (strategy === undefined || strategy.Replace !== false) return 'lost';
    return isUnknown ? 'kept' : 'disconnecting';
  }
  return isReconnecting(one) ? 'reconnecting' : 'kept';
}

/** The allocations that a stopped job, or a removed group, still has. */
export function unfinished(allocations: readonly Allocation[]): readonly Allocation[] {
  return allocations.filter((one) => !isTerminal(one));
}
