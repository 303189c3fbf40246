/**
 * Takes nodes out of a pool: chosen, emptied, looked at once more, and given back if their machine stays. The target
 * removes the machines. Source: spec cluster-scaling.md §1, §5, §10, §11.
 */
import { withDeadline } from '../lib/clock.ts';
import { eachOf } from '../lib/each.ts';
import { explain, usageError } from '../lib/error.ts';
import { goBool, goBoolProblem } from '../lib/go-bool.ts';
import { nodeAllocations, purgeNode } from '../nomad/nodes.ts';
import type { Strings } from '../nomad/types.ts';
import type { NodePoolConfig } from './config.ts';
import { type DrainSpec, drain, giveBack } from './drain.ts';
import { chooseMachines, type Machine, type RemoteIdOf, removableMachines } from './identify.ts';
import { drainsAtOnce, type NodePoolParts } from './parts.ts';
import { isEmptyTo, readsAllocations } from './select.ts';

/** What is to be taken out of a pool. */
export interface ScaleInOrder {
  readonly config: NodePoolConfig;
  /** How many are to go; fewer when there are fewer that may. */
  readonly count: number;
  /** The machines that the provider has in the pool. */
  readonly remoteIds: ReadonlySet<string>;
  readonly remoteIdOf: RemoteIdOf;
  /** Says which of equally good ones go first, by putting them in order. Left out, the newest. */
  readonly prefer?: (machines: readonly Machine[]) => readonly Machine[];
  /** What the last drain of each node is to say, so that whoever starts after a crash knows what was meant. */
  readonly meta: Strings;
}

/** One that was meant to go and stays. */
export interface Kept {
  readonly machine: Machine;
  readonly why: string;
}

/** What became of the nodes that were to go. */
export interface Emptied {
  /** Empty nodes, ineligible: their machines may go. */
  readonly emptied: readonly Machine[];
  /** In service again, as far as Nomad let us. */
  readonly kept: readonly Kept[];
}

/** How the nodes of a pool are drained. */
export const drainSpecOf = (config: NodePoolConfig): DrainSpec => ({
  deadlineMs: config.nodeDrainDeadlineMs,
  ignoreSystemJobs: config.nodeDrainIgnoreSystemJobs,
});

/**
 * Chooses nodes and empties them. A node whose drain fails is given back; the others go on.
 *
 * @param signal  abandons it: every node that was touched is given back before the abort is thrown.
 * @throws        what `removableMachines` and `chooseMachines` throw; then no node was touched.
 */
export async function emptyNodes(parts: NodePoolParts, order: ScaleInOrder, signal: AbortSignal): Promise<Emptied> {
  const { config, count, remoteIds, remoteIdOf, meta, prefer } = order;
  if (!(count >= 1)) {
    throw usageError('invalid_count', 'number of nodes requested for removal must be greater than zero');
  }
  const found = await removableMachines(parts, config, remoteIds, remoteIdOf, signal);
  // No two are of the same age: the order of those that go by it is not touched.
  const machines = readsAllocations(config.nodeSelectorStrategy) ? (prefer?.(found) ?? found) : found;
  const chosen = await chooseMachines(parts, config, machines, count, signal);
  const emptied: Machine[] = [];
  const kept: Kept[] = [];
  await eachOf(chosen, drainsAtOnce, async (machine) => {
    if (signal.aborted) return;
    try {
      await close(parts, machine, config, meta, signal);
      emptied.push(machine);
    } catch (error) {
      kept.push({ machine, why: explain(error) });
    }
  });
  if (signal.aborted) {
    await restore(parts, chosen);
    throw signal.reason;
  }
  await restore(
    parts,
    kept.map(({ machine }) => machine),
  );
  parts.log.debug('pre scale-in tasks now complete');
  return { emptied: chosen.filter((machine) => emptied.includes(machine)), kept };
}

/** A node that was chosen for being empty is looked at again once nothing can land on it any more: work may have meanwhile. */
async function close(
  parts: NodePoolParts,
  { node }: Machine,
  config: NodePoolConfig,
  meta: Strings,
  signal: AbortSignal,
): Promise<void> {
  const { nodeSelectorStrategy: strategy } = config;
  const mustBeEmpty = strategy === 'empty' || strategy === 'empty_ignore_system';
  const check = async (within: AbortSignal) => {
    if (!mustBeEmpty) return;
    const { value } = await nodeAllocations(parts.nomad, node.ID, {}, within);
    if (!isEmptyTo(strategy, value)) throw usageError('node_not_empty', `node ${node.ID} is not empty any more`);
  };
  await drain(parts, node.ID, drainSpecOf(config), { meta, check }, signal);
}

/** How long nodes are given back for at most: also when the plugin is told to stop. */
const restoreMs = 30_000;

/** Gives nodes back, whatever came in between; what fails is logged, and seen by the next who looks for drained nodes. */
export async function restore(parts: NodePoolParts, machines: readonly Machine[]): Promise<void> {
  await eachOf(machines, drainsAtOnce, async ({ node }) => {
    try {
      await withDeadline(parts.clock, restoreMs, undefined, (within) => giveBack(parts, node.ID, within));
    } catch (error) {
      parts.log.error('node stays out of service', { node_id: node.ID, error });
    }
  });
}

/**
 * After their machines are gone: removes the nodes from Nomad if the policy says so. A failure is only a warning, since
 * Nomad forgets a dead node by itself.
 */
export async function forget(
  parts: NodePoolParts,
  { nodePurge }: NodePoolConfig,
  machines: readonly Machine[],
  signal: AbortSignal,
): Promise<void> {
  const { nomad, log } = parts;
  if (nodePurge === undefined) return;
  const wanted = goBool(nodePurge);
  if (wanted === undefined) log.error('failed to parse node_purge config param', { error: goBoolProblem(nodePurge) });
  if (wanted !== true) return;
  for (const { node } of machines) {
    try {
      await purgeNode(nomad, node.ID, signal);
      log.info('successfully purged Nomad node', { node_id: node.ID });
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn('failed to purge Nomad node', { node_id: node.ID, error });
    }
  }
}
