/**
 * Finds nodes for one evaluation's placements, one after the other; each sees those before it.
 *
 * Compat: spec nomad-scheduler.md §7.5, §11, §12.5–12.6.
 */
import type { AllocatedResources, AllocationMetric } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import { jobKey } from '../identity.ts';
import { askOn, occupiedBy } from './ask.ts';
import { whyNotDistinct } from './distinct.ts';
import { type BaseSet, baseSet, type Demands, demandsOf, hasHostVolumes, whyFiltered } from './feasible.ts';
import { MetricBuilder } from './metric.ts';
import type { Context, Snapshot } from './plan.ts';
import { type AssignedPorts, asksForPorts, assignPorts, inUse } from './ports.ts';
import { chooseEvicted, mayPreempt } from './preempt.ts';
import { Proposed } from './proposed.ts';
import { affinitiesOf, affinityOf, type Candidate, freeOf, roomOf, type Score, score, whyExhausted } from './rank.ts';
import { freeCores, resourcesOn } from './resources.ts';
import { SpreadScorer } from './spread.ts';

export interface Placed {
  readonly node: Node;
  readonly resources: AllocatedResources;
  /** Allocations of other jobs that make way. */
  readonly evicted: readonly Allocation[];
  readonly metric: AllocationMetric;
}

type Option = Omit<Placed, 'metric' | 'resources'> & {
  readonly score: Score;
  readonly ports: AssignedPorts | undefined;
};

/** What every look at a node needs. */
interface Search {
  readonly group: TaskGroup;
  readonly demands: Demands;
  /** Nodes where the group failed before. */
  readonly penalised: ReadonlySet<string>;
  readonly metric: MetricBuilder;
  /** Others may be made to go. */
  readonly evicts: boolean;
  /** Undefined when the group has no spreads. */
  readonly spread: SpreadScorer | undefined;
}

/** Options with a score of 0 or less that are set aside while better ones are sought. */
const mostSetAside = 3;

export class Placer {
  readonly #snapshot: Snapshot;
  readonly #job: Job;
  readonly #context: Context;
  readonly #base: BaseSet;
  readonly #order: readonly Node[];
  readonly #proposed: Proposed;
  /** By group: how many of its allocations the plan evicts. */
  readonly #evicted = new Map<string, number>();
  readonly #demands = new Map<TaskGroup, Demands>();
  readonly #spreads = new Map<TaskGroup, SpreadScorer>();
  readonly #byClass = new Map<string, string | undefined>();
  readonly #eligibility = new Map<string, boolean>();
  #escaped = false;
  #at = 0;

  constructor(snapshot: Snapshot, job: Job, context: Context) {
    this.#snapshot = snapshot;
    this.#job = job;
    this.#context = context;
    this.#proposed = new Proposed(snapshot, job);
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
    this.#proposed.free(allocation);
  }

  /** The plan stops it no longer. */
  keep(allocation: Allocation): void {
    this.#proposed.keep(allocation);
  }

  /** The plan places this allocation, and these make way for it. */
  take(allocation: Allocation, evicted: readonly Allocation[]): void {
    for (const one of evicted) {
      this.#proposed.free(one);
      this.#evicted.set(groupKey(one), (this.#evicted.get(groupKey(one)) ?? 0) + 1);
    }
    this.#proposed.take(allocation);
  }

  /** @param penalised  nodes where the group failed before. */
  find(group: TaskGroup, penalised: ReadonlySet<string>): Placed | AllocationMetric {
    return this.#tryWithAndWithout(group, (evicts) => {
      const metric = new MetricBuilder(this.#base, this.#job.NodePool);
      const best = this.#search({
        group,
        demands: this.#demandsOf(group),
        penalised,
        metric,
        evicts,
        spread: this.#spreadOf(group),
      });
      return { best, metric };
    });
  }

  /** Looks at one node only. */
  findOn(nodeId: string, group: TaskGroup): Placed | AllocationMetric {
    return this.#tryWithAndWithout(group, (evicts) => {
      const metric = new MetricBuilder(this.#base, '', onlyBinPack);
      const node = this.#snapshot.node(nodeId);
      const search = {
        group,
        demands: this.#demandsOf(group),
        penalised: new Set<string>(),
        metric,
        evicts,
        spread: undefined,
      };
      return { best: node && this.#consider(node, search), metric };
    });
  }

  /** Only when nothing fits as it is are others made to go. */
  #tryWithAndWithout(
    group: TaskGroup,
    look: (evicts: boolean) => { readonly best: Option | undefined; readonly metric: MetricBuilder },
  ): Placed | AllocationMetric {
    let { best, metric } = look(false);
    const isFull = best === undefined && metric.anyExhausted;
    if (isFull && mayPreempt(this.#snapshot.schedulerConfiguration, this.#job.Type)) {
      ({ best, metric } = look(true));
    }
    if (best === undefined) return { ...metric.build(group), NodePool: this.#job.NodePool };
    const { node, ports, evicted } = best;
    const gone = new Set(evicted);
    const others = [...this.#proposed.onNode(node.ID)].filter((one) => !gone.has(one));
    return { node, evicted, resources: resourcesOn(node, group, ports, others), metric: metric.build() };
  }

  #search(search: Search): Option | undefined {
    const { group } = search;
    const affinities = affinitiesOf(this.#job, group);
    const looksWider = affinities.length > 0 || search.spread !== undefined;
    const limit = candidateLimit(this.#order.length, this.#job.Type, looksWider, group.Count);
    const setAside: Option[] = [];
    let best: Option | undefined;
    let found = 0;
    for (let seen = 0; seen < this.#order.length && found < limit; seen++) {
      const node = this.#order[this.#at++ % this.#order.length];
      if (node === undefined) break;
      const option = this.#consider(node, search);
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

  #consider(node: Node, search: Search): Option | undefined {
    const { group, metric } = search;
    metric.evaluated();
    const filtered = this.#whyFiltered(node, group, search.demands);
    if (filtered !== undefined) {
      metric.filtered(node, filtered);
      return undefined;
    }
    const ports = asksForPorts(group)
      ? assignPorts(node, group, inUse(this.#proposed.onNode(node.ID)), this.#context.random)
      : undefined;
    const fit = typeof ports === 'string' ? ports : this.#fit(node, search);
    if (typeof fit === 'string' || typeof ports === 'string') {
      metric.exhausted(node, String(fit));
      return undefined;
    }
    const candidate = {
      ...fit,
      collisions: this.#proposed.collisions(node.ID, group.Name),
      isPenalised: search.penalised.has(node.ID),
      affinity: affinityOf(affinitiesOf(this.#job, group), node),
      spread: search.spread?.score(node, (property) => this.#proposed.byValue(property)) ?? 0,
    };
    const rated = score(candidate, group.Count, this.#snapshot.schedulerConfiguration.SchedulerAlgorithm);
    metric.scored({ NodeID: node.ID, Scores: rated.scores, NormScore: rated.normalized });
    return { node, ports, evicted: fit.evicted, score: rated };
  }

  /** @returns what would be on the node then, or the dimension that is too small. */
  #fit(node: Node, { group, evicts }: Search): Fit | string {
    const ask = askOn(node, group);
    const room = roomOf(node);
    const usage = this.#proposed.usage(node.ID);
    const exhausted = whyExhausted(node, room, usage, ask);
    if (exhausted === undefined) {
      const cores = ask.cores > 0 && freeCores(node, this.#proposed.onNode(node.ID)).length < ask.cores;
      return cores ? 'cpu' : { room, usage, ask, evicted: [] };
    }
    if (!evicts) return exhausted;
    const evicted = chooseEvicted(this.#proposed.onNode(node.ID), {
      ...{ priority: this.#job.Priority, ask, free: freeOf(room, usage) },
      evicted: (one) => this.#evicted.get(groupKey(one)) ?? 0,
    });
    if (evicted === undefined || evicted.length === 0) return exhausted;
    const left = evicted.reduce((sum, one) => plusAsk(sum, occupiedBy(one), -1), usage);
    // Rated as if they stayed, as recorded.
    return whyExhausted(node, room, left, ask) ?? { room, usage, ask, evicted };
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
    if (demands.distinctHosts !== undefined) {
      const name = demands.distinctHosts === 'group' ? group.Name : undefined;
      if (this.#proposed.collisions(node.ID, name) > 0) return 'distinct_hosts';
    }
    for (const property of demands.distinctProperties) {
      const why = whyNotDistinct(property, node, this.#proposed.byValue(property));
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #spreadOf(group: TaskGroup): SpreadScorer | undefined {
    let spread = this.#spreads.get(group);
    if (spread === undefined) {
      spread = new SpreadScorer(this.#job, group);
      this.#spreads.set(group, spread);
    }
    return spread.isUsed ? spread : undefined;
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
}

type Fit = Pick<Candidate, 'room' | 'usage' | 'ask' | 'evicted'>;

const groupKey = (one: Allocation) => `${jobKey(one.Namespace, one.JobID)} ${one.TaskGroup}`;

/** The scores of an allocation that has no choice of nodes. */
const onlyBinPack = ['binpack', 'preemption'];

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
