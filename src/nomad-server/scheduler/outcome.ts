/** What became of a plan's wishes once nodes were sought for them. Pure. Spec nomad-scheduler.md §8, §20.1. */
import type { Deployment, DesiredUpdates } from '../../nomad/evaluation-types.ts';
import type { Allocation } from '../allocation.ts';
import type { Stop } from './reconcile.ts';

/** An allocation that makes way, and for whom. */
export interface Preemption {
  readonly evicted: Allocation;
  readonly by: Allocation;
}

export function evictedBy({ evicted, by }: Preemption): Allocation {
  return {
    ...evicted,
    DesiredStatus: 'evict',
    DesiredDescription: `Preempted by alloc ID ${by.ID}`,
    PreemptedByAllocation: by.ID,
  };
}

export function stopped({ allocation, description, clientStatus }: Stop): Allocation {
  const { DesiredDescription: _, ...rest } = allocation;
  return {
    ...rest,
    DesiredStatus: 'stop',
    ...(description === '' ? {} : { DesiredDescription: description }),
    ...(clientStatus === undefined ? {} : { ClientStatus: clientStatus }),
  };
}

export function settledUpdates(
  desired: DesiredUpdates,
  group: string,
  preempted: readonly Preemption[],
  misses: Readonly<Record<string, number>>,
): DesiredUpdates {
  const Preemptions = preempted.filter(({ by }) => by.TaskGroup === group).length;
  return { ...desired, Place: desired.Place - (misses[group] ?? 0), Preemptions };
}

/** A rollout over all nodes waits for those only that took something. */
export function withoutMisses(deployment: Deployment, misses: Readonly<Record<string, number>>): Deployment {
  const groups = Object.entries(deployment.TaskGroups ?? {}).map(([name, group]) => [
    name,
    { ...group, DesiredTotal: group.DesiredTotal - (misses[name] ?? 0) },
  ]);
  return { ...deployment, TaskGroups: Object.fromEntries(groups) };
}

export const isEmpty = ({ TaskGroups: groups }: Deployment) =>
  Object.values(groups ?? {}).every((group) => group.DesiredTotal === 0);
