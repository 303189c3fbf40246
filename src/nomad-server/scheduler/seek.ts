/** Seeks nodes for everything that the groups of a job want placed. Compat: spec nomad-scheduler.md §7.5, §8. */
import type { AllocationMetric } from '../../nomad/allocation-types.ts';
import type { Evaluation } from '../../nomad/evaluation-types.ts';
import type { Job } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { groupOf } from './ask.ts';
import { coalesce } from './metric.ts';
import { type Preemption, stopped } from './outcome.ts';
import type { Placed, Placer } from './place.ts';
import type { Context, Decision } from './plan.ts';
import type { GroupResult, Placement } from './reconcile.ts';
import { trackerAfter } from './reschedule.ts';
import { filteredEverywhere, isSilent } from './system.ts';

export interface Seeking {
  readonly evaluation: Evaluation;
  readonly context: Context;
  readonly job: Job;
  /** The deployment that new allocations belong to. */
  readonly deploymentId: string | undefined;
}

export interface Sought extends Pick<Decision, 'queued' | 'failed' | 'blockedOn'> {
  /** What goes because its replacement found a node. */
  readonly stops: readonly Allocation[];
  readonly placements: readonly Allocation[];
  readonly preempted: readonly Preemption[];
  /** By group: nodes of system jobs that took nothing. */
  readonly misses: Readonly<Record<string, number>>;
}

/** Of a job that is gone. */
export const nothingSought: Sought = {
  ...{ stops: [], placements: [], preempted: [], misses: {}, queued: {}, failed: {}, blockedOn: undefined },
};

/** @param results  by group. */
export function seekNodes(seeking: Seeking, placer: Placer, results: ReadonlyMap<string, GroupResult>): Sought {
  const stops: Allocation[] = [];
  const placements: Allocation[] = [];
  const preempted: Preemption[] = [];
  const misses: Record<string, number> = {};
  const queued: Record<string, number> = {};
  const failed: Record<string, AllocationMetric> = {};
  let blockedOn: Decision['blockedOn'];
  for (const [name, result] of results) {
    if (groupOf(seeking.job, name) !== undefined) queued[name] = 0;
    const filtered: AllocationMetric[] = [];
    for (const placement of result.placements) {
      const { nodeId, replaces } = placement;
      const known = failed[name];
      // A group that found no node among all finds none the next time either.
      const found = known === undefined || nodeId !== undefined ? searchInPlaceOf(placer, placement) : known;
      if ('node' in found) {
        if (replaces !== undefined) stops.push(stopped(replaces));
        const allocation = newAllocation(seeking, placement, found);
        placer.take(allocation, found.evicted);
        preempted.push(...found.evicted.map((one) => ({ evicted: one, by: allocation })));
        placements.push(allocation);
        continue;
      }
      if (nodeId !== undefined) {
        misses[name] = (misses[name] ?? 0) + 1;
        if (isSilent(found)) {
          filtered.push(found);
          continue;
        }
        blockedOn ??= { nodeId, failed: { [name]: found } };
      }
      failed[name] = known === undefined ? found : coalesce(known, placement.group);
      queued[name] = (queued[name] ?? 0) + 1;
    }
    const suitsNowhere = filtered.length > 0 && filtered.length === result.desired.Place;
    if (suitsNowhere && failed[name] === undefined) failed[name] = filteredEverywhere(filtered);
  }
  return { stops, placements, preempted, misses, queued, failed, blockedOn };
}

/** The one that it replaces makes room, unless it stays because there is no node. */
function searchInPlaceOf(placer: Placer, placement: Placement): Placed | AllocationMetric {
  const { replaces } = placement;
  if (replaces !== undefined) placer.free(replaces.allocation);
  const found = search(placer, placement);
  if (replaces !== undefined && !('node' in found)) placer.keep(replaces.allocation);
  return found;
}

function search(placer: Placer, placement: Placement): Placed | AllocationMetric {
  const { group, nodeId, peer } = placement;
  if (nodeId !== undefined) return placer.findOn(nodeId, group);
  return (peer === undefined ? placer : placer.ofVersion(peer.Job)).find(group, penalised(placement));
}

function penalised(placement: Placement): ReadonlySet<string> {
  const { previous, reschedule } = placement;
  if (reschedule === undefined || previous === undefined) return new Set();
  return new Set([previous.NodeID, ...(previous.RescheduleTracker?.Events ?? []).map((event) => event.PrevNodeID)]);
}

function newAllocation(
  { evaluation, context, job, deploymentId }: Seeking,
  { group, name, previous, reschedule, isCanary = false, peer }: Placement,
  { node, resources, evicted, metric }: Placed,
): Allocation {
  const rollout = peer === undefined ? deploymentId : peer.DeploymentID;
  const tracker = reschedule && previous && trackerAfter(previous, reschedule.delayMs, context.nowMs);
  return {
    ID: context.newId(),
    Namespace: job.Namespace,
    EvalID: evaluation.ID,
    Name: name,
    NodeID: node.ID,
    NodeName: node.Name,
    JobID: job.ID,
    Job: peer?.Job ?? job,
    TaskGroup: group.Name,
    AllocatedResources: resources,
    Metrics: metric,
    DesiredStatus: 'run',
    ClientStatus: 'pending',
    ...(rollout === undefined ? {} : { DeploymentID: rollout }),
    ...(evicted.length === 0 ? {} : { PreemptedAllocations: evicted.map((one) => one.ID) }),
    ...(isCanary ? { DeploymentStatus: newCanary } : {}),
    ...(previous === undefined ? {} : { PreviousAllocation: previous.ID }),
    ...(tracker === undefined ? {} : { RescheduleTracker: tracker }),
    ...{ CreateIndex: 0, ModifyIndex: 0, AllocModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
  };
}

const newCanary = { Healthy: null, Timestamp: null, Canary: true, ModifyIndex: 0 };
