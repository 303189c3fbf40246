/**
 * A node as a group finds it. What is true for the whole evaluation is worked out at the first look, what depends on the
 * node's allocations after each change of them: one search looks at many nodes, and at most of them again and again.
 */
import type { NodeScore } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Affinity, Job, TaskGroup } from '../../nomad/types.ts';
import type { Usage } from '../state.ts';
import { type Ask, askOn } from './ask.ts';
import { type CountedProperty, countedByNode } from './distinct.ts';
import { type Demands, demandsOf, hasHostVolumes, whyFiltered } from './feasible.ts';
import { asksForPorts } from './ports.ts';
import type { Holding, Proposed } from './proposed.ts';
import {
  affinitiesOf,
  affinityOf,
  antiAffinity,
  binPack,
  type Marks,
  type Room,
  roomOf,
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
  /** The score that metrics were told last. */
  told: { readonly marks: Marks; readonly score: NodeScore } | undefined;
}

/** What holds as long as the node's allocations stay as they are. */
export interface Standing {
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
    told: undefined,
  };
}

/** What a look at a seat needs to know. */
export interface Looking {
  readonly wanted: Wanted;
  readonly proposed: Proposed;
  /** `binpack` or `spread`. */
  readonly algorithm: string;
}

/** Worked out anew after each change of what is on the node. */
export function standingOf(seat: Seat, looking: Looking): Standing {
  const { standing, holding } = seat;
  if (standing !== undefined && standing.usage === holding.usage) return standing;
  seat.standing = newStanding(seat, looking);
  return seat.standing;
}

/** As many cores as the group asks for are nobody's yet. */
export function hasCores({ node, ask }: Seat, proposed: Proposed): boolean {
  return ask.cores === 0 || freeCores(node, proposed.onNode(node.ID)).length >= ask.cores;
}

function newStanding(seat: Seat, { wanted, proposed, algorithm }: Looking): Standing {
  const { node, room, ask, holding } = seat;
  const { usage } = holding;
  const { group, byNode, demands } = wanted;
  const on = (property: CountedProperty) => proposed.byValue(property).get(node.ID) ?? 0;
  return {
    usage,
    exhausted: whyExhausted(node, room, usage, ask) ?? (hasCores(seat, proposed) ? undefined : 'cpu'),
    isTaken: demands.distinctHosts !== undefined && on(demands.distinctHosts) > 0,
    binpack: binPack(room, usage, ask, algorithm),
    antiAffinity: antiAffinity(on(byNode), group.Count),
  };
}

/** @returns why the group may not run on the node at all, in the words of the metrics. */
export function whyUnsuited(seat: Seat, wanted: Wanted): string | undefined {
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
