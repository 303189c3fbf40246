/** What has become of a group's allocations. Compat: spec nomad-scheduler.md §7.2; disconnected clients are not told apart yet. */
import type { Node } from '../../nomad/node-types.ts';
import { type Allocation, isClientTerminal, isServerTerminal } from '../allocation.ts';

export interface Classified {
  /** They fill a place of the group. */
  readonly kept: readonly Allocation[];
  /** To be replaced elsewhere, then stopped. */
  readonly migrating: readonly Allocation[];
  /** Their node is gone. */
  readonly lost: readonly Allocation[];
  /** They failed and nobody replaced them. */
  readonly failed: readonly Allocation[];
}

/** @param isBatch  a completed allocation fills its place for ever, for the version that it ran. */
export function classify(
  allocations: readonly Allocation[],
  nodeOf: (id: string) => Node | undefined,
  isBatch: boolean,
): Classified {
  const kept: Allocation[] = [];
  const migrating: Allocation[] = [];
  const lost: Allocation[] = [];
  const failed: Allocation[] = [];
  for (const one of allocations) {
    const isDrained = isServerTerminal(one) && one.DesiredTransition?.MigrateDisablePlacement === true;
    if (isBatch && (one.ClientStatus === 'complete' || isDrained)) kept.push(one);
    else if (isServerTerminal(one) || one.ClientStatus === 'complete' || one.ClientStatus === 'lost') continue;
    else if (one.ClientStatus === 'failed') {
      if (one.NextAllocation === undefined) failed.push(one);
    } else if (one.DesiredTransition?.Migrate) migrating.push(one);
    else if (isGone(nodeOf(one.NodeID))) lost.push(one);
    else kept.push(one);
  }
  return { kept, migrating, lost, failed };
}

function isGone(node: Node | undefined): boolean {
  return node === undefined || node.Status === 'down';
}

/** The allocations that a stopped job, or a removed group, still has. */
export function unfinished(allocations: readonly Allocation[]): readonly Allocation[] {
  return allocations.filter((one) => !isServerTerminal(one) && !isClientTerminal(one));
}
