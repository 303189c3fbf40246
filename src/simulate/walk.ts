/**
 * Placing a group that looks at sums alone, as Nomad does: round robin over the shuffled nodes, the best of the first few
 * that do. Each look is a handful of numbers out of columns.
 *
 * Compat: spec nomad-scheduler.md §12.3, §12.5, §12.6. What `scheduler/place.ts` would choose, this chooses.
 */
import type { Job, TaskGroup } from '../nomad/types.ts';
import { type Ask, askOf } from '../nomad-server/scheduler/ask.ts';
import { candidateLimit, mostSetAside } from '../nomad-server/scheduler/place.ts';
import type { Cluster } from './cluster.ts';
import type { Packing, Packings } from './packing.ts';
import { Ring } from './ring.ts';
import { Suitability } from './suitability.ts';

/** A group of an evaluation, while it is placed. */
export class Placing {
  readonly group: TaskGroup;
  readonly ask: Ask;
  readonly suitability: Suitability;
  /** Nodes that are scored before the best of them is taken. */
  readonly limit: number;
  readonly #packing: Packing;
  /** Allocations of the group by node. */
  readonly #collisions: Uint32Array;
  /** Allocations by node of which it may have one only; undefined where any number may stand together. */
  readonly #distinct: Uint32Array | undefined;

  constructor(cluster: Cluster, job: Job, group: TaskGroup, packings: Packings, nodes: number) {
    this.group = group;
    this.ask = askOf(group);
    this.suitability = new Suitability(cluster, job, group);
    this.#packing = packings.of(this.ask);
    this.#collisions = cluster.countsOf(job, group.Name);
    const { distinctHosts } = this.suitability.demands;
    if (distinctHosts !== undefined) {
      this.#distinct = distinctHosts.group === undefined ? cluster.countsOf(job, undefined) : this.#collisions;
    }
    this.limit = candidateLimit(nodes, job.Type, this.suitability.affinity !== undefined, group.Count);
  }

  /** A node may hold one only. */
  get isDistinct(): boolean {
    return this.#distinct !== undefined;
  }

  /** The node holds one already, and may not have two. */
  isTaken(node: number): boolean {
    return this.#distinct !== undefined && (this.#distinct[node] ?? 0) > 0;
  }

  /** How well one would sit on the node, -1 to 1; undefined when it cannot. */
  score(node: number): number | undefined {
    if (!this.suitability.of(node) || this.isTaken(node)) return undefined;
    const packed = this.#packing.on(node);
    if (packed < 0) return undefined;
    let sum = packed;
    let scorers = 1;
    const collisions = this.#collisions[node] ?? 0;
    if (collisions > 0) {
      sum += -(collisions + 1) / this.group.Count;
      scorers++;
    }
    const { affinity } = this.suitability;
    if (affinity !== undefined) {
      sum += affinity[node] ?? 0;
      scorers++;
    }
    return sum / scorers;
  }

  /** So many more of the group stand on the node. */
  count(node: number, times = 1): void {
    this.#collisions[node] = (this.#collisions[node] ?? 0) + times;
    if (this.#distinct !== undefined && this.#distinct !== this.#collisions)
      this.#distinct[node] = (this.#distinct[node] ?? 0) + times;
  }
}

/** The way of one evaluation over the nodes; it goes on where the last search ended. */
export class Walk {
  readonly #order: readonly number[];
  #at = 0;

  /** @param order  places of the nodes, shuffled. */
  constructor(order: readonly number[]) {
    this.#order = order;
  }

  /** @returns a search, to be called once per allocation: the node; undefined when none does. */
  seeker(placing: Placing): () => number | undefined {
    const ring = new Ring(this.#order.length);
    return () => this.#find(placing, ring);
  }

  /** @param ring  passes over nodes that cannot take one: as the cluster only fills up, they never will. */
  #find(placing: Placing, ring: Ring): number | undefined {
    placing.suitability.begin();
    const order = this.#order;
    const { length } = order;
    const aside: { readonly node: number; readonly score: number }[] = [];
    let at = this.#at;
    let best: number | undefined;
    let highest = 0;
    let found = 0;
    for (let seen = 0; found < placing.limit; seen++) {
      const steps = ring.stepsFrom(at);
      seen += steps;
      if (seen >= length) {
        at = this.#at; // all the way round
        break;
      }
      const place = at + steps < length ? at + steps : at + steps - length;
      at = place + 1 === length ? 0 : place + 1;
      const node = order[place] ?? 0;
      const score = placing.score(node);
      if (score === undefined) {
        ring.pass(place);
        continue;
      }
      if (score <= 0 && aside.length < mostSetAside) {
        aside.push({ node, score });
        continue;
      }
      found++;
      if (best === undefined || score > highest) {
        best = node;
        highest = score;
      }
    }
    this.#at = at;
    for (const { node, score } of aside) {
      if (found++ >= placing.limit) break;
      if (best === undefined || score > highest) {
        best = node;
        highest = score;
      }
    }
    return best;
  }

  /** The nodes as the next search will meet them: after one that found nothing, as that one met them. */
  *order(): Generator<number> {
    const { length } = this.#order;
    for (let seen = 0; seen < length; seen++) yield this.#order[(this.#at + seen) % length] ?? 0;
  }
}
