/** What allocations and nodes use at a time: as measured, or from the load model. */
import type { Node } from '../nomad/node-types.ts';
import type { Allocation } from './allocation.ts';
import type { Load, LoadModel } from './load.ts';
import type { StateStore } from './state-store.ts';

/** MHz of one core, as Nomad reckons it: the node's MHz over its cores. */
export function coreMhz(node: Node | undefined): number {
  const cpu = node?.NodeResources?.Cpu;
  return cpu === undefined || cpu.TotalCpuCores === 0 ? 1000 : cpu.CpuShares / cpu.TotalCpuCores;
}

/** One allocation's part of its group's load; nothing unless it runs. */
export function usedBy(store: StateStore, load: LoadModel, allocation: Allocation, nowMs: number): Load {
  if (allocation.ClientStatus !== 'running') return { cpuMhz: 0, memoryMb: 0 };
  return load.usedBy(allocation, () => runningOf(store, allocation), nowMs);
}

function runningOf(store: StateStore, { Namespace, JobID, TaskGroup }: Allocation): number {
  let running = 0;
  for (const one of store.allocationsOfJob(Namespace, JobID)) {
    if (one.TaskGroup === TaskGroup && one.ClientStatus === 'running') running++;
  }
  return running;
}

/** All that runs on the node. */
export function usedOn(store: StateStore, load: LoadModel, node: Node, nowMs: number): Load {
  let cpuMhz = 0;
  let memoryMb = 0;
  for (const one of store.allocationsOfNode(node.ID)) {
    const used = usedBy(store, load, one, nowMs);
    cpuMhz += used.cpuMhz;
    memoryMb += used.memoryMb;
  }
  return { cpuMhz, memoryMb };
}
