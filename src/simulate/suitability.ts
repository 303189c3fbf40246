/** Which nodes a group may run on, and why the others do not do; found out when a node is looked at first. */
import type { AllocationMetric } from '../nomad/allocation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Affinity, Job, TaskGroup } from '../nomad/types.ts';
import { type Ask, askOf } from '../nomad-server/scheduler/ask.ts';
import {
  type BaseSet,
  type Demands,
  demandsOf,
  hasHostVolumes,
  whyFiltered,
} from '../nomad-server/scheduler/feasible.ts';
import { coalesce, MetricBuilder } from '../nomad-server/scheduler/metric.ts';
import { affinitiesOf, affinityOf, roomOf, whyExhausted } from '../nomad-server/scheduler/rank.ts';
import type { Cluster } from './cluster.ts';

const unknown = 0;
const suits = 1;
const unsuited = 2;

export class Suitability {
  readonly demands: Demands;
  /** The matching weights' share by node, once it was looked at; without affinities undefined. */
  readonly affinity: Float64Array | undefined;
  readonly #cluster: Cluster;
  readonly #affinities: readonly Affinity[];
  /** By computed class where nodes of one class are alike to the group, else by node. */
  readonly #states: Uint8Array;
  readonly #isByClass: boolean;
  readonly #classOf: Int32Array;
  /** By computed class why its nodes do not do; undefined for a class that does. */
  readonly #classes = new Map<string, string | undefined>();
  /** Classes that were looked at first since `begin`. */
  #fresh: string[] = [];

  constructor(cluster: Cluster, job: Job, group: TaskGroup) {
    this.#cluster = cluster;
    this.demands = demandsOf(job, group);
    this.#affinities = affinitiesOf(job, group);
    const { escaped, hostVolumes } = this.demands;
    this.#isByClass = !escaped && hostVolumes.length === 0 && this.#affinities.length === 0;
    this.#classOf = cluster.classes;
    this.#states = new Uint8Array(cluster.nodes.length);
    if (this.#affinities.length > 0) this.affinity = new Float64Array(cluster.nodes.length);
  }

  /** A new search begins: what it does not find is explained from here on. */
  begin(): void {
    if (this.#fresh.length > 0) this.#fresh = [];
  }

  of(at: number): boolean {
    const slot = this.#isByClass ? (this.#classOf[at] ?? 0) : at;
    const state = this.#states[slot];
    return state === unknown ? this.#look(at, slot) : state === suits;
  }

  #look(at: number, slot: number): boolean {
    const node = this.#cluster.nodes[at];
    const isSuited = node !== undefined && this.#why(node) === undefined;
    this.#states[slot] = isSuited ? suits : unsuited;
    if (isSuited && this.affinity !== undefined) this.affinity[at] = affinityOf(this.#affinities, node) ?? 0;
    return isSuited;
  }

  #why(node: Node): string | undefined {
    const { ComputedClass: name } = node;
    if (!this.demands.escaped && this.#classes.has(name)) {
      if (this.#classes.get(name) !== undefined) return 'computed class ineligible';
    } else {
      const why = whyFiltered(this.demands, node);
      this.#fresh.push(name);
      this.#classes.set(name, why);
      if (why !== undefined) return why;
    }
    return hasHostVolumes(this.demands, node) ? undefined : 'missing compatible host volumes';
  }

  /**
   * Why no node took the group, in the words of Nomad's metrics.
   *
   * @param order  all nodes of the base set, as the search since `begin` met them.
   * @param taken  whether a node may not have another one.
   * @param times  how many allocations found no node.
   */
  explain(
    search: Explained,
    order: Iterable<number>,
    taken: (node: number) => boolean,
    times: number,
  ): AllocationMetric {
    const { job, group, base } = search;
    const metric = new MetricBuilder(base, job.NodePool);
    const ask = askOf(group);
    for (const name of this.#fresh) this.#classes.delete(name);
    for (const at of order) {
      const node = this.#cluster.nodes[at];
      if (node === undefined) continue;
      metric.evaluated();
      const why = this.#why(node) ?? (taken(at) ? 'distinct_hosts' : undefined);
      if (why !== undefined) metric.filtered(node, why);
      else metric.exhausted(node, this.#dimension(at, node, ask));
    }
    return repeated(metric.build(group), group, times);
  }

  #dimension(at: number, node: Node, ask: Ask): string {
    return whyExhausted(node, roomOf(node), this.#cluster.usage(at), ask) ?? '';
  }
}

/** What was sought, and among which nodes. */
export interface Explained {
  readonly job: Job;
  readonly group: TaskGroup;
  readonly base: BaseSet;
}

/** The metric of so many allocations that found no node for the same reasons. */
export function repeated(metric: AllocationMetric, group: TaskGroup, times: number): AllocationMetric {
  return times < 2 ? metric : coalesce({ ...metric, CoalescedFailures: times - 2 }, group);
}
