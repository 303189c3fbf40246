/**
 * One look at one node: it does not suit, it is full, or an allocation would sit there so well.
 *
 * Compat: spec nomad-scheduler.md §11, §12.5.
 */
import type { Node } from '../../nomad/node-types.ts';
import type { Affinity, Job, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import type { Usage } from '../state.ts';
import { type Ask, askOn, occupiedBy } from './ask.ts';
import { type CountedProperty, countedByNode, whyNotDistinct } from './distinct.ts';
import { type Demands, demandsOf, hasHostVolumes, whyFiltered } from './feasible.ts';
import type { MetricBuilder } from './metric.ts';
import { type AssignedPorts, asksForPorts, assignPorts } from './ports.ts';
import { chooseEvicted, preemptionScore } from './preempt.ts';
import type { Holding, Proposed } from './proposed.ts';
import {
  affinitiesOf,
  affinityOf,
  antiAffinity,
  binPack,
  freeOf,
  type Marks,
  meanOf,
  type Room,
  roomOf,
  scoresOf,
  whyExhausted,
} from './rank.ts';
import { freeCores } from './resources.ts';
import { SpreadScorer, type SpreadValues } from './spread.ts';

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
  /** The nodes of the search's order that were looked at. */
  readonly seats: (Seat | undefined)[];
}

/** @param nodes  how many the search goes round. */
export function wantedOf(job: Job, group: TaskGroup, nodes: number): Wanted {
  return {
    group,
    demands: demandsOf(job, group),
    affinities: affinitiesOf(job, group),
    spread: new SpreadScorer(job, group),
    asksForPorts: asksForPorts(group),
    byNode: countedByNode(group.Name),
    byClass: new Map(),
    seats: Array.from({ length: nodes }),
  };
}

/** A node as a group finds it: what is worked out at the first look is kept for the next ones. */
export interface Seat {
  readonly node: Node;
  readonly room: Room;
  readonly ask: Ask;
  readonly affinity: number | undefined;
  readonly spreadValues: SpreadValues;
  readonly holding: Holding;
  /** Somebody looked whether the group may run here at all. */
  isKnown: boolean;
  /** Why it may not, in the words of every look but the first. */
  unsuited: string | undefined;
  /** As of the last look. */
  standing: Standing | undefined;
}

/** What a group finds at a node as long as the node's allocations stay as they are. */
interface Standing {
  readonly usage: Usage;
  /** The dimension that is too small for one more. */
  readonly exhausted: string | undefined;
  /** It holds one already where every node may hold one only. */
  readonly isTaken: boolean;
  readonly binpack: number;
  readonly antiAffinity: number;
}

export function seatOf(node: Node, { group, affinities, spread }: Wanted, proposed: Proposed): Seat {
  return {
    node,
    room: roomOf(node),
    ask: askOn(node, group),
    affinity: affinityOf(affinities, node),
    spreadValues: spread.valuesOf(node),
    holding: proposed.holding(node.ID),
    isKnown: false,
    unsuited: undefined,
    standing: undefined,
  };
}

/** What every look of one search needs. */
export interface Search {
  readonly job: Job;
  readonly wanted: Wanted;
  readonly proposed: Proposed;
  /** Nodes where the group failed before. */
  readonly penalised: ReadonlySet<string>;
  /** How well a node's values spread the group; undefined without spreads. */
  readonly spread: ((values: SpreadValues) => number) | undefined;
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
  /** The mean of all scores. */
  readonly normalized: number;
}

/** @returns undefined when the node cannot take the group; the search's metric is told why. */
export function consider(seat: Seat, search: Search): Option | undefined {
  const { wanted, proposed, metric } = search;
  const { node } = seat;
  metric.evaluated();
  const unsuited = whyUnsuited(seat, wanted);
  if (unsuited !== undefined) {
    metric.filtered(node, unsuited);
    return undefined;
  }
  const standing = standingOf(seat, search);
  const spoken = whyDistinct(node, standing, wanted.demands, proposed);
  if (spoken !== undefined) {
    metric.filtered(node, spoken);
    return undefined;
  }
  const ports = wanted.asksForPorts
    ? assignPorts(node, wanted.group, proposed.inUse(node.ID), search.random)
    : undefined;
  const evicted = typeof ports === 'string' ? ports : whoMakesWay(seat, standing, search);
  if (typeof evicted === 'string' || typeof ports === 'string') {
    metric.exhausted(node, String(evicted));
    return undefined;
  }
  const marks: Marks = {
    binpack: standing.binpack,
    antiAffinity: standing.antiAffinity,
    penalty: search.penalised.has(node.ID) ? -1 : 0,
    affinity: seat.affinity,
    spread: search.spread?.(seat.spreadValues) ?? 0,
    preemption: evicted.length === 0 ? undefined : preemptionScore(evicted),
  };
  const normalized = meanOf(marks);
  if (metric.keeps(normalized)) metric.scored({ NodeID: node.ID, Scores: scoresOf(marks), NormScore: normalized });
  return { node, ports, evicted, normalized };
}

function standingOf(seat: Seat, { wanted, proposed, algorithm }: Search): Standing {
  const { node, room, ask } = seat;
  const { usage } = seat.holding;
  if (seat.standing?.usage === usage) return seat.standing;
  const { group, byNode, demands } = wanted;
  const on = (property: CountedProperty) => proposed.byValue(property).get(node.ID) ?? 0;
  const hasCores = () => ask.cores === 0 || freeCores(node, proposed.onNode(node.ID)).length >= ask.cores;
  seat.standing = {
    usage,
    exhausted: whyExhausted(node, room, usage, ask) ?? (hasCores() ? undefined : 'cpu'),
    isTaken: demands.distinctHosts !== undefined && on(demands.distinctHosts) > 0,
    binpack: binPack(room, usage, ask, algorithm),
    antiAffinity: antiAffinity(on(byNode), group.Count),
  };
  return seat.standing;
}

function whyUnsuited(seat: Seat, wanted: Wanted): string | undefined {
  if (seat.isKnown) return seat.unsuited;
  const why = whyUnsuitedNode(seat.node, wanted);
  seat.isKnown = true;
  // The first look at a class tells more than those after it.
  seat.unsuited = why === undefined ? undefined : whyUnsuitedNode(seat.node, wanted);
  return why;
}

function whyUnsuitedNode(node: Node, { demands, byClass }: Wanted): string | undefined {
  if (!demands.escaped && byClass.has(node.ComputedClass)) {
    if (byClass.get(node.ComputedClass) !== undefined) return 'computed class ineligible';
  } else {
    const why = whyFiltered(demands, node);
    byClass.set(node.ComputedClass, why);
    if (why !== undefined) return why;
  }
  return hasHostVolumes(demands, node) ? undefined : 'missing compatible host volumes';
}

function whyDistinct(node: Node, { isTaken }: Standing, demands: Demands, proposed: Proposed): string | undefined {
  if (isTaken) return 'distinct_hosts';
  for (const property of demands.distinctProperties) {
    const why = whyNotDistinct(property, node, proposed.byValue(property));
    if (why !== undefined) return why;
  }
  return undefined;
}

/** @returns nobody when there is room, or the dimension that is too small whoever goes. */
function whoMakesWay(
  seat: Seat,
  standing: Standing,
  { job, proposed, evicts }: Search,
): readonly Allocation[] | string {
  const { node, room, ask } = seat;
  const { exhausted, usage } = standing;
  if (exhausted === undefined) return nobody;
  if (!evicts) return exhausted;
  const evicted = chooseEvicted(proposed.onNode(node.ID), {
    ...{ priority: job.Priority, ask, free: freeOf(room, usage) },
    evicted: (one) => proposed.evictedLike(one),
  });
  if (evicted === undefined || evicted.length === 0) return exhausted;
  const left = evicted.reduce((sum, one) => plusAsk(sum, occupiedBy(one), -1), usage);
  // Rated as if they stayed, as recorded.
  return whyExhausted(node, room, left, ask) ?? evicted;
}

const nobody: readonly Allocation[] = [];
