/** What a task group asks of a node. */
import { isJsonObject } from '../../lib/json.ts';
import type { AllocatedResources } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, Opaque, Resources, Task, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';

export interface Ask {
  readonly cpuMhz: number;
  readonly cores: number;
  readonly memoryMb: number;
  readonly memoryMaxMb: number;
  readonly diskMb: number;
}

const asks = new WeakMap<TaskGroup, Ask>();

/** The group's ask; worked out once per version of the group. */
export function askOf(group: TaskGroup): Ask {
  let ask = asks.get(group);
  if (ask === undefined) {
    ask = sumOf(group);
    asks.set(group, ask);
  }
  return ask;
}

/** The ask on this node: whole cores are worth what the node's cores run at. */
export function askOn(node: Node, group: TaskGroup): Ask {
  return askOf(group).cores === 0 ? askOf(group) : sumOf(group, clockMhz(node));
}

/** What one core of the node runs at. */
export function clockMhz(node: Node): number {
  const { Cpu: cpu, Processors: processors } = node.NodeResources ?? {};
  const speed = Number(coresOf(processors)[0]?.['BaseSpeed'] ?? 0);
  return speed || (cpu?.CpuShares ?? 0) / Math.max(cpu?.TotalCpuCores ?? 1, 1);
}

function coresOf(processors: Opaque | null | undefined): readonly Opaque[] {
  const topology = processors?.['Topology'];
  const cores = isJsonObject(topology) ? topology['Cores'] : undefined;
  return Array.isArray(cores) ? cores.filter(isJsonObject) : [];
}

/** What an allocation takes of its node; nothing when its version of the job lacks its group. */
export function occupiedBy(allocation: Allocation): Ask {
  const group = groupOf(allocation.Job, allocation.TaskGroup);
  const ask = group === undefined ? nothing : askOf(group);
  return ask.cores === 0 ? ask : { ...ask, cpuMhz: occupied(allocation.AllocatedResources).cpuMhz };
}

/** What resources that were given take of their node. */
export function occupied({
  Tasks,
  TaskLifecycles,
  Shared,
}: AllocatedResources): Pick<Ask, 'cpuMhz' | 'memoryMb' | 'diskMb'> {
  const tasks = Object.entries(Tasks).map(([name, task]) => ({ ...task, Lifecycle: TaskLifecycles?.[name] ?? null }));
  return {
    cpuMhz: overPhases(tasks, ({ Cpu }) => Cpu.CpuShares),
    memoryMb: overPhases(tasks, ({ Memory }) => Memory.MemoryMB),
    diskMb: Shared.DiskMB,
  };
}

export function groupOf(job: Job, name: string): TaskGroup | undefined {
  return job.TaskGroups.find((group) => group.Name === name);
}

const nothing: Ask = { cpuMhz: 0, cores: 0, memoryMb: 0, memoryMaxMb: 0, diskMb: 0 };

/** @param coreMhz  what a core is worth on the node in question. */
function sumOf(group: TaskGroup, coreMhz = 0): Ask {
  const over = (amount: (resources: Resources) => number) => overPhases(group.Tasks, (task) => amount(task.Resources));
  return {
    cpuMhz: over((asked) => asked.CPU + asked.Cores * coreMhz),
    cores: over((asked) => asked.Cores),
    memoryMb: over((asked) => asked.MemoryMB + asked.SecretsMB),
    memoryMaxMb: over((asked) => Math.max(asked.MemoryMaxMB, asked.MemoryMB)),
    diskMb: group.EphemeralDisk.SizeMB,
  };
}

/**
 * Tasks that never run at the same time share their room: per dimension the largest of the three phases before,
 * while and after the main tasks run. Compat: spec nomad-scheduler.md §12.1.
 */
function overPhases<T extends Pick<Task, 'Lifecycle'>>(tasks: readonly T[], amount: (task: T) => number): number {
  let before = 0;
  let main = 0;
  let after = 0;
  for (const task of tasks) {
    const value = amount(task);
    const { Hook: hook, Sidecar: sidecar } = task.Lifecycle ?? { Hook: '', Sidecar: false };
    if (hook === 'prestart') before += value;
    if (hook === 'poststop') after += value;
    if (hook === '' || hook === 'poststart' || sidecar) main += value;
  }
  return Math.max(before, main, after);
}
