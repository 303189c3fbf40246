/** Everything that is measured, as series of one moment. Compat: names and labels of spec nomad-api.md §11.2. */
import type { Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Allocation } from './allocation.ts';
import type { BlockedEvals } from './blocked-evals.ts';
import type { EvalBroker } from './eval-broker.ts';
import { type LoadModel, runningCounts } from './load.ts';
import { askOf, groupOf } from './scheduler/ask.ts';
import { roomOf } from './scheduler/rank.ts';
import type { StateStore } from './state-store.ts';
import { coreMhz } from './usage.ts';

export interface Series {
  readonly kind: 'gauge' | 'counter';
  /** With dots, without the leading `nomad.`: `client.allocated.cpu`. */
  readonly name: string;
  /** Without `host`. One object for all series of one thing. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Many values of one thing, as Prometheus sums them up. */
export interface Summary {
  readonly name: string;
  readonly labels: Series['labels'];
  /** By share, as `0.5`. */
  readonly quantiles: ReadonlyMap<string, number>;
  readonly sum: number;
  readonly count: number;
}

/** @param values  in any order. */
export function quantilesOf(values: readonly number[]): Summary['quantiles'] {
  const inOrder = values.toSorted((a, b) => a - b);
  const at = (share: number) => inOrder[Math.max(Math.ceil(share * inOrder.length) - 1, 0)] ?? 0;
  return new Map(['0.5', '0.9', '0.99'].map((share) => [share, at(Number(share))]));
}

/** What clients do before an allocation's tasks start; here it takes no time. By node and namespace. */
export function hookSummaries(store: StateStore): readonly Summary[] {
  return [...store.nodes()].flatMap((node) => {
    const counts = new Map<string, number>();
    for (const { Namespace, TaskStates } of store.allocationsOfNode(node.ID)) {
      if (TaskStates !== undefined) counts.set(Namespace, (counts.get(Namespace) ?? 0) + 1);
    }
    const ofNode = { node_id: node.ID, datacenter: node.Datacenter, node_class: node.NodeClass || 'none' };
    return [...counts].map(([namespace, count]) => ({
      name: 'client.alloc_hook.prerun.elapsed',
      labels: { ...ofNode, node_pool: node.NodePool, namespace, hook_name: 'alloc_dir' },
      ...{ quantiles: quantilesOf([]), sum: 0, count },
    }));
  });
}

export interface Measured {
  readonly store: StateStore;
  readonly broker: EvalBroker;
  readonly blocked: BlockedEvals;
  readonly load: LoadModel;
  readonly nowMs: number;
  readonly startedAtMs: number;
}

type Add = (name: string, labels: Series['labels'], value: number, kind?: Series['kind']) => void;

const bytesPerMb = 1024 * 1024;

export function collectSeries(from: Measured): readonly Series[] {
  const series: Series[] = [];
  const add: Add = (name, labels, value, kind = 'gauge') => {
    series.push({ kind, name, labels, value });
  };
  const running = runningCounts(from.store.state.allocations.values());
  for (const node of from.store.nodes()) addNode(add, from, node, running);
  addJobs(add, from.store);
  addBlocked(add, from);
  addQueues(add, from);
  return series;
}

function addNode(add: Add, from: Measured, node: Node, running: ReadonlyMap<string, number>): void {
  const labels = {
    ...{
      node_id: node.ID,
      datacenter: node.Datacenter,
      node_class: node.NodeClass || 'none',
      node_pool: node.NodePool,
    },
    ...{ node_status: node.Status, node_scheduling_eligibility: node.SchedulingEligibility },
  };
  const counts = { running: 0, pending: 0, blocked: 0, migrating: 0, terminal: 0 };
  const tasks = { running: 0, pending: 0, dead: 0 };
  let usedMhz = 0;
  let usedMb = 0;
  for (const one of from.store.allocationsOfNode(node.ID)) {
    if (one.ClientStatus === 'running') counts.running++;
    else if (one.ClientStatus === 'pending') counts.pending++;
    else counts.terminal++;
    for (const task of Object.values(one.TaskStates ?? {})) if (task.State !== '') tasks[task.State]++;
    if (one.ClientStatus !== 'running') continue;
    const used = from.load.shareOf(one, running, from.nowMs);
    usedMhz += used.cpuMhz;
    usedMb += used.memoryMb;
    addAllocation(add, one, node, used);
  }
  for (const [state, count] of Object.entries(counts)) add(`client.allocations.${state}`, labels, count);
  for (const [state, count] of Object.entries(tasks)) add(`client.tasks.${state}`, labels, count);
  addRoom(add, from.store, node, labels);
  addHost(add, from, node, labels, { usedMhz, usedMb });
}

function addRoom(add: Add, store: StateStore, node: Node, labels: Series['labels']): void {
  const usage = store.usage(node.ID);
  const room = roomOf(node);
  add('client.allocated.cpu', labels, usage.cpuMhz);
  add('client.allocated.memory', labels, usage.memoryMb);
  add('client.allocated.max_memory', labels, usage.memoryMaxMb);
  add('client.allocated.disk', labels, usage.diskMb);
  add('client.unallocated.cpu', labels, room.cpuMhz - usage.cpuMhz);
  add('client.unallocated.memory', labels, room.memoryMb - usage.memoryMb);
  add('client.unallocated.disk', labels, room.diskMb - usage.diskMb);
  const device = node.NodeResources?.Networks?.find((network) => network.Device)?.Device ?? 'lo';
  add('client.unallocated.network', { ...labels, device }, 1000);
}

function addHost(
  add: Add,
  from: Measured,
  node: Node,
  labels: Series['labels'],
  used: { readonly usedMhz: number; readonly usedMb: number },
): void {
  const cores = node.NodeResources?.Cpu.TotalCpuCores ?? 1;
  const ticks = used.usedMhz / cores;
  const percent = Math.min((ticks / coreMhz(node)) * 100, 100);
  for (let core = 0; core < cores; core++) {
    const ofCore = { ...labels, cpu: `cpu${core}` };
    add('client.host.cpu.total', ofCore, percent);
    add('client.host.cpu.total_percent', ofCore, percent);
    add('client.host.cpu.user', ofCore, percent);
    add('client.host.cpu.system', ofCore, 0);
    add('client.host.cpu.idle', ofCore, 100 - percent);
    add('client.host.cpu.total_ticks', ofCore, ticks);
    add('client.host.cpu.total_ticks_count', ofCore, ticks, 'counter');
  }
  const total = (node.NodeResources?.Memory.MemoryMB ?? 0) * bytesPerMb;
  const taken = Math.min(used.usedMb * bytesPerMb, total);
  add('client.host.memory.total', labels, total);
  add('client.host.memory.used', labels, taken);
  add('client.host.memory.free', labels, total - taken);
  add('client.host.memory.available', labels, total - taken);
  const disk = { ...labels, disk: '/dev/simulated' };
  const size = (node.NodeResources?.Disk.DiskMB ?? 0) * bytesPerMb;
  add('client.host.disk.size', disk, size);
  add('client.host.disk.used', disk, 0);
  add('client.host.disk.available', disk, size);
  add('client.host.disk.used_percent', disk, 0);
  add('client.host.disk.inodes_percent', disk, 0);
  add('client.uptime', labels, Math.floor((from.nowMs - from.startedAtMs) / 1000));
}

/** By task; the tasks of an allocation share its load evenly. */
function addAllocation(
  add: Add,
  one: Allocation,
  node: Node,
  used: { readonly cpuMhz: number; readonly memoryMb: number },
): void {
  const tasks = groupOf(one.Job, one.TaskGroup)?.Tasks ?? [];
  for (const task of tasks) {
    const labels = {
      ...{ job: one.JobID, task_group: one.TaskGroup, alloc_id: one.ID, task: task.Name, namespace: one.Namespace },
    };
    const ticks = used.cpuMhz / tasks.length;
    const bytes = Math.round((used.memoryMb / tasks.length) * bytesPerMb);
    const percent = (ticks / coreMhz(node)) * 100;
    add('client.allocs.cpu.total_percent', labels, percent);
    add('client.allocs.cpu.user', labels, percent);
    add('client.allocs.cpu.system', labels, 0);
    add('client.allocs.cpu.throttled_time', labels, 0);
    add('client.allocs.cpu.throttled_periods', labels, 0);
    add('client.allocs.cpu.total_ticks', labels, ticks);
    add('client.allocs.cpu.allocated', labels, task.Resources.CPU);
    add('client.allocs.memory.usage', labels, bytes);
    add('client.allocs.memory.rss', labels, bytes);
    for (const empty of ['cache', 'swap', 'max_usage', 'kernel_usage', 'kernel_max_usage']) {
      add(`client.allocs.memory.${empty}`, labels, 0);
    }
    add('client.allocs.memory.allocated', labels, task.Resources.MemoryMB * bytesPerMb);
    if (task.Resources.MemoryMaxMB > 0) {
      add('client.allocs.memory.max_allocated', labels, task.Resources.MemoryMaxMB * bytesPerMb);
    }
    add('client.allocs.running', labels, 1, 'counter');
  }
}

function addJobs(add: Add, store: StateStore): void {
  const statuses = { running: 0, pending: 0, dead: 0 };
  for (const job of store.state.jobs.values()) statuses[job.Status]++;
  for (const [status, count] of Object.entries(statuses)) add(`nomad.job_status.${status}`, {}, count);
  for (const { JobID, Namespace, Summary } of store.state.summaries.values()) {
    for (const [group, counts] of Object.entries(Summary)) {
      const labels = { job: JobID, task_group: group, namespace: Namespace };
      for (const [state, count] of Object.entries(counts))
        add(`nomad.job_summary.${state.toLowerCase()}`, labels, count);
    }
  }
}

function addBlocked(add: Add, { blocked, store }: Measured): void {
  let escaped = 0;
  const byClass = new Map<string, { labels: Series['labels']; cpu: number; memory: number }>();
  for (const evaluation of blocked.waiting()) {
    if (evaluation.EscapedComputedClass) escaped++;
    const ask = unplacedAsk(store, evaluation);
    const labels = { job: evaluation.JobID, namespace: evaluation.Namespace };
    add('nomad.blocked_evals.job.cpu', labels, ask.cpu);
    add('nomad.blocked_evals.job.memory', labels, ask.memory);
    for (const node of nodesOfClasses(store, evaluation)) {
      const key = `${node.Datacenter} ${node.NodeClass} ${node.NodePool}`;
      const named = { datacenter: node.Datacenter, node_class: node.NodeClass || 'none', node_pool: node.NodePool };
      const sum = byClass.get(key) ?? { labels: named, cpu: 0, memory: 0 };
      byClass.set(key, { labels: named, cpu: sum.cpu + ask.cpu, memory: sum.memory + ask.memory });
    }
  }
  for (const { labels, cpu, memory } of byClass.values()) {
    add('nomad.blocked_evals.cpu', labels, cpu);
    add('nomad.blocked_evals.memory', labels, memory);
  }
  add('nomad.blocked_evals.total_blocked', {}, blocked.size);
  add('nomad.blocked_evals.total_escaped', {}, escaped);
  add('nomad.blocked_evals.total_quota_limit', {}, 0);
}

function unplacedAsk(store: StateStore, evaluation: Evaluation): { readonly cpu: number; readonly memory: number } {
  const job = store.job(evaluation.Namespace, evaluation.JobID);
  let cpu = 0;
  let memory = 0;
  for (const [name, metric] of Object.entries(evaluation.FailedTGAllocs ?? {})) {
    const group = job && groupOf(job, name);
    if (group === undefined) continue;
    const count = metric.CoalescedFailures + 1;
    cpu += askOf(group).cpuMhz * count;
    memory += askOf(group).memoryMb * count;
  }
  return { cpu, memory };
}

/** One node of each combination of datacenter, class and pool that the evaluation looked at. */
function nodesOfClasses(store: StateStore, evaluation: Evaluation): readonly Node[] {
  const classes = new Set(Object.keys(evaluation.ClassEligibility ?? {}));
  const found = new Map<string, Node>();
  for (const node of store.nodes()) {
    if (!classes.has(node.ComputedClass)) continue;
    found.set(`${node.Datacenter} ${node.NodeClass} ${node.NodePool}`, node);
  }
  return [...found.values()];
}

function addQueues(add: Add, { broker, store }: Measured): void {
  const { ready, waiting, running } = broker.stats;
  add('nomad.broker.total_ready', {}, ready);
  add('nomad.broker.total_unacked', {}, running);
  add('nomad.broker.total_pending', {}, waiting);
  add('nomad.broker.total_waiting', {}, 0);
  add('nomad.broker.total_cancelable', {}, 0);
  add('nomad.plan.queue_depth', {}, 0);
  add('nomad.heartbeat.active', {}, [...store.nodes()].filter((node) => node.Status === 'ready').length);
}
