/** What the nodes would hold if a plan were carried out: the snapshot, less what it stops, with what it places. */
import type { Job } from '../../nomad/types.ts';
import { type Allocation, isClientTerminal } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import { groupKey } from '../identity.ts';
import type { Usage } from '../state.ts';
import { occupiedBy } from './ask.ts';
import { resolveTarget } from './constraint.ts';
import type { CountedProperty } from './distinct.ts';
import type { Snapshot } from './plan.ts';

export class Proposed {
  readonly #snapshot: Snapshot;
  readonly #job: Job;
  readonly #planned = new Map<string, Allocation[]>();
  readonly #stopped = new Set<string>();
  readonly #usage = new Map<string, Usage>();
  readonly #byValue = new Map<CountedProperty, Map<string, number>>();
  /** By group: how many of its allocations make way. */
  readonly #evicted = new Map<string, number>();

  /** @param job  whose allocations are counted. */
  constructor(snapshot: Snapshot, job: Job) {
    this.#snapshot = snapshot;
    this.#job = job;
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

  /** It makes way for what the plan places. */
  evict(allocation: Allocation): void {
    this.free(allocation);
    this.#evicted.set(groupKey(allocation), this.evictedLike(allocation) + 1);
  }

  /** How many allocations of the same group make way. */
  evictedLike(allocation: Allocation): number {
    return this.#evicted.get(groupKey(allocation)) ?? 0;
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

  /** How many allocations of the job sit where the property has which value; counted once, then kept up. */
  byValue(property: CountedProperty): ReadonlyMap<string, number> {
    let counts = this.#byValue.get(property);
    if (counts === undefined) {
      counts = new Map();
      this.#byValue.set(property, counts);
      for (const one of this.#snapshot.allocationsOfJob(this.#job.Namespace, this.#job.ID)) {
        if (this.#stays(one)) this.#count(property, counts, one, 1);
      }
      for (const one of [...this.#planned.values()].flat()) this.#count(property, counts, one, 1);
    }
    return counts;
  }

  #count(property: CountedProperty, counts: Map<string, number>, one: Allocation, sign: 1 | -1): void {
    const isCounted = one.JobID === this.#job.ID && one.Namespace === this.#job.Namespace;
    if (!isCounted || (property.group !== undefined && one.TaskGroup !== property.group)) return;
    const node = this.#snapshot.node(one.NodeID);
    const value = node && resolveTarget(property.target, node);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + sign);
  }

  #stays(allocation: Allocation): boolean {
    return !isClientTerminal(allocation) && !this.#stopped.has(allocation.ID);
  }

  #add(allocation: Allocation, sign: 1 | -1): void {
    const { NodeID: id } = allocation;
    this.#usage.set(id, plusAsk(this.usage(id), occupiedBy(allocation), sign));
    for (const [property, counts] of this.#byValue) this.#count(property, counts, allocation, sign);
  }
}
