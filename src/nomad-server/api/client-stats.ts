/** What allocations and hosts use. Compat: spec nomad-api.md §4.15, §8 (A4, A9). */
import type { AllocResourceUsage, ResourceUsage, TaskResourceUsage } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Task } from '../../nomad/types.ts';
import { type Allocation, isClientTerminal } from '../allocation.ts';
import { type Measured, sumOf, type TaskUsage } from '../drivers/usage-meter.ts';
import { toNanoseconds } from '../identity.ts';
import type { Load } from '../load.ts';
import { groupOf } from '../scheduler/ask.ts';
import { hasProcess } from '../task-life.ts';
import { coreMhz, usedBy, usedOn } from '../usage.ts';
import type { Call } from './call.ts';
import { allocationOf, nodeOf, reached } from './client-lookup.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import { checkId } from './listing.ts';
import type { ApiParts } from './parts.ts';

const bytesPerMb = 1024 * 1024;

/** Of the tasks of an allocation; `?task=` asks for one alone. */
export function allocationStats(parts: ApiParts, call: Call, id: string): ApiResponse {
  const allocation = allocationOf(parts.store, id);
  const node = reached(parts.store.node(allocation.NodeID));
  const tasks = groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? [];
  const only = call.query.get('task') ?? '';
  const wanted = only === '' ? tasks : tasks.filter((task) => task.Name === only);
  const nowMs = parts.world.clock.now();
  const usages = parts.clients.usageOf(allocation) ?? pretendedUsages(parts, allocation, tasks, nowMs);
  const found = wanted.map((task) => [task.Name, usages.get(task.Name) ?? nothingUsed] as const);
  const Timestamp = toNanoseconds(nowMs);
  const isMeasured = found.length > 0 && !isClientTerminal(allocation);
  const answer: AllocResourceUsage = {
    ResourceUsage: isMeasured
      ? { ...usageJson(sumOf(found.map(([, one]) => one)), node), DeviceStats: [] }
      : nothingMeasured,
    Tasks: Object.fromEntries(found.map(([name, one]) => [name, taskJson(one, node, Timestamp)])),
    Timestamp: isMeasured ? Timestamp : 0,
  };
  return jsonReply(answer, call.isPretty);
}

const nothingUsed: TaskUsage = { ...sumOf([]), processes: new Map() };

/** Tasks share the allocation's load evenly. Those that would be processes have a number, as those have. */
function pretendedUsages({ store, load }: ApiParts, allocation: Allocation, tasks: readonly Task[], nowMs: number) {
  const used = usedBy(store, load, allocation, nowMs);
  const percent = (used.cpuMhz / tasks.length / coreMhz(store.node(allocation.NodeID))) * 100;
  const rssBytes = Math.round((used.memoryMb / tasks.length) * bytesPerMb);
  const one: Measured = { userPercent: percent, systemPercent: 0, rssBytes, swapBytes: 0 };
  const usages = tasks.map((task, at): readonly [string, TaskUsage] => {
    const hasStarted = allocation.TaskStates?.[task.Name]?.StartedAt != null;
    const processes = hasProcess(task) && hasStarted ? [[pretendedPid(allocation, at), one] as const] : [];
    return [task.Name, { ...one, processes: new Map(processes) }];
  });
  return new Map(usages);
}

/** Always the same for a task. */
const pretendedPid = ({ ID: id }: Allocation, task: number): number =>
  1000 + (Number.parseInt(id.slice(0, 4), 16) % 31_000) + task;

function taskJson(usage: TaskUsage, node: Node, Timestamp: number): TaskResourceUsage {
  const each = [...usage.processes].map(([pid, one]) => [pid, { ...usageJson(one, node), DeviceStats: null }] as const);
  return {
    ResourceUsage: { ...usageJson(usage, node), DeviceStats: null },
    Timestamp,
    Pids: Object.fromEntries(each),
  };
}

/** Compat: a client that bounds memory tells `Usage` as well; here that is the resident memory. */
function usageJson({ userPercent, systemPercent, rssBytes, swapBytes }: Measured, node: Node) {
  const percent = userPercent + systemPercent;
  return {
    CpuStats: {
      ...{ SystemMode: systemPercent, UserMode: userPercent, Percent: percent },
      ...{ TotalTicks: (percent / 100) * coreMhz(node), ThrottledPeriods: 0, ThrottledTime: 0 },
      Measured: ['System Mode', 'User Mode', 'Percent'],
    },
    MemoryStats: { ...noMemory, RSS: rssBytes, Swap: swapBytes, Usage: rssBytes, Measured: ['RSS', 'Swap'] },
  };
}

const noMemory = {
  ...{ RSS: 0, Cache: 0, Swap: 0, Usage: 0, MaxUsage: 0, KernelUsage: 0, KernelMaxUsage: 0, MappedFile: 0 },
};

const nothingMeasured: ResourceUsage = {
  CpuStats: {
    ...{ SystemMode: 0, UserMode: 0, TotalTicks: 0, ThrottledPeriods: 0, ThrottledTime: 0, Percent: 0, Measured: null },
  },
  MemoryStats: { ...noMemory, Measured: null },
  DeviceStats: [],
};

export function hostStats({ store, load, world, identity }: ApiParts, call: Call): ApiResponse {
  const asked = call.query.get('node_id') ?? '';
  if (asked !== '') checkId(asked, 'node lookup failed: ');
  const node = reached(nodeOf(store, asked));
  const nowMs = world.clock.now();
  return jsonReply(hostUsage(node, usedOn(store, load, node, nowMs), nowMs, identity.startedAtMs), call.isPretty);
}

/** Cores are equally busy; the disk is as full as nothing makes it. */
function hostUsage(node: Node, used: Load, nowMs: number, startedAtMs: number) {
  const cores = node.NodeResources?.Cpu.TotalCpuCores ?? 1;
  const total = Number(node.Attributes['memory.totalbytes'] ?? 0);
  const taken = Math.min(Math.round(used.memoryMb * bytesPerMb), total);
  const size = Number(node.Attributes['unique.storage.bytestotal'] ?? 0);
  const ticks = used.cpuMhz / cores;
  const percent = Math.min((ticks / coreMhz(node)) * 100, 100);
  const disk = { Mountpoint: '/', Size: size, Used: 0, Available: size, UsedPercent: 0, InodesUsedPercent: 0 };
  return {
    Memory: { Total: total, Available: total - taken, Used: taken, Free: total - taken },
    CPU: Array.from({ length: cores }, (_, core) => ({
      ...{ CPU: `cpu${core}`, User: percent, System: 0, Idle: 100 - percent, TotalPercent: percent, TotalTicks: ticks },
    })),
    DiskStats: [{ Device: node.Attributes['unique.storage.volume'] ?? '', ...disk }],
    AllocDirStats: { Device: '', ...disk, Mountpoint: '' },
    DeviceStats: null,
    Uptime: Math.floor((nowMs - startedAtMs) / 1000),
    Timestamp: toNanoseconds(nowMs),
    CPUTicksConsumed: used.cpuMhz,
  };
}
