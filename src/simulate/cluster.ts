/**
 * The cluster of a simulation: nodes, and what stands on them, as running sums in columns. It only fills up: nodes join
 * and allocations come, nothing goes.
 */
import type { AllocatedResources } from '../nomad/allocation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job, TaskGroup } from '../nomad/types.ts';
import { type Allocation, isClientTerminal } from '../nomad-server/allocation.ts';
import { jobKey } from '../nomad-server/identity.ts';
import { type Ask, occupied, occupiedBy } from '../nomad-server/scheduler/ask.ts';
import type { Snapshot } from '../nomad-server/scheduler/plan.ts';
import { roomOf } from '../nomad-server/scheduler/rank.ts';
import type { Usage } from '../nomad-server/state.ts';
import { Column } from './column.ts';
import { type Algorithm, type Standing, snapshotOf } from './snapshot.ts';

/** A value per node, in the order in which they joined. */
export interface Amounts {
  cpuMhz: Float64Array;
  memoryMb: Float64Array;
  diskMb: Float64Array;
}

/** What one evaluation placed of a group: a stretch of the column of placements. */
interface Stretch {
  readonly group: string;
  readonly from: number;
  readonly to: number;
}

export class Cluster implements Standing {
  readonly algorithm: Algorithm;
  /** The view that Nomad's scheduler has of it. */
  readonly snapshot: Snapshot;
  /** The same with the nodes that are closed. */
  readonly whole: Snapshot;
  /** What each node offers, without its reserve. */
  room: Amounts = noAmounts();
  used: Amounts = noAmounts();
  /** Allocations per node; as it only grows, it tells as well whether anything changed. */
  allocations = new Int32Array(0);
  /** How many allocations a node takes at most; `Infinity` for no limit. */
  most = new Float64Array(0);
  /** Nodes of the same computed class have the same number, which is less than there are nodes. */
  classes = new Int32Array(0);
  readonly #nodes: Node[] = [];
  #open: Node[] = this.#nodes;
  readonly #classNumbers = new Map<string, number>();
  readonly #places = new Map<string, number>();
  /** Whole allocations: those from before, and those whose ports, cores or spread later ones depend on. */
  readonly #byNode = new Map<string, Allocation[]>();
  readonly #byJob = new Map<string, Allocation[]>();
  #placements = new Column();
  readonly #stretches = new Map<string, Stretch[]>();

  /** @param allocations  what is there already; ended ones, and those of unknown nodes, count for nothing. */
  constructor(nodes: readonly Node[], allocations: readonly Allocation[], algorithm: Algorithm) {
    this.algorithm = algorithm;
    this.snapshot = snapshotOf(this, 'open');
    this.whole = snapshotOf(this, 'nodes');
    this.join(nodes);
    for (const one of allocations) {
      const node = this.placeOf(one.NodeID);
      if (node === undefined || isClientTerminal(one)) continue;
      this.#keep(one);
      this.#add(node, occupied(one.AllocatedResources));
    }
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  get open(): readonly Node[] {
    return this.#open;
  }

  /** Passes over the nodes that are there in what follows: whatever is still to be placed found no room on them. */
  close(): void {
    this.#open = [];
  }

  /** Where in the columns a node stands. */
  placeOf(nodeId: string): number | undefined {
    return this.#places.get(nodeId);
  }

  /** @throws Error when there is a node of the same ID already. */
  join(nodes: readonly Node[]): void {
    const length = this.#nodes.length + nodes.length;
    this.room = longer(this.room, length);
    this.used = longer(this.used, length);
    this.allocations = Int32Array.from({ length }, (_, at) => this.allocations[at] ?? 0);
    this.most = Float64Array.from({ length }, (_, at) => this.most[at] ?? 0);
    this.classes = Int32Array.from({ length }, (_, at) => this.classes[at] ?? 0);
    for (const node of nodes) {
      const at = this.#nodes.push(node) - 1;
      if (this.#places.has(node.ID)) throw new Error(`two nodes have the ID ${node.ID}`);
      this.#places.set(node.ID, at);
      set(this.room, at, roomOf(node));
      const number = this.#classNumbers.get(node.ComputedClass) ?? this.#classNumbers.size;
      this.#classNumbers.set(node.ComputedClass, number);
      this.classes[at] = number;
      if (this.#open !== this.#nodes) this.#open.push(node);
      this.most[at] = node.NodeMaxAllocs > 0 ? node.NodeMaxAllocs : Number.POSITIVE_INFINITY;
    }
  }

  /** What is used of a node. Only plans look at `memory_max`, and there is none. */
  usage(node: number): Usage {
    return {
      cpuMhz: this.used.cpuMhz[node] ?? 0,
      memoryMb: this.used.memoryMb[node] ?? 0,
      diskMb: this.used.diskMb[node] ?? 0,
      memoryMaxMb: 0,
      allocations: this.allocations[node] ?? 0,
    };
  }

  /** Whole allocations on a node; those that `place` took have left only numbers. */
  allocationsOfNode(nodeId: string): readonly Allocation[] {
    return this.#byNode.get(nodeId) ?? [];
  }

  allocationsOfJob(job: Pick<Job, 'Namespace' | 'ID'>): readonly Allocation[] {
    return this.#byJob.get(jobKey(job.Namespace, job.ID)) ?? [];
  }

  /** By node: how many allocations of the job stand there. @param group  undefined for all of the job. */
  countsOf(job: Job, group: string | undefined): Uint32Array {
    const counts = new Uint32Array(this.#nodes.length);
    const count = (node: number | undefined) => {
      if (node !== undefined) counts[node] = (counts[node] ?? 0) + 1;
    };
    for (const one of this.allocationsOfJob(job)) {
      if (group === undefined || one.TaskGroup === group) count(this.placeOf(one.NodeID));
    }
    for (const stretch of this.#stretches.get(jobKey(job.Namespace, job.ID)) ?? []) {
      if (group !== undefined && stretch.group !== group) continue;
      for (let at = stretch.from; at < stretch.to; at++) count(this.#placements.at(at));
    }
    return counts;
  }

  /** Places one allocation of this size, or several. Several steps of `place` end with one `placed`. */
  place(node: number, ask: Ask, times = 1): void {
    this.#add(node, ask, times);
    this.#placements.push(node, times);
  }

  /** Says whose the newest placements are. @param from  where the column of placements ended before them. */
  placed(job: Job, group: TaskGroup, from: number): void {
    const key = jobKey(job.Namespace, job.ID);
    const all = this.#stretches.get(key) ?? [];
    all.push({ group: group.Name, from, to: this.#placements.length });
    this.#stretches.set(key, all);
  }

  /** Places whole allocations, which later ones look at. */
  take(allocation: Allocation): void {
    const at = this.placeOf(allocation.NodeID);
    if (at === undefined) throw new Error(`there is no node ${allocation.NodeID}`);
    this.#keep(allocation);
    this.#add(at, occupiedBy(allocation));
    this.#placements.push(at, 1);
  }

  /** By placement, in their order: the node. */
  get placements(): Column {
    return this.#placements;
  }

  /** The same again, to try something on. */
  copy(): Cluster {
    const copy = new Cluster(this.#nodes, [], this.algorithm);
    copy.used = longer(this.used, this.#nodes.length);
    copy.allocations = this.allocations.slice();
    copy.#placements = this.#placements.copy();
    for (const [key, all] of this.#stretches) copy.#stretches.set(key, [...all]);
    for (const [key, all] of this.#byNode) copy.#byNode.set(key, [...all]);
    for (const [key, all] of this.#byJob) copy.#byJob.set(key, [...all]);
    return copy;
  }

  #keep(allocation: Allocation): void {
    append(this.#byJob, jobKey(allocation.Namespace, allocation.JobID), allocation);
    if (takesPortsOrCores(allocation.AllocatedResources)) append(this.#byNode, allocation.NodeID, allocation);
  }

  #add(node: number, ask: Pick<Ask, 'cpuMhz' | 'memoryMb' | 'diskMb'>, times = 1): void {
    const { cpuMhz, memoryMb, diskMb } = this.used;
    cpuMhz[node] = (cpuMhz[node] ?? 0) + ask.cpuMhz * times;
    memoryMb[node] = (memoryMb[node] ?? 0) + ask.memoryMb * times;
    diskMb[node] = (diskMb[node] ?? 0) + ask.diskMb * times;
    this.allocations[node] = (this.allocations[node] ?? 0) + times;
  }
}

/** Without these an allocation is no more than its part of the sums. */
function takesPortsOrCores({ Shared, Tasks }: AllocatedResources): boolean {
  const isPlain = (networks: readonly unknown[] | null) => (networks?.length ?? 0) === 0;
  if (!isPlain(Shared.Ports) || !isPlain(Shared.Networks)) return true;
  return Object.values(Tasks).some(({ Cpu, Networks }) => !isPlain(Networks) || (Cpu.ReservedCores?.length ?? 0) > 0);
}

const noAmounts = (): Amounts => ({
  cpuMhz: new Float64Array(0),
  memoryMb: new Float64Array(0),
  diskMb: new Float64Array(0),
});

function longer(amounts: Amounts, length: number): Amounts {
  const grown = (column: Float64Array) => {
    const copy = new Float64Array(length);
    copy.set(column);
    return copy;
  };
  return { cpuMhz: grown(amounts.cpuMhz), memoryMb: grown(amounts.memoryMb), diskMb: grown(amounts.diskMb) };
}

function set(amounts: Amounts, at: number, values: Readonly<Record<keyof Amounts, number>>): void {
  amounts.cpuMhz[at] = values.cpuMhz;
  amounts.memoryMb[at] = values.memoryMb;
  amounts.diskMb[at] = values.diskMb;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
