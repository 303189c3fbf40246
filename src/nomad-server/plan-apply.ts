/** Commits a plan, or what of it still holds. Compat: spec nomad-scheduler.md §4. */
import type { Node } from '../nomad/node-types.ts';
import type { Job } from '../nomad/types.ts';
import { type Allocation, isClientTerminal } from './allocation.ts';
import { countUsage } from './derive.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey } from './identity.ts';
import type { Plan } from './scheduler/plan.ts';
import { roomOf } from './scheduler/rank.ts';
import type { StateStore } from './state-store.ts';
import type { Transaction } from './transaction.ts';

export interface Applied {
  /** Nodes that refused their part, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** @param newIdOf  the ID of the evaluation of a job that made way. */
export function applyPlan(store: StateStore, plan: Plan, nowMs: number, newIdOf: () => string): Applied {
  const refused = new Map<string, string>();
  const freed = byNode([...plan.stops, ...plan.evictions]);
  for (const [nodeId, placed] of byNode(plan.placements)) {
    const why = whyRefused(store, nodeId, placed, freed.get(nodeId) ?? []);
    if (why !== undefined) refused.set(nodeId, why);
  }
  const isEmptied = plan.allAtOnce && refused.size > 0;
  const holds = (allocation: Allocation) => !isEmptied && !refused.has(allocation.NodeID);
  store.transact(nowMs, (tx) => {
    if (isEmptied) return;
    if (plan.deployment !== undefined) tx.putDeployment(plan.deployment);
    for (const update of plan.deploymentUpdates) updateDeployment(store, tx, update);
    const next = new Map<string, string>();
    for (const one of plan.placements) {
      if (one.PreviousAllocation !== undefined && one.CreateIndex === 0 && holds(one)) {
        next.set(one.PreviousAllocation, one.ID);
      }
    }
    for (const stop of plan.stops) if (holds(stop)) tx.putAllocation(withNext(stop, next), 'server');
    if (plan.job === undefined || plan.job.Stop) return;
    const stopped = new Set(plan.stops.map((one) => one.ID));
    for (const one of plan.placements) if (holds(one)) tx.putAllocation(one, 'server');
    evict(store, tx, plan.evictions.filter(holds), newIdOf);
    for (const [id] of next) {
      const previous = stopped.has(id) ? undefined : store.allocation(id);
      if (previous !== undefined) tx.putAllocation(withNext(previous, next), 'server');
    }
  });
  return { refused };
}

/** Their jobs look for another place for them. */
function evict(store: StateStore, tx: Transaction, evicted: readonly Allocation[], newIdOf: () => string): void {
  const jobs = new Map<string, Job>();
  for (const one of evicted) {
    tx.putAllocation(one, 'server');
    jobs.set(jobKey(one.Namespace, one.JobID), store.job(one.Namespace, one.JobID) ?? one.Job);
  }
  for (const job of jobs.values()) tx.putEvaluation(evaluationOf(newIdOf(), job, { TriggeredBy: 'preemption' }));
}

function withNext(allocation: Allocation, next: ReadonlyMap<string, string>): Allocation {
  const id = next.get(allocation.ID);
  return id === undefined ? allocation : { ...allocation, NextAllocation: id };
}

function updateDeployment(store: StateStore, tx: Transaction, update: Plan['deploymentUpdates'][number]): void {
  const deployment = store.state.deployments.get(update.id);
  if (deployment === undefined) return;
  tx.putDeployment({ ...deployment, Status: update.status, StatusDescription: update.description });
  if (update.status !== 'successful') return;
  const key = jobKey(deployment.Namespace, deployment.JobID);
  const versions = store.state.versions.get(key) ?? [];
  const isStable = versions.find((one) => one.Version === deployment.JobVersion)?.Stable;
  if (isStable !== false) return;
  tx.amendVersion(key, deployment.JobVersion, { Stable: true });
}

function byNode(allocations: readonly Allocation[]): ReadonlyMap<string, readonly Allocation[]> {
  const nodes = new Map<string, Allocation[]>();
  for (const one of allocations) {
    const list = nodes.get(one.NodeID);
    if (list === undefined) nodes.set(one.NodeID, [one]);
    else list.push(one);
  }
  return nodes;
}

/** @param freed  what goes from the node with the same plan. */
function whyRefused(
  store: StateStore,
  nodeId: string,
  placed: readonly Allocation[],
  freed: readonly Allocation[],
): string | undefined {
  const fresh = placed.filter((one) => store.allocation(one.ID) === undefined);
  if (fresh.length === 0) return undefined;
  const node = store.node(nodeId);
  if (node === undefined) return 'node does not exist';
  if (node.Status !== 'ready') return 'node is not ready for placements';
  if (node.SchedulingEligibility !== 'eligible') return 'node is not eligible';
  return fits(store, node, fresh, freed) ? undefined : 'node is full';
}

function fits(store: StateStore, node: Node, placed: readonly Allocation[], freed: readonly Allocation[]): boolean {
  const room = roomOf(node);
  let usage = store.usage(node.ID);
  for (const one of placed) usage = countUsage(usage, one, 1);
  for (const { ID: id } of freed) {
    const before = store.allocation(id);
    if (before !== undefined && !isClientTerminal(before)) usage = countUsage(usage, before, -1);
  }
  return usage.cpuMhz <= room.cpuMhz && usage.memoryMb <= room.memoryMb && usage.diskMb <= room.diskMb;
}
