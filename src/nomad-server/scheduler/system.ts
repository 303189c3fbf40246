/**
 * One evaluation of a system or sysbatch job: an allocation of each group on every node that suits it.
 *
 * Compat: spec nomad-scheduler.md §8.
 */
import type { AllocationMetric } from '../../nomad/allocation-types.ts';
import type { Deployment, DesiredUpdates } from '../../nomad/evaluation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isTerminal } from '../allocation.ts';
import { isOfVersion } from './classify.ts';
import { needsReplacement } from './difference.ts';
import { disconnectOf } from './disconnect.ts';
import { baseSet, demandsOf, whyFiltered } from './feasible.ts';
import { allocationName } from './names.ts';
import type { Snapshot } from './plan.ts';
import { type GroupResult, isUpdated, lostStop, notNeeded, noUpdates, type Placement, type Stop } from './reconcile.ts';

/** What a group of a system job needs; each placement names its node. */
export function reconcileSystemGroup(
  snapshot: Snapshot,
  job: Job,
  group: TaskGroup,
  allocations: readonly Allocation[],
  deployment: Deployment | undefined,
): GroupResult {
  const nodes = baseSet(snapshot, job).nodes;
  const suits = new Map(nodes.map((node) => [node.ID, node]));
  const stops: Stop[] = [];
  const inPlace: Allocation[] = [];
  const placements: Placement[] = [];
  const served = new Set<string>();
  const destructive: Allocation[] = [];
  const before = new Map<string, Allocation>();
  const demands = demandsOf(job, group);
  const isUnfit = (id: string) => {
    const node = suits.get(id);
    return node !== undefined && whyFiltered(demands, node) !== undefined;
  };
  let ignored = 0;
  let lost = 0;
  let migrating = 0;
  for (const one of allocations) {
    if (isDone(one, job)) {
      served.add(one.NodeID);
      continue;
    }
    const former = before.get(one.NodeID);
    if (former === undefined || former.CreateIndex < one.CreateIndex) before.set(one.NodeID, one);
    if (isTerminal(one)) continue;
    const why = whyStop(one, snapshot.node(one.NodeID), suits, job);
    if (why !== undefined) {
      stops.push(why);
      if (why.clientStatus === 'lost') lost++;
      else if (one.DesiredTransition?.Migrate) migrating++;
      continue;
    }
    // On a node that drains it goes on as it is.
    const isCurrent = one.Job.JobModifyIndex === job.JobModifyIndex || !suits.has(one.NodeID);
    const goesOn = isCurrent || !needsReplacement(one.Job, job, group.Name);
    if (!goesOn && isUnfit(one.NodeID)) {
      stops.push({ allocation: one, description: isUpdated });
      continue;
    }
    served.add(one.NodeID);
    if (isCurrent) ignored++;
    else (goesOn ? inPlace : destructive).push(one);
  }
  const going = new Set(stops.map((stop) => stop.allocation));
  const staying = allocations.filter((one) => !going.has(one));
  for (const one of destructive.slice(0, pace(group, staying, deployment))) {
    const replaces = { allocation: one, description: isUpdated };
    placements.push({ group, name: one.Name, nodeId: one.NodeID, previous: one, replaces });
  }
  const name = allocationName(job.ID, group.Name, 0);
  const missing = nodes.filter((node) => !served.has(node.ID));
  for (const node of missing) {
    const previous = before.get(node.ID);
    placements.push({ group, name, nodeId: node.ID, ...(previous === undefined ? {} : { previous }) });
  }
  const desired: DesiredUpdates = {
    ...noUpdates,
    Ignore: ignored,
    // Nodes that are served already, also those that drain, are counted, too; what finds no place is taken off later.
    Place: served.size + missing.length,
    Stop: stops.length - lost - migrating,
    Migrate: migrating,
    InPlaceUpdate: inPlace.length,
    DestructiveUpdate: destructive.length,
  };
  return {
    ...{ stops, inPlace, placements, later: [], disconnecting: [], reconnected: [], desired },
    deploys: inPlace.length + destructive.length + missing.length,
    updates: inPlace.length + destructive.length,
    desiredCanaries: 0,
    settled: inPlace.length + destructive.length === 0,
  };
}

/** How many may be replaced now: at most so many that are not healthy yet. */
function pace(group: TaskGroup, allocations: readonly Allocation[], deployment: Deployment | undefined): number {
  const most = group.Update?.MaxParallel ?? 0;
  if (most === 0) return Number.POSITIVE_INFINITY;
  if (deployment === undefined) return most;
  if (deployment.Status !== 'running') return 0;
  const isAwaited = (one: Allocation) =>
    one.DeploymentID === deployment.ID && !isTerminal(one) && one.DeploymentStatus?.Healthy !== true;
  return Math.max(most - allocations.filter(isAwaited).length, 0);
}

/** A run of a sysbatch job's present version that came to its end by itself, well or not. */
function isDone(one: Allocation, job: Job): boolean {
  const isOver = one.DesiredStatus === 'run' && (one.ClientStatus === 'complete' || one.ClientStatus === 'failed');
  return job.Type === 'sysbatch' && isOver && isOfVersion(one, job);
}

function whyStop(
  allocation: Allocation,
  node: Node | undefined,
  suits: ReadonlyMap<string, Node>,
  job: Job,
): Stop | undefined {
  const isAway = node?.Status === 'disconnected' && disconnectOf(allocation) === undefined;
  if (node === undefined || node.Status === 'down' || isAway) return lostStop(allocation);
  if (allocation.DesiredTransition?.Migrate) return { allocation, description: 'alloc not needed as node is tainted' };
  if (suits.has(node.ID) || node.DrainStrategy !== null) return undefined;
  const isOnlyIneligible =
    node.SchedulingEligibility === 'ineligible' && allocation.Job.JobModifyIndex === job.JobModifyIndex;
  return isOnlyIneligible ? undefined : { allocation, description: notNeeded };
}

/** A node that only does not suit the group is passed over in silence. */
export function isSilent(metric: AllocationMetric): boolean {
  return metric.NodesExhausted === 0;
}

/** No node at all suits the group, and none has it: that is told, though nothing waits. */
export function filteredEverywhere(metrics: readonly AllocationMetric[]): AllocationMetric {
  const [first, ...others] = metrics;
  if (first === undefined) throw new Error('a group was filtered by no node');
  const sum = (key: 'ClassFiltered' | 'ConstraintFiltered') => {
    const counts: Record<string, number> = {};
    for (const metric of metrics) {
      for (const [name, count] of Object.entries(metric[key] ?? {})) counts[name] = (counts[name] ?? 0) + count;
    }
    return Object.keys(counts).length === 0 ? null : counts;
  };
  return {
    ...first,
    ...{ NodePool: '', NodesInPool: 0, NodesAvailable: null },
    ...{ NodesEvaluated: others.length + 1, NodesFiltered: others.length + 1 },
    ...{ ClassFiltered: sum('ClassFiltered'), ConstraintFiltered: sum('ConstraintFiltered') },
  };
}
