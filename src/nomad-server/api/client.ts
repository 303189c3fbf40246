/** What Nomad's clients answer themselves: statistics, restarts, signals. Compat: spec nomad-api.md §4.15, §8. */
import type { AllocResourceUsage, ResourceUsage, TaskResourceUsage } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import { type Allocation, isClientTerminal, isTerminal } from '../allocation.ts';
import { toNanoseconds } from '../identity.ts';
import { Input } from '../jobspec/input.ts';
import type { Load } from '../load.ts';
import { Refusal } from '../refusal.ts';
import { groupOf } from '../scheduler/ask.ts';
import { coreMhz, usedBy, usedOn } from '../usage.ts';
import type { Call } from './call.ts';
import { allocationOf, nodeOf, reached } from './client-lookup.ts';
import { type ApiResponse, emptyReply, jsonReply } from './http.ts';
import { checkId } from './listing.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const bytesPerMb = 1024 * 1024;

export function clientRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/client/stats': (call) => hostStats(parts, call),
      '/v1/client/gc': (call) => collect(parts, call),
    },
    families: {
      '/v1/client/allocation/': (call, rest) => {
        const [id = '', action] = rest.split('/');
        if (action === 'stats') return byMethod(call, { read: () => allocationStats(parts, call, id) });
        if (action === 'checks') return byMethod(call, { read: () => jsonReply(null, call.isPretty) });
        if (action === 'restart') return restart(parts, call, id);
        if (action === 'signal') return byMethod(call, { write: () => signal(parts, call, id) });
        if (action === 'gc') return collectAllocation(parts, id);
        return emptyReply(404);
      },
    },
  };
}

/** The simulated clients keep nothing that could be cleared away. */
function collect({ store }: ApiParts, call: Call): ApiResponse {
  const asked = call.query.get('node_id') ?? '';
  if (asked !== '' && store.node(asked) === undefined) throw new Refusal(500, `Unknown node ${asked}`);
  return emptyReply(200);
}

function collectAllocation(parts: ApiParts, id: string): ApiResponse {
  allocationOf(parts.store, id);
  return emptyReply(200);
}

const isTaskOf = ({ Job, TaskGroup }: Allocation, name: string) =>
  groupOf(Job, TaskGroup)?.Tasks.some((task) => task.Name === name) ?? false;

/** Compat: any method will do, and a body is not needed. */
function restart(parts: ApiParts, call: Call, id: string): ApiResponse {
  const input = new Input(call.request.body === '' ? {} : call.json());
  const allocation = allocationOf(parts.store, id);
  const name = input.text('TaskName');
  const isAll = input.flag('AllTasks');
  if (isAll && name !== '') throw new Refusal(500, 'task name cannot be set when restarting all tasks');
  if (isTerminal(allocation)) throw new Refusal(500, 'restart of an alloc that should not run');
  if (name !== '' && !isTaskOf(allocation, name)) {
    throw new Refusal(500, `Could not find task runner for task: ${name}`);
  }
  const whom = isAll ? 'all tasks' : name === '' ? 'running tasks' : 'task';
  parts.clients.restart(allocation, (task) => name === '' || task === name, `User requested ${whom} to restart`);
  return jsonReply({ Index: 0 }, call.isPretty);
}

/** Simulated tasks pass over every signal. */
function signal(parts: ApiParts, call: Call, id: string): ApiResponse {
  const input = new Input(call.json());
  const allocation = allocationOf(parts.store, id);
  const name = input.text('Task');
  if (name !== '' && !isTaskOf(allocation, name)) throw new Refusal(500, 'Task not found');
  return jsonReply({ Index: 0 }, call.isPretty);
}

function allocationStats(parts: ApiParts, call: Call, id: string): ApiResponse {
  const { store, load, world } = parts;
  const allocation = allocationOf(store, id);
  const node = reached(store.node(allocation.NodeID));
  const nowMs = world.clock.now();
  const used = usedBy(store, load, allocation, nowMs);
  return jsonReply(allocationUsage(allocation, used, node, call.query.get('task') ?? '', nowMs), call.isPretty);
}

/** Tasks share the allocation's load evenly. @param only  one task's name, '' for all. */
function allocationUsage(
  allocation: Allocation,
  used: Load,
  node: Node,
  only: string,
  nowMs: number,
): AllocResourceUsage {
  const tasks = groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? [];
  const wanted = only === '' ? tasks : tasks.filter((task) => task.Name === only);
  const isOver = isClientTerminal(allocation);
  const share = { cpuMhz: used.cpuMhz / tasks.length, memoryMb: used.memoryMb / tasks.length };
  const Timestamp = toNanoseconds(nowMs);
  const one: TaskResourceUsage = {
    ResourceUsage: { ...resourceUsage(share, node), DeviceStats: null },
    Timestamp,
    Pids: {},
  };
  const all = { cpuMhz: share.cpuMhz * wanted.length, memoryMb: share.memoryMb * wanted.length };
  const isMeasured = wanted.length > 0 && !isOver;
  return {
    ResourceUsage: isMeasured ? resourceUsage(all, node) : nothingMeasured,
    Tasks: Object.fromEntries(wanted.map((task) => [task.Name, one])),
    Timestamp: isMeasured ? Timestamp : 0,
  };
}

function resourceUsage(used: Load, node: Node): ResourceUsage {
  const percent = (used.cpuMhz / coreMhz(node)) * 100;
  const bytes = Math.round(used.memoryMb * bytesPerMb);
  return {
    CpuStats: {
      ...{ SystemMode: 0, UserMode: percent, TotalTicks: used.cpuMhz, ThrottledPeriods: 0, ThrottledTime: 0 },
      ...{ Percent: percent, Measured: ['System Mode', 'User Mode', 'Percent'] },
    },
    MemoryStats: { ...noMemory, RSS: bytes, Usage: bytes, Measured: ['RSS', 'Swap'] },
    DeviceStats: [],
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

function hostStats({ store, load, world, identity }: ApiParts, call: Call): ApiResponse {
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
  const size = (node.NodeResources?.Disk.DiskMB ?? 0) * bytesPerMb;
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
