/**
 * Placing what looks at more than sums, with Nomad's own scheduler: jobs with ports, cores, spreads or
 * `distinct_property`, and those that run on every node. Slower: each allocation is an object, each look looks at all.
 */
import type { AllocatedResources, AllocationMetric } from '../nomad/allocation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job, TaskGroup } from '../nomad/types.ts';
import type { Allocation } from '../nomad-server/allocation.ts';
import { isSystem } from '../nomad-server/derive.ts';
import { askOf } from '../nomad-server/scheduler/ask.ts';
import { baseSet } from '../nomad-server/scheduler/feasible.ts';
import { MetricBuilder } from '../nomad-server/scheduler/metric.ts';
import { candidateLimit, Placer } from '../nomad-server/scheduler/place.ts';
import { asksForPorts } from '../nomad-server/scheduler/ports.ts';
import { filteredEverywhere, isSilent } from '../nomad-server/scheduler/system.ts';
import type { Cluster } from './cluster.ts';
import { repeated } from './suitability.ts';

/** Sums alone tell where its groups go. */
export function isPlain(job: Job): boolean {
  if (isSystem(job) || (job.Spreads?.length ?? 0) > 0) return false;
  return job.TaskGroups.every((group) => {
    const constraints = [job, group, ...group.Tasks].flatMap(({ Constraints }) => Constraints ?? []);
    const isCounted = constraints.some(({ Operand }) => Operand === 'distinct_property');
    return !isCounted && (group.Spreads?.length ?? 0) === 0 && askOf(group).cores === 0 && !asksForPorts(group);
  });
}

/** What became of a group. */
export interface Outcome {
  readonly wanted: number;
  readonly placed: number;
  readonly failed: AllocationMetric | undefined;
}

/** One evaluation of a job by Nomad's scheduler. */
export class CarefulPlacing {
  readonly #cluster: Cluster;
  readonly #job: Job;
  readonly #placer: Placer;
  readonly #taken: Allocation[] = [];

  /** @param isExact  all nodes are scored, not the first few that do. */
  constructor(cluster: Cluster, job: Job, random: () => number, isExact: boolean) {
    this.#cluster = cluster;
    this.#job = job;
    const context = { nowMs: 0, newId: () => '', random };
    const size = baseSet(cluster.whole, job).nodes.length;
    const limitOf: typeof candidateLimit = (_, ...rest) =>
      isExact ? Number.POSITIVE_INFINITY : candidateLimit(size, ...rest);
    this.#placer = new Placer(cluster.snapshot, job, context, limitOf);
  }

  place(group: TaskGroup, wanted: number): Outcome {
    for (let placed = 0; placed < wanted; placed++) {
      const found = this.#placer.find(group, nowhere);
      if (!('node' in found)) return { wanted, placed, failed: repeated(found, group, wanted - placed) };
      this.#take(found.node, group, found.resources);
    }
    return { wanted, placed: wanted, failed: undefined };
  }

  /** One on each node that suits the group and has none yet. */
  placeEverywhere(group: TaskGroup): Outcome {
    const standing = this.#cluster.countsOf(this.#job, group.Name);
    const full: AllocationMetric[] = [];
    const filtered: AllocationMetric[] = [];
    let placed = 0;
    for (const node of baseSet(this.#cluster.snapshot, this.#job).nodes) {
      if ((standing[this.#cluster.placeOf(node.ID) ?? -1] ?? 0) > 0) continue;
      const found = this.#placer.findOn(node.ID, group);
      if ('node' in found) {
        this.#take(found.node, group, found.resources);
        placed++;
      } else if (isSilent(found)) filtered.push(found);
      else full.push(found);
    }
    const [first] = full;
    const isUnsuited = placed + full.length === 0 && filtered.length > 0;
    const failed = isUnsuited ? filteredEverywhere(filtered) : first && repeated(first, group, full.length);
    return { wanted: placed + full.length, placed, failed };
  }

  #take(node: Node, group: TaskGroup, resources: AllocatedResources): void {
    const allocation = newAllocation(`new-${this.#taken.length}`, this.#job, group, node, resources);
    this.#placer.take(allocation, []);
    this.#taken.push(allocation);
  }

  /** The evaluation is over: what it placed stands in the cluster from now on. */
  commit(): void {
    for (const allocation of this.#taken) this.#cluster.take(allocation);
  }
}

const nowhere: ReadonlySet<string> = new Set();

function newAllocation(
  id: string,
  job: Job,
  { Name: group }: TaskGroup,
  node: Node,
  resources: AllocatedResources,
): Allocation {
  return {
    ...{ ID: id, Namespace: job.Namespace, EvalID: '', Name: `${job.ID}.${group}`, JobID: job.ID, Job: job },
    ...{ NodeID: node.ID, NodeName: node.Name, TaskGroup: group, AllocatedResources: resources, Metrics: noMetric },
    ...{ DesiredStatus: 'run', ClientStatus: 'pending' },
    ...{ CreateIndex: 0, ModifyIndex: 0, AllocModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
  };
}

/** What a simulated allocation tells of how it was placed. */
export const noMetric: AllocationMetric = new MetricBuilder({ nodes: [], byDatacenter: {} }, '').build();
