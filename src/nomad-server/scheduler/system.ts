/**
 * One evaluation of a system or sysbatch job: an allocation of each group on every node that suits it.
 *
 * Compat: spec nomad-scheduler.md §8; updates are not paced in this version.
 */
import type { AllocationMetric } from '../../nomad/allocation-types.ts';
import type { DesiredUpdates } from '../../nomad/evaluation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isTerminal } from '../allocation.ts';
import { needsReplacement } from './difference.ts';
import { baseSet } from './feasible.ts';
import { allocationName } from './names.ts';
import type { Snapshot } from './plan.ts';
import { type GroupResult, noUpdates, type Placement, reconcileStopped, type Stop } from './reconcile.ts';

/** What a group of a system job needs; each placement names its node. */
export function reconcileSystemGroup(
  snapshot: Snapshot,
  job: Job,
  group: TaskGroup,
  allocations: readonly Allocation[],
): GroupResult {
  if (group.Count === 0) return reconcileStopped(allocations, (id) => snapshot.node(id));
  const nodes = baseSet(snapshot, job).nodes;
  const suits = new Set(nodes.map((node) => node.ID));
  const stops: Stop[] = [];
  const inPlace: Allocation[] = [];
  const placements: Placement[] = [];
  const served = new Set<string>();
  let ignored = 0;
  let destructive = 0;
  for (const one of allocations) {
    if (isDone(one, job)) {
      served.add(one.NodeID);
      continue;
    }
    if (isTerminal(one)) continue;
    const why = whyStop(one, snapshot.node(one.NodeID), suits, job);
    if (why !== undefined) {
      stops.push(why);
      continue;
    }
    served.add(one.NodeID);
    if (one.Job.JobModifyIndex === job.JobModifyIndex) ignored++;
    else if (!needsReplacement(one.Job, job, group.Name)) inPlace.push(one);
    else {
      destructive++;
      placements.push(placementOn(group, one.Name, one.NodeID, one));
    }
  }
  const name = allocationName(job.ID, group.Name, 0);
  const missing = nodes.filter((node) => !served.has(node.ID));
  for (const node of missing) placements.push(placementOn(group, name, node.ID));
  const desired: DesiredUpdates = {
    ...noUpdates,
    Ignore: ignored,
    // Wanted nodes, those already served among them.
    Place: missing.length,
    Stop: stops.length,
    InPlaceUpdate: inPlace.length,
    DestructiveUpdate: destructive,
  };
  return {
    ...{ stops, inPlace, placements, later: [], disconnecting: [], reconnected: [], desired },
    deploys: inPlace.length + placements.length,
    updates: inPlace.length + destructive,
    desiredCanaries: 0,
    settled: stops.length + inPlace.length + placements.length === 0,
  };
}

function placementOn(group: TaskGroup, name: string, nodeId: string, replaced?: Allocation): Placement {
  if (replaced === undefined) return { group, name, nodeId };
  const replaces = { allocation: replaced, description: 'alloc is being updated due to job update' };
  return { group, name, nodeId, previous: replaced, replaces };
}

/** A finished run of a sysbatch job's present version. */
function isDone(one: Allocation, job: Job): boolean {
  return job.Type === 'sysbatch' && one.ClientStatus === 'complete' && one.Job.Version === job.Version;
}

function whyStop(
  allocation: Allocation,
  node: Node | undefined,
  suits: ReadonlySet<string>,
  job: Job,
): Stop | undefined {
  if (node === undefined || node.Status === 'down') {
    return { allocation, description: 'alloc is lost since its node is down', clientStatus: 'lost' };
  }
  if (allocation.DesiredTransition?.Migrate) return { allocation, description: 'alloc not needed as node is tainted' };
  if (suits.has(node.ID) || node.DrainStrategy !== null) return undefined;
  const isOnlyIneligible =
    node.SchedulingEligibility === 'ineligible' && allocation.Job.JobModifyIndex === job.JobModifyIndex;
  return isOnlyIneligible ? undefined : { allocation, description: 'alloc not needed due to job update' };
}

/** A node that only does not suit the group is passed over in silence. */
export function isSilent(metric: AllocationMetric): boolean {
  return metric.NodesExhausted === 0;
}
