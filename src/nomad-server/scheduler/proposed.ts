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
import { InUse } from './ports.ts';

/** What one node would hold. */
export interface Holding {
  /** Another object after every change of what is on the node. */
  readonly usage: Usage;
}

interface KeptHolding extends Holding {
  usage: Usage;
  readonly planned: Allocation[];
  /** Missing until somebody asks for ports. */
  inUse: InUse | undefined;
}

export class Proposed {
  readonly #snapshot: Snapshot;
  readonly #job: Job;
  /** By node, those that were looked at. */
  readonly #nodes = new Map<string, KeptHolding>();
  readonly #stopped = new Set<string>();
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
    this.#add(allocation, -1).inUse = undefined;
  }

  /** The plan stops it no longer. */
  keep(allocation: Allocation): void {
    if (this.#stopped.delete(allocation.ID)) this.#add(allocation, 1).inUse = undefined;
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
    const holding = this.#add(allocation, 1);
    holding.planned.push(allocation);
    holding.inUse?.add(allocation);
  }

  /** Stays true while the plan grows. */
  holding(nodeId: string): Holding {
    return this.#holding(nodeId);
  }

  *onNode(nodeId: string): Generator<Allocation> {
    for (const one of this.#snapshot.allocationsOfNode(nodeId)) if (this.#stays(one)) yield one;
    yield* this.#nodes.get(nodeId)?.planned ?? [];
  }

  /** Ports and bandwidth that the node's allocations use; gathered once, then kept up. */
  inUse(nodeId: string): InUse {
    const holding = this.#holding(nodeId);
    holding.inUse ??= new InUse(this.onNode(nodeId));
    return holding.inUse;
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
      for (const { planned } of this.#nodes.values()) {
        for (const one of planned) this.#count(property, counts, one, 1);
      }
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

  #add(allocation: Allocation, sign: 1 | -1): KeptHolding {
    const holding = this.#holding(allocation.NodeID);
    holding.usage = plusAsk(holding.usage, occupiedBy(allocation), sign);
    for (const [property, counts] of this.#byValue) this.#count(property, counts, allocation, sign);
    return holding;
  }

  #holding(nodeId: string): KeptHolding {
    let holding = this.#nodes.get(nodeId);
    if (holding === undefined) {
      holding = { usage: this.#snapshot.usage(nodeId), planned: [], inUse: undefined };
      this.#nodes.set(nodeId, holding);
    }
    return holding;
  }
}
