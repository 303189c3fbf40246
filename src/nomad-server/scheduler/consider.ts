/**
 * One look at one node: it does not suit, it is full, or an allocation would sit there so well.
 *
 * Compat: spec nomad-scheduler.md §11, §12.5.
 */
import type { NodeScore } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { plusAsk } from '../derive.ts';
import { occupiedBy } from './ask.ts';
import { whyNotDistinct } from './distinct.ts';
import type { MetricBuilder } from './metric.ts';
import { type AssignedPorts, assignPorts } from './ports.ts';
import { chooseEvicted, preemptionScore } from './preempt.ts';
import { areSame, freeOf, type Marks, meanOf, scoresOf, whyExhausted } from './rank.ts';
import { hasCores, type Looking, type Seat, standingOf, whyUnsuited } from './seat.ts';
import type { SpreadValues } from './spread.ts';

/** What every look of one search needs. */
export interface Search extends Looking {
  readonly job: Job;
  /** Nodes where the group failed before. */
  readonly penalised: ReadonlySet<string>;
  /** How well a node's values spread the group; undefined without spreads. */
  readonly spread: ((values: SpreadValues) => number) | undefined;
  /** Others may be made to go. */
  readonly evicts: boolean;
  readonly metric: MetricBuilder;
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
  const filtered = whyUnsuited(seat, wanted) ?? whyDistinct(seat, search);
  if (filtered !== undefined) {
    metric.filtered(node, filtered);
    return undefined;
  }
  const ports = wanted.asksForPorts
    ? assignPorts(node, wanted.group, proposed.inUse(node.ID), search.random)
    : undefined;
  const evicted = typeof ports === 'string' ? ports : whoMakesWay(seat, search);
  if (typeof evicted === 'string' || typeof ports === 'string') {
    metric.exhausted(node, String(evicted));
    return undefined;
  }
  const marks = marksOf(seat, evicted, search);
  const normalized = meanOf(marks);
  if (metric.keeps(normalized)) metric.scored(scoreOf(seat, marks, normalized));
  return { node, ports, evicted, normalized };
}

function marksOf(seat: Seat, evicted: readonly Allocation[], search: Search): Marks {
  const { binpack, antiAffinity } = standingOf(seat, search);
  return {
    binpack,
    antiAffinity,
    penalty: search.penalised.has(seat.node.ID) ? -1 : 0,
    affinity: seat.affinity,
    spread: search.spread?.(seat.spreadValues) ?? 0,
    preemption: evicted.length === 0 ? undefined : preemptionScore(evicted),
  };
}

/** What searches tell alike of a node, their metrics share: allocations keep them. */
function scoreOf(seat: Seat, marks: Marks, normalized: number): NodeScore {
  if (seat.told === undefined || !areSame(seat.told.marks, marks)) {
    seat.told = { marks, score: { NodeID: seat.node.ID, Scores: scoresOf(marks), NormScore: normalized } };
  }
  return seat.told.score;
}

function whyDistinct(seat: Seat, search: Search): string | undefined {
  if (standingOf(seat, search).isTaken) return 'distinct_hosts';
  const { wanted, proposed } = search;
  for (const property of wanted.demands.distinctProperties) {
    const why = whyNotDistinct(property, seat.node, proposed.byValue(property));
    if (why !== undefined) return why;
  }
  return undefined;
}

/** @returns nobody when there is room, or the dimension that is too small whoever goes. */
function whoMakesWay(seat: Seat, search: Search): readonly Allocation[] | string {
  const { exhausted, usage } = standingOf(seat, search);
  if (exhausted === undefined) return nobody;
  const { job, proposed, evicts } = search;
  // Nobody makes way for whole cores.
  if (!evicts || !hasCores(seat, proposed)) return exhausted;
  const { node, room, ask } = seat;
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
