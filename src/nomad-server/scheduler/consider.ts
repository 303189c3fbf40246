/**
 * One look at one node: it does not suit, it is full, or an allocation would sit there so well.
 *
 * Compat: spec nomad-scheduler.md §11, §12.5.
 */
import type { Node } from '../../nomad/node-types.ts';
import type { Affinity, Job, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import { askOn, occupiedBy } from './ask.ts';
import { type CountedProperty, countedByNode, whyNotDistinct } from './distinct.ts';
import { type Demands, demandsOf, hasHostVolumes, whyFiltered } from './feasible.ts';
import type { MetricBuilder } from './metric.ts';
import { type AssignedPorts, asksForPorts, assignPorts, inUse } from './ports.ts';
import { chooseEvicted } from './preempt.ts';
import type { Proposed } from './proposed.ts';
import { affinitiesOf, affinityOf, type Candidate, freeOf, roomOf, type Score, score, whyExhausted } from './rank.ts';
import { freeCores } from './resources.ts';
import { SpreadScorer } from './spread.ts';

/** A group of the job, read once per evaluation, with what the nodes that were looked at said to it. */
export interface Wanted {
  readonly group: TaskGroup;
  readonly demands: Demands;
  readonly affinities: readonly Affinity[];
  readonly spread: SpreadScorer;
  readonly asksForPorts: boolean;
  /** Counts the group's own allocations by node. */
  readonly byNode: CountedProperty;
  /** By computed class why its nodes do not suit; undefined for a class that does. */
  readonly byClass: Map<string, string | undefined>;
}

export function wantedOf(job: Job, group: TaskGroup): Wanted {
  return {
    group,
    demands: demandsOf(job, group),
    affinities: affinitiesOf(job, group),
    spread: new SpreadScorer(job, group),
    asksForPorts: asksForPorts(group),
    byNode: countedByNode(group.Name),
    byClass: new Map(),
  };
}

/** What every look of one search needs. */
export interface Search {
  readonly job: Job;
  readonly wanted: Wanted;
  readonly proposed: Proposed;
  /** Nodes where the group failed before. */
  readonly penalised: ReadonlySet<string>;
  /** How well a node spreads the group; undefined without spreads. */
  readonly spread: ((node: Node) => number) | undefined;
  /** Others may be made to go. */
  readonly evicts: boolean;
  readonly metric: MetricBuilder;
  /** `binpack` or `spread`. */
  readonly algorithm: string;
  readonly random: () => number;
}

export interface Option {
  readonly node: Node;
  readonly ports: AssignedPorts | undefined;
  /** Allocations of other jobs that make way. */
  readonly evicted: readonly Allocation[];
  readonly score: Score;
}

/** @returns undefined when the node cannot take the group; the search's metric is told why. */
export function consider(node: Node, search: Search): Option | undefined {
  const { wanted, proposed, metric } = search;
  const { group } = wanted;
  metric.evaluated();
  const filtered = whyUnsuited(node, wanted, proposed);
  if (filtered !== undefined) {
    metric.filtered(node, filtered);
    return undefined;
  }
  const ports = wanted.asksForPorts
    ? assignPorts(node, group, inUse(proposed.onNode(node.ID)), search.random)
    : undefined;
  const fit = typeof ports === 'string' ? ports : fitOn(node, search);
  if (typeof fit === 'string' || typeof ports === 'string') {
    metric.exhausted(node, String(fit));
    return undefined;
  }
  const candidate = {
    ...fit,
    collisions: proposed.byValue(wanted.byNode).get(node.ID) ?? 0,
    isPenalised: search.penalised.has(node.ID),
    affinity: affinityOf(wanted.affinities, node),
    spread: search.spread?.(node) ?? 0,
  };
  const rated = score(candidate, group.Count, search.algorithm);
  metric.scored({ NodeID: node.ID, Scores: rated.scores, NormScore: rated.normalized });
  return { node, ports, evicted: fit.evicted, score: rated };
}

function whyUnsuited(node: Node, { demands, byClass }: Wanted, proposed: Proposed): string | undefined {
  if (!demands.escaped && byClass.has(node.ComputedClass)) {
    if (byClass.get(node.ComputedClass) !== undefined) return 'computed class ineligible';
  } else {
    const why = whyFiltered(demands, node);
    byClass.set(node.ComputedClass, why);
    if (why !== undefined) return why;
  }
  if (!hasHostVolumes(demands, node)) return 'missing compatible host volumes';
  if (demands.distinctHosts !== undefined && (proposed.byValue(demands.distinctHosts).get(node.ID) ?? 0) > 0) {
    return 'distinct_hosts';
  }
  for (const property of demands.distinctProperties) {
    const why = whyNotDistinct(property, node, proposed.byValue(property));
    if (why !== undefined) return why;
  }
  return undefined;
}

type Fit = Pick<Candidate, 'room' | 'usage' | 'ask' | 'evicted'>;

/** @returns what would be on the node then, or the dimension that is too small. */
function fitOn(node: Node, { job, wanted, proposed, evicts }: Search): Fit | string {
  const ask = askOn(node, wanted.group);
  const room = roomOf(node);
  const usage = proposed.usage(node.ID);
  const exhausted = whyExhausted(node, room, usage, ask);
  if (exhausted === undefined) {
    const cores = ask.cores > 0 && freeCores(node, proposed.onNode(node.ID)).length < ask.cores;
    return cores ? 'cpu' : { room, usage, ask, evicted: [] };
  }
  if (!evicts) return exhausted;
  const evicted = chooseEvicted(proposed.onNode(node.ID), {
    ...{ priority: job.Priority, ask, free: freeOf(room, usage) },
    evicted: (one) => proposed.evictedLike(one),
  });
  if (evicted === undefined || evicted.length === 0) return exhausted;
  const left = evicted.reduce((sum, one) => plusAsk(sum, occupiedBy(one), -1), usage);
  // Rated as if they stayed, as recorded.
  return whyExhausted(node, room, left, ask) ?? { room, usage, ask, evicted };
}
