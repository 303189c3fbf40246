/** Which of a pool's nodes go first. Pure. Source: spec cluster-scaling.md §7. */
import { AutoscalerError } from '../lib/error.ts';
import type { Allocation } from '../nomad/allocation-types.ts';
import type { NodeListStub } from '../nomad/node-types.ts';
import type { NodeCapacity } from '../nomad/node-view.ts';
import { allocatableOf, busyness, counts, isLive, takenBy } from './capacity.ts';

export const selectorStrategies = [
  'least_busy',
  'newest_create_index',
  'oldest_create_index',
  'empty',
  'empty_ignore_system',
] as const;
export type SelectorStrategy = (typeof selectorStrategies)[number];

/** A node that may go, and what is on it. */
export interface Candidate {
  readonly node: NodeListStub;
  /** Undefined: nobody could tell, so it counts as full. Not asked for by the strategies that go by age. */
  readonly allocations?: readonly Allocation[];
  /** Instead of the list's, where the list lacks it. */
  readonly resources?: Pick<NodeListStub, 'NodeResources' | 'ReservedResources'>;
}

/** Whether the strategy has to know what is on the nodes. */
export const readsAllocations = (strategy: SelectorStrategy): boolean =>
  strategy !== 'newest_create_index' && strategy !== 'oldest_create_index';

/**
 * Picks nodes to remove, best first.
 *
 * @param candidates  newest first. Among equals the newer goes first.
 * @param count       how many at most; there may be fewer.
 * @throws            `node_usage_unknown` (remote, retryable) when `least_busy` cannot compare all of them.
 */
export function selectNodes<C extends Candidate>(
  strategy: SelectorStrategy,
  candidates: readonly C[],
  count: number,
): readonly C[] {
  return ordered(strategy, candidates).slice(0, count);
}

function ordered<C extends Candidate>(strategy: SelectorStrategy, candidates: readonly C[]): readonly C[] {
  switch (strategy) {
    case 'newest_create_index':
      return candidates;
    case 'oldest_create_index':
      return candidates.toReversed();
    case 'empty':
    case 'empty_ignore_system':
      return candidates.filter(({ allocations }) => allocations !== undefined && isEmptyTo(strategy, allocations));
    case 'least_busy':
      return candidates
        .map((candidate) => ({ candidate, busy: busynessOf(candidate) }))
        .sort((one, other) => (one.busy === other.busy ? 0 : one.busy - other.busy))
        .map(({ candidate }) => candidate);
  }
}

/** Whether nothing is on a node that counts to the strategy. */
export function isEmptyTo(strategy: 'empty' | 'empty_ignore_system', allocations: readonly Allocation[]): boolean {
  return !allocations.some((one) => isLive(one) && counts(one, strategy === 'empty_ignore_system'));
}

/**
 * With what is about to start on it: a node that is just being filled is not idle.
 *
 * @throws `node_usage_unknown`: a guess could take the busiest away.
 */
function busynessOf({ node, allocations, resources = node }: Candidate): number {
  const allocatable = allocatableOf(resources);
  if (allocatable === undefined) throw unknown(node, 'it does not say what resources it has');
  const running = allocations && takenBy(allocations, 'running');
  const pending = allocations && takenBy(allocations, 'pending');
  if (running === undefined || pending === undefined) throw unknown(node, 'what its allocations take is not known');
  return busyness(sum(running, pending), allocatable);
}

const sum = (one: NodeCapacity, other: NodeCapacity): NodeCapacity => ({
  cpuMhz: one.cpuMhz + other.cpuMhz,
  memoryMb: one.memoryMb + other.memoryMb,
});

function unknown(node: NodeListStub, why: string): AutoscalerError {
  const facts = { blame: 'remote', retryable: true } as const;
  return new AutoscalerError('node_usage_unknown', `failed to calculate usage of node ${node.ID}: ${why}`, facts);
}
