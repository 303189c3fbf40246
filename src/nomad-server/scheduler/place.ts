/**
 * Finds nodes for one evaluation's placements, one after the other; each sees those before it.
 *
 * Compat: spec nomad-scheduler.md §7.5, §11, §12.5–12.6.
 */
import type { AllocationMetric } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isClientTerminal } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import type { Usage } from '../state.ts';
import { type Ask, askOf, askOfGroup } from './ask.ts';
import { type BaseSet, baseSet, type Demands, demandsOf, hasHostVolumes, whyFiltered } from './feasible.ts';
import { MetricBuilder } from './metric.ts';
import type { Context, Snapshot } from './plan.ts';
import { type AssignedPorts, asksForPorts, assignPorts, portsInUse } from './ports.ts';
import { affinitiesOf, affinityOf, roomOf, type Score, score, whyExhausted } from './rank.ts';

export interface Placed {
  readonly node: Node;
  readonly ports: AssignedPorts | undefined;
  readonly metric: AllocationMetric;
}

interface Option {
  readonly node: Node;
  readonly ports: AssignedPorts | undefined;
  readonly score: Score;
}

/** Options with a score of 0 or less that are set aside while better ones are sought. */
const mostSetAside = 3;

export class Placer {
  readonly #snapshot: Snapshot;
  readonly #job: Job;
  readonly #context: Context;
  readonly #base: BaseSet;
  readonly #order: readonly Node[];
  readonly #planned = new Map<string, Allocation[]>();
  readonly #stopped = new Set<string>();
  readonly #usage = new Map<string, Usage>();
  readonly #demands = new Map<TaskGroup, Demands>();
  readonly #byClass = new Map<string, string | undefined>();
  readonly #eligibility = new Map<string, boolean>();
  #escaped = false;
  #at = 0;

  constructor(snapshot: Snapshot, job: Job, context: Context) {
    this.#snapshot = snapshot;
    this.#job = job;
    this.#context = context;
    this.#base = baseSet(snapshot, job);
    this.#order = shuffled(this.#base.nodes, context.random);
  }

  /** By computed class, whether any group could run there; undefined when a constraint looks at single nodes. */
  get classEligibility(): Readonly<Record<string, boolean>> | undefined {
    return this.#escaped || this.#eligibility.size === 0 ? undefined : Object.fromEntries(this.#eligibility);
  }

  get escaped(): boolean {
    return this.#escaped;
  }

  /** The plan stops this allocation: its room is free for what the plan places. */
  free(allocation: Allocation): void {
    if (this.#stopped.has(allocation.ID) || isClientTerminal(allocation)) return;
    this.#stopped.add(allocation.ID);
    this.#add(allocation.NodeID, askOfGroup(allocation.Job, allocation.TaskGroup), -1);
  }

  /** The plan stops it no longer. */
  keep(allocation: Allocation): void {
    if (this.#stopped.delete(allocation.ID)) {
      this.#add(allocation.NodeID, askOfGroup(allocation.Job, allocation.TaskGroup), 1);
    }
  }

  /** The plan places this allocation. */
  take(allocation: Allocation): void {
    this.#add(allocation.NodeID, askOfGroup(allocation.Job, allocation.TaskGroup), 1);
    const planned = this.#planned.get(allocation.NodeID);
    if (planned === undefined) this.#planned.set(allocation.NodeID, [allocation]);
    else planned.push(allocation);
  }

  /** @param penalised  nodes where the group failed before. */
  find(group: TaskGroup, penalised: ReadonlySet<string>): Placed | AllocationMetric {
    const metric = new MetricBuilder(this.#base, this.#job.NodePool);
    const best = this.#search(group, penalised, metric);
    return best === undefined ? metric.build(group) : { node: best.node, ports: best.ports, metric: metric.build() };
  }

  /** Looks at one node only. */
  findOn(nodeId: string, group: TaskGroup): Placed | AllocationMetric {
    const metric = new MetricBuilder(this.#base, '', onlyBinPack);
    const node = this.#snapshot.node(nodeId);
    const best = node && this.#consider(node, group, this.#demandsOf(group), new Set(), metric);
    return best === undefined ? metric.build(group) : { node: best.node, ports: best.ports, metric: metric.build() };
  }

  #search(group: TaskGroup, penalised: ReadonlySet<string>, metric: MetricBuilder): Option | undefined {
    const demands = this.#demandsOf(group);
    const affinities = affinitiesOf(this.#job, group);
    const usesSpread = (this.#job.Spreads?.length ?? 0) + (group.Spreads?.length ?? 0) > 0;
    const limit = candidateLimit(this.#order.length, this.#job.Type, affinities.length > 0 || usesSpread, group.Count);
    const setAside: Option[] = [];
    let best: Option | undefined;
    let found = 0;
    for (let seen = 0; seen < this.#order.length && found < limit; seen++) {
      const node = this.#order[this.#at++ % this.#order.length];
      if (node === undefined) break;
      const option = this.#consider(node, group, demands, penalised, metric);
      if (option === undefined) continue;
      if (option.score.normalized <= 0 && setAside.length < mostSetAside) {
        setAside.push(option);
        continue;
      }
      found++;
      if (best === undefined || option.score.normalized > best.score.normalized) best = option;
    }
    for (const option of setAside) {
      if (found++ >= limit) break;
      if (best === undefined || option.score.normalized > best.score.normalized) best = option;
    }
    return best;
  }

  #consider(
    node: Node,
    group: TaskGroup,
    demands: Demands,
    penalised: ReadonlySet<string>,
    metric: MetricBuilder,
  ): Option | undefined {
    metric.evaluated();
    const filtered = this.#whyFiltered(node, group, demands);
    if (filtered !== undefined) {
      metric.filtered(node, filtered);
      return undefined;
    }
    const ports = this.#portsOn(node, group);
    if (typeof ports === 'string') {
      metric.exhausted(node, ports);
      return undefined;
    }
    const ask = askOf(group);
    const room = roomOf(node);
    const usage = this.#usageOf(node.ID);
    const exhausted = whyExhausted(node, room, usage, ask);
    if (exhausted !== undefined) {
      metric.exhausted(node, exhausted);
      return undefined;
    }
    const candidate = {
      room,
      usage,
      collisions: this.#collisions(node.ID, group.Name),
      isPenalised: penalised.has(node.ID),
      affinity: affinityOf(affinitiesOf(this.#job, group), node),
    };
    const rated = score(candidate, ask, group.Count, this.#snapshot.schedulerConfiguration.SchedulerAlgorithm);
    metric.scored({ NodeID: node.ID, Scores: rated.scores, NormScore: rated.normalized });
    return { node, ports, score: rated };
  }

  #whyFiltered(node: Node, group: TaskGroup, demands: Demands): string | undefined {
    const key = `${node.ComputedClass} ${group.Name}`;
    if (!demands.escaped && this.#byClass.has(key)) {
      if (this.#byClass.get(key) !== undefined) return 'computed class ineligible';
    } else {
      const why = whyFiltered(demands, node);
      this.#byClass.set(key, why);
      this.#eligibility.set(node.ComputedClass, this.#eligibility.get(node.ComputedClass) || why === undefined);
      if (why !== undefined) return why;
    }
    if (!hasHostVolumes(demands, node)) return 'missing compatible host volumes';
    if (demands.distinctHosts === undefined) return undefined;
    const name = demands.distinctHosts === 'group' ? group.Name : undefined;
    return this.#collisions(node.ID, name) > 0 ? 'distinct_hosts' : undefined;
  }

  #portsOn(node: Node, group: TaskGroup): AssignedPorts | undefined | string {
    if (!asksForPorts(group)) return undefined;
    const existing = [...this.#snapshot.allocationsOfNode(node.ID)].filter((one) => !this.#stopped.has(one.ID));
    return assignPorts(
      node,
      group,
      portsInUse([...existing, ...(this.#planned.get(node.ID) ?? [])]),
      this.#context.random,
    );
  }

  /** Allocations of the job on the node, with this plan's. @param group  only those of one group. */
  #collisions(nodeId: string, group: string | undefined): number {
    let count = 0;
    for (const one of this.#snapshot.allocationsOfJob(this.#job.Namespace, this.#job.ID)) {
      if (one.NodeID !== nodeId || isClientTerminal(one) || this.#stopped.has(one.ID)) continue;
      if (group === undefined || one.TaskGroup === group) count++;
    }
    for (const one of this.#planned.get(nodeId) ?? []) if (group === undefined || one.TaskGroup === group) count++;
    return count;
  }

  #demandsOf(group: TaskGroup): Demands {
    let demands = this.#demands.get(group);
    if (demands === undefined) {
      demands = demandsOf(this.#job, group);
      this.#demands.set(group, demands);
      this.#escaped ||= demands.escaped;
    }
    return demands;
  }

  #usageOf(nodeId: string): Usage {
    return this.#usage.get(nodeId) ?? this.#snapshot.usage(nodeId);
  }

  #add(nodeId: string, ask: Ask, sign: 1 | -1): void {
    this.#usage.set(nodeId, plusAsk(this.#usageOf(nodeId), ask, sign));
  }
}

/** The one score of an allocation that has no choice of nodes. */
const onlyBinPack = ['binpack'];

/** How many nodes are scored before the best of them is taken. */
function candidateLimit(nodes: number, jobType: string, looksWider: boolean, count: number): number {
  if (looksWider) return Math.max(100, count);
  if (jobType === 'batch') return 2;
  return Math.max(2, Math.ceil(Math.log2(Math.max(nodes, 1))));
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [copy[at], copy[other]];
    if (a !== undefined && b !== undefined) {
      copy[at] = b;
      copy[other] = a;
    }
  }
  return copy;
}
