/** What a node has and what of it is taken, in the two dimensions that count for how busy it is. Pure. */
import type { Allocation } from '../nomad/allocation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { NodeCapacity } from '../nomad/node-view.ts';

type Resourceful = Pick<Partial<Node>, 'NodeResources' | 'ReservedResources'>;

/** What the node has beyond what it keeps for itself. @returns undefined when it does not say what it has. */
export function allocatableOf({ NodeResources: all, ReservedResources: kept }: Resourceful): NodeCapacity | undefined {
  const cpuMhz = all?.Cpu?.CpuShares;
  const memoryMb = all?.Memory?.MemoryMB;
  if (cpuMhz === undefined || memoryMb === undefined) return undefined;
  return { cpuMhz: cpuMhz - (kept?.Cpu?.CpuShares ?? 0), memoryMb: memoryMb - (kept?.Memory?.MemoryMB ?? 0) };
}

/**
 * What allocations in this client status take.
 *
 * @returns undefined when one of them does not say: then nobody knows how busy its node is.
 */
export function takenBy(allocations: readonly Allocation[], status: 'running' | 'pending'): NodeCapacity | undefined {
  let cpuMhz = 0;
  let memoryMb = 0;
  for (const { ClientStatus, Resources } of allocations) {
    if (ClientStatus !== status) continue;
    if (typeof Resources?.CPU !== 'number' || typeof Resources.MemoryMB !== 'number') return undefined;
    cpuMhz += Resources.CPU;
    memoryMb += Resources.MemoryMB;
  }
  return { cpuMhz, memoryMb };
}

/**
 * How busy a node is, in percent: the mean of processor and memory, each rounded up; above 100 when it is overfull.
 * Without anything to give, infinitely.
 *
 * Compat: the rounding of cluster-scaling.md §7.
 */
export function busyness(taken: NodeCapacity, allocatable: NodeCapacity): number {
  const memory = percent(taken.memoryMb, allocatable.memoryMb);
  return Math.ceil((memory + percent(taken.cpuMhz, allocatable.cpuMhz)) / 2);
}

/** Whole percents, rounded up. */
export function percent(taken: number, allocatable: number): number {
  return allocatable > 0 ? Math.ceil((taken * 100) / allocatable) : Number.POSITIVE_INFINITY;
}

/** Whether it still is, or will be, on its node. One that does not say what it is counts as there. */
export function isLive({ ClientStatus, DesiredStatus }: Pick<Allocation, 'ClientStatus' | 'DesiredStatus'>): boolean {
  const isOver = ClientStatus === 'complete' || ClientStatus === 'failed' || ClientStatus === 'lost';
  return !isOver && DesiredStatus !== 'stop' && DesiredStatus !== 'evict';
}

/** Whether it matters to somebody who may leave the allocations of system jobs out, which run on every node. */
export const counts = ({ Job }: Allocation, ignoreSystemJobs: boolean): boolean =>
  !(ignoreSystemJobs && Job?.Type === 'system');
