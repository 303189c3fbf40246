/** What the nodes would hold if a plan were carried out: the snapshot, less what it stops, with what it places. */
import { type Allocation, isClientTerminal } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import type { Usage } from '../state.ts';
import { occupiedBy } from './ask.ts';
import { countByValue, type DistinctProperty } from './distinct.ts';
import type { Snapshot } from './plan.ts';

export class Proposed {
  readonly #snapshot: Snapshot;
  readonly #planned = new Map<string, Allocation[]>();
  readonly #stopped = new Set<string>();
  readonly #usage = new Map<string, Usage>();
  /** Kept until the plan changes. */
  readonly #byValue = new Map<DistinctProperty, ReadonlyMap<string, number>>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** The plan stops this allocation: its room is free for what the plan places. */
  free(allocation: Allocation): void {
    if (this.#stopped.has(allocation.ID) || isClientTerminal(allocation)) return;
    this.#stopped.add(allocation.ID);
    this.#add(allocation, -1);
  }

  /** The plan stops it no longer. */
  keep(allocation: Allocation): void {
    if (this.#stopped.delete(allocation.ID)) this.#add(allocation, 1);
  }

  /** The plan places this allocation. */
  take(allocation: Allocation): void {
    this.#add(allocation, 1);
    const planned = this.#planned.get(allocation.NodeID);
    if (planned === undefined) this.#planned.set(allocation.NodeID, [allocation]);
    else planned.push(allocation);
  }

  usage(nodeId: string): Usage {
    return this.#usage.get(nodeId) ?? this.#snapshot.usage(nodeId);
  }

  *onNode(nodeId: string): Generator<Allocation> {
    for (const one of this.#snapshot.allocationsOfNode(nodeId)) if (this.#stays(one)) yield one;
    yield* this.#planned.get(nodeId) ?? [];
  }

  *ofJob(namespace: string, id: string): Generator<Allocation> {
    for (const one of this.#snapshot.allocationsOfJob(namespace, id)) if (this.#stays(one)) yield one;
    for (const list of this.#planned.values()) yield* list;
  }

  /** Allocations of the job on the node. @param group  only those of one group. */
  collisions(nodeId: string, namespace: string, jobId: string, group: string | undefined): number {
    let count = 0;
    for (const one of this.#snapshot.allocationsOfJob(namespace, jobId)) {
      if (one.NodeID === nodeId && this.#stays(one) && (group === undefined || one.TaskGroup === group)) count++;
    }
    for (const one of this.#planned.get(nodeId) ?? []) if (group === undefined || one.TaskGroup === group) count++;
    return count;
  }

  /** How many allocations of the job sit where the property has which value. */
  byValue(property: DistinctProperty, namespace: string, jobId: string): ReadonlyMap<string, number> {
    let counts = this.#byValue.get(property);
    if (counts === undefined) {
      counts = countByValue(property, this.ofJob(namespace, jobId), (id) => this.#snapshot.node(id));
      this.#byValue.set(property, counts);
    }
    return counts;
  }

  #stays(allocation: Allocation): boolean {
    return !isClientTerminal(allocation) && !this.#stopped.has(allocation.ID);
  }

  #add(allocation: Allocation, sign: 1 | -1): void {
    const { NodeID: id } = allocation;
    this.#usage.set(id, plusAsk(this.usage(id), occupiedBy(allocation), sign));
    this.#byValue.clear();
  }
}
