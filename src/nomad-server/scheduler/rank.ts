/** How well an allocation would sit on a node. Compat: spec nomad-scheduler.md §12.3. */
import type { Node } from '../../nomad/node-types.ts';
import type { Affinity, Job, TaskGroup } from '../../nomad/types.ts';
import type { Usage } from '../state.ts';
import type { Ask } from './ask.ts';
import { isMet } from './constraint.ts';

/** What a node offers after its own reserve. */
export interface Room {
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly diskMb: number;
}

export function roomOf(node: Node): Room {
  const { NodeResources: has, ReservedResources: keeps } = node;
  return {
    cpuMhz: (has?.Cpu.CpuShares ?? 0) - (keeps?.Cpu.CpuShares ?? 0),
    memoryMb: (has?.Memory.MemoryMB ?? 0) - (keeps?.Memory.MemoryMB ?? 0),
    diskMb: (has?.Disk.DiskMB ?? 0) - (keeps?.Disk.DiskMB ?? 0),
  };
}

/** @returns the first dimension that the ask would overfill; undefined when it fits. */
export function whyExhausted(node: Node, room: Room, usage: Usage, ask: Ask): string | undefined {
  if (node.NodeMaxAllocs > 0 && usage.allocations >= node.NodeMaxAllocs) return 'max allocation exceeded';
  if (ask.cores > (node.NodeResources?.Cpu.TotalCpuCores ?? 0)) return 'cores';
  if (usage.cpuMhz + ask.cpuMhz > room.cpuMhz) return 'cpu';
  if (usage.memoryMb + ask.memoryMb > room.memoryMb) return 'memory';
  if (usage.diskMb + ask.diskMb > room.diskMb) return 'disk';
  return undefined;
}

/** 0 (worst) to 1: how full the node is then, or how empty with algorithm `spread`. */
export function binPack(room: Room, usage: Usage, ask: Ask, algorithm: string): number {
  const freeCpu = 1 - (usage.cpuMhz + ask.cpuMhz) / room.cpuMhz;
  const freeMemory = 1 - (usage.memoryMb + ask.memoryMb) / room.memoryMb;
  return packed(freeCpu, freeMemory, algorithm);
}

/** 0 to 1, of what is free then, as parts of what the node offers. */
export function packed(freeCpu: number, freeMemory: number, algorithm: string): number {
  const total = 10 ** freeCpu + 10 ** freeMemory;
  const score = algorithm === 'spread' ? total - 2 : 20 - total;
  return Math.min(Math.max(score, 0), 18) / 18;
}

/** What is free of the node. */
export function freeOf(room: Room, usage: Usage): Ask {
  return {
    ...{ cores: 0, memoryMaxMb: 0 },
    cpuMhz: room.cpuMhz - usage.cpuMhz,
    memoryMb: room.memoryMb - usage.memoryMb,
    diskMb: room.diskMb - usage.diskMb,
  };
}

/** What speaks for and against a node, by scorer. */
export interface Marks {
  readonly binpack: number;
  /** 0 unless the node holds allocations of the same job and group already. */
  readonly antiAffinity: number;
  /** 0 unless the group failed here before. */
  readonly penalty: number;
  /** -1 to 1; undefined without affinities. */
  readonly affinity: number | undefined;
  /** Of all spreads; 0 is no score. */
  readonly spread: number;
  /** Undefined unless others make way. */
  readonly preemption: number | undefined;
}

/** Of one node and group, whose affinity stays as it is. */
export function areSame(a: Marks, b: Marks): boolean {
  if (a.binpack !== b.binpack || a.antiAffinity !== b.antiAffinity) return false;
  return a.penalty === b.penalty && a.spread === b.spread && a.preemption === b.preemption;
}

/** @param collisions  allocations of the same job and group that the node holds. */
export function antiAffinity(collisions: number, groupCount: number): number {
  return collisions === 0 ? 0 : -(collisions + 1) / groupCount;
}

/** The mean of the scorers that apply. */
export function meanOf({ binpack, antiAffinity, penalty, affinity, spread, preemption }: Marks): number {
  let sum = binpack;
  let count = 1;
  const add = (mark: number) => {
    sum += mark;
    count++;
  };
  if (antiAffinity !== 0) add(antiAffinity);
  if (penalty !== 0) add(penalty);
  if (affinity !== undefined) add(affinity);
  if (spread !== 0) add(spread);
  if (preemption !== undefined) add(preemption);
  return sum / count;
}

/** As metrics tell them: a scorer that does not apply has 0, those that seldom do are left out. */
export function scoresOf({ spread, preemption, ...marks }: Marks): Readonly<Record<string, number>> {
  return {
    binpack: marks.binpack,
    'job-anti-affinity': marks.antiAffinity,
    'node-reschedule-penalty': marks.penalty,
    'node-affinity': marks.affinity ?? 0,
    ...(spread === 0 ? {} : { 'allocation-spread': spread }),
    ...(preemption === undefined ? {} : { preemption }),
  };
}

export function affinitiesOf(job: Job, group: TaskGroup): readonly Affinity[] {
  return [
    ...(job.Affinities ?? []),
    ...(group.Affinities ?? []),
    ...group.Tasks.flatMap((task) => task.Affinities ?? []),
  ];
}

/** The matching weights' share of all weights; undefined without affinities. */
export function affinityOf(affinities: readonly Affinity[], node: Node): number | undefined {
  if (affinities.length === 0) return undefined;
  let all = 0;
  let matching = 0;
  for (const affinity of affinities) {
    all += Math.abs(affinity.Weight);
    if (isMet(affinity, node)) matching += affinity.Weight;
  }
  return matching / all;
}
