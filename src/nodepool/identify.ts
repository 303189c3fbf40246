/** Finds the nodes of a pool that may go, and the machine behind each. Source: spec cluster-scaling.md §5, §6. */
import { eachOf } from '../lib/each.ts';
import { AutoscalerError, explain, inContext } from '../lib/error.ts';
import type { Node, NodeListStub } from '../nomad/node-types.ts';
import { listNodes, nodeAllocations, readNode } from '../nomad/nodes.ts';
import type { NodePoolConfig } from './config.ts';
import { filterPool, type NodeFilter } from './filter.ts';
import { type NodePoolParts, reading, readsAtOnce } from './parts.ts';
import { isMember, poolOf, shownPool } from './pool.ts';
import { type Candidate, readsAllocations, selectNodes } from './select.ts';

/** A node and the machine that it is, by the provider's ID for it. */
export interface Machine {
  readonly node: NodeListStub;
  readonly remoteId: string;
}

/** Finds a node's machine. @throws when the node does not tell. */
export type RemoteIdOf = (node: Node) => string;

/**
 * The members that may go and whose machine the provider has, newest first.
 *
 * @param remoteIds  what the provider has in the pool, exactly as `remoteIdOf` names it.
 * @throws           `pool_unsettled` while a member is in motion; `no_removable_nodes` (usage) when there is none.
 */
export async function removableMachines(
  parts: NodePoolParts,
  config: NodePoolConfig,
  remoteIds: ReadonlySet<string>,
  remoteIdOf: RemoteIdOf,
  signal: AbortSignal,
): Promise<readonly Machine[]> {
  const { nomad, log, ownNode } = parts;
  const pool = poolOf(config);
  log.debug('performing node pool filtering', { identifiers: shownPool(pool) });
  const all = await reading(parts, (within) => listNodes(nomad, true, within), signal).catch((cause: unknown) => {
    throw inContext('failed to list Nomad nodes from API', cause);
  });
  for (const node of all) if (isMember(node, pool)) log.debug('found node', shownNode(node));
  const found = filterPool(all, pool, scaleInFilter(config));
  if (!found.ok) {
    throw new AutoscalerError('pool_unsettled', found.errors.join(', '), { blame: 'remote', retryable: true });
  }
  const own = await ownNode.id(signal);
  const nodes = found.nodes.filter((node) => node.ID !== own);
  for (const node of nodes) log.debug('node passed filter criteria', { node_id: node.ID });
  if (nodes.length === 0) throw none(`no nodes unfiltered for pool identifiers: ${shownPool(pool)}`);
  const machines = await machinesOf(parts, nodes, remoteIdOf, signal);
  const known = machines.filter(({ remoteId }) => remoteIds.has(remoteId));
  for (const { node, remoteId } of known) {
    log.debug('node is part of the policy target', { node_id: node.ID, remote_id: remoteId });
  }
  if (known.length === 0) throw none('no nodes identified for scaling in action');
  return known;
}

const shownNode = (node: NodeListStub) => ({
  ...{ node_id: node.ID, datacenter: node.Datacenter, node_class: node.NodeClass, node_pool: node.NodePool },
  ...{ status: node.Status, draining: node.Drain, eligibility: node.SchedulingEligibility },
});

/** Drained nodes whose machines are still there stay candidates unless the policy says otherwise. */
const scaleInFilter = (config: NodePoolConfig): NodeFilter => ({
  ignoreInit: config.nodeFilterIgnoreInit,
  ignoreDrain: config.nodeFilterIgnoreDrain,
  ignoreIneligible: config.nodeFilterIgnoreIneligible ?? true,
});

/** A node that does not tell its machine is left out, with a warning; if none does, that is the error. */
async function machinesOf(
  parts: NodePoolParts,
  nodes: readonly NodeListStub[],
  remoteIdOf: RemoteIdOf,
  signal: AbortSignal,
): Promise<readonly Machine[]> {
  const { log } = parts;
  const { machines, unmapped } = await findMachines(parts, nodes, remoteIdOf, signal);
  for (const { node, remoteId } of machines) {
    log.debug('identified remote provider ID for node', { node_id: node.ID, remote_id: remoteId });
  }
  for (const { node, error } of unmapped) {
    log.warn('node does not tell which machine it is, so it is never removed', { node_id: node.ID, error });
  }
  if (machines.length === 0) throw none(unmapped.map(({ error }) => explain(error)).join(', '));
  return machines;
}

/** Nodes by whether they tell their machine, each in the order given. */
export interface FoundMachines {
  /** With all that Nomad says of the node. */
  readonly machines: readonly (Machine & { readonly details: Node })[];
  readonly unmapped: readonly { readonly node: NodeListStub; readonly error: unknown }[];
}

/** Reads each node in full and asks it for its machine. */
export async function findMachines(
  parts: Omit<NodePoolParts, 'ownNode'>,
  nodes: readonly NodeListStub[],
  remoteIdOf: RemoteIdOf,
  signal: AbortSignal,
): Promise<FoundMachines> {
  const machines: (Machine & { readonly details: Node })[] = [];
  const unmapped: { node: NodeListStub; error: unknown }[] = [];
  const read = await eachOf(nodes, readsAtOnce, async (node) => {
    const { value } = await reading(parts, (within) => readNode(parts.nomad, node.ID, {}, within), signal);
    return { node, value };
  });
  for (const { node, value } of read) {
    try {
      machines.push({ node, details: value, remoteId: remoteIdOf(value) });
    } catch (error) {
      unmapped.push({ node, error });
    }
  }
  return { machines, unmapped };
}

/**
 * Chooses by the policy's strategy.
 *
 * @throws `no_removable_nodes`, with the cause if there is one. Compat: the text.
 */
export async function chooseMachines(
  parts: NodePoolParts,
  { nodeSelectorStrategy: strategy }: NodePoolConfig,
  machines: readonly Machine[],
  count: number,
  signal: AbortSignal,
): Promise<readonly Machine[]> {
  const { log } = parts;
  if (count > machines.length) {
    log.warn('can only identify portion of requested nodes for removal', {
      requested: count,
      available: machines.length,
    });
  }
  log.debug('performing node selection', { selector_strategy: strategy });
  const candidates: readonly MachineCandidate[] = readsAllocations(strategy)
    ? await eachOf(machines, readsAtOnce, (machine) => candidateOf(parts, machine, strategy === 'least_busy', signal))
    : machines;
  const chosen = select(() => selectNodes(strategy, candidates, count), strategy);
  if (chosen.length < count) {
    log.info('identified portion of requested nodes for removal', { requested: count, identified: chosen.length });
  }
  for (const { node, remoteId } of chosen) {
    log.debug('node selected for removal', { node_id: node.ID, remote_id: remoteId });
  }
  return chosen;
}

type MachineCandidate = Machine & Candidate;

function select(choose: () => readonly MachineCandidate[], strategy: string): readonly MachineCandidate[] {
  const failure = `no nodes selected using strategy ${strategy}`;
  let selected: readonly MachineCandidate[];
  try {
    selected = choose();
  } catch (cause) {
    throw inContext(failure, cause);
  }
  if (selected.length > 0) return selected;
  throw none(failure);
}

/** What is on the node; unknown when it cannot be read, which the strategies take for full. */
async function candidateOf(
  parts: NodePoolParts,
  machine: Machine,
  needsResources: boolean,
  signal: AbortSignal,
): Promise<MachineCandidate> {
  const { nomad, log } = parts;
  const { node } = machine;
  try {
    const { value: allocations } = await reading(
      parts,
      (within) => nodeAllocations(nomad, node.ID, {}, within),
      signal,
    );
    if (node.NodeResources || !needsResources) return { ...machine, allocations };
    const { value } = await reading(parts, (within) => readNode(nomad, node.ID, {}, within), signal);
    return { ...machine, allocations, resources: value };
  } catch (error) {
    if (signal.aborted) throw error;
    log.error('failed to detail node allocs', { node_id: node.ID, error });
    return machine;
  }
}

const none = (why: string) => new AutoscalerError('no_removable_nodes', why, { blame: 'usage', retryable: true });
