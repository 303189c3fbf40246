import { AutoscalerError, eachOf, inContext, type PluginWorld } from 'nomad-autoscaler/sdk';
import { isMember, type Pool } from 'nomad-autoscaler/sdk/nodepool';
import type { NodeCapacity, NodeListStub, SharedNomad, WaitingGroup } from 'nomad-autoscaler/sdk/nomad';
import type { Config } from './config.ts';
import type { NodeQuery } from './parse.ts';
import { emptyPool, nodeFilter, poolNodes } from './pool.ts';
import { placeOf, type Wanted, wantedIn } from './wanted.ts';

type Nomad = Pick<SharedNomad, 'nodes' | 'waiting'>;
type Nodes = SharedNomad['nodes'];

/** Nodes whose figures are read at the same time. */
const atOnce = 4;

/**
 * The answer for a pool without a node for which something waits, in percent. Nobody knows yet what a node will have: by
 * `target-value` and `pass-through` it leads from none to one, and then there is a node to reckon with.
 */
const fromNothing = 1;

/**
 * How much of what the pool's ready nodes can give is allocated, in percent; and with `percentage-wanted` allocated or
 * waited for, which may be more than 100.
 *
 * @throws `no_nodes_in_pool`, `pool_unsettled`, `incomplete_resources`; `no_capacity` when they can give nothing at all.
 */
export async function nodePoolMetric(
  { nodes, waiting }: Nomad,
  query: NodeQuery,
  config: Config,
  log: PluginWorld['log'],
  signal: AbortSignal,
): Promise<number> {
  const all = await nodes.list(signal).catch((cause: unknown) => {
    throw inContext('failed to list Nomad nodes', cause);
  });
  const members = poolNodes(all, query.pool, nodeFilter(config));
  const groups = query.operation === 'percentage-wanted' ? await waitingGroups(waiting, signal) : [];
  if (members.length === 0) {
    if (isBare(all, query.pool) && wantedFromNothing(all, query.pool, groups).count > 0) return fromNothing;
    throw emptyPool(all, query.pool);
  }
  const figures = await eachOf(members, atOnce, (node) => figuresOf(nodes, node, signal));
  const allocatable = sum(figures.map((one) => one.allocatable));
  const allocated = sum(figures.map((one) => one.allocated));
  const wanted = await wantedBeside(nodes, query.pool, members, figures, groups, signal);
  log.debug('collected node pool resource data', {
    allocated_cpu: allocated.cpuMhz,
    allocated_memory: allocated.memoryMb,
    allocatable_cpu: allocatable.cpuMhz,
    allocatable_memory: allocatable.memoryMb,
    ...(query.operation === 'percentage-wanted' && {
      wanted_cpu: wanted.cpuMhz,
      wanted_memory: wanted.memoryMb,
      wanted_allocations: wanted.count,
    }),
  });
  return query.metric === 'cpu'
    ? percent(allocated.cpuMhz + wanted.cpuMhz, allocatable.cpuMhz, 'cpu')
    : percent(allocated.memoryMb + wanted.memoryMb, allocatable.memoryMb, 'memory');
}

async function waitingGroups(waiting: Nomad['waiting'], signal: AbortSignal): Promise<readonly WaitingGroup[]> {
  return waiting.groups(signal).catch((cause: unknown) => {
    throw inContext('failed to read what waits for room', cause);
  });
}

/** Nothing of it could run: a node that is only held back by somebody may come back and is no reason for another. */
const isBare = (all: readonly NodeListStub[], pool: Pool): boolean =>
  !all.some((node) => isMember(node, pool) && node.Status === 'ready');

/** By what the pool's former nodes were like, where Nomad still knows them, and by its keys. */
function wantedFromNothing(all: readonly NodeListStub[], pool: Pool, groups: readonly WaitingGroup[]): Wanted {
  const former = all.filter((node) => isMember(node, pool));
  return wantedIn({ ...placeOf(former, pool), computedClasses: [], largest: undefined }, groups);
}

async function wantedBeside(
  nodes: Nodes,
  pool: Pool,
  members: readonly NodeListStub[],
  figures: readonly Figures[],
  groups: readonly WaitingGroup[],
  signal: AbortSignal,
): Promise<Wanted> {
  const largest = {
    cpuMhz: Math.max(...figures.map(({ allocatable }) => allocatable.cpuMhz)),
    memoryMb: Math.max(...figures.map(({ allocatable }) => allocatable.memoryMb)),
  };
  // Read only where Nomad ruled out some nodes for good.
  const isDoubted = groups.some(({ classes }) => Object.values(classes).includes(false));
  const computedClasses = isDoubted ? await eachOf(members, atOnce, (node) => nodes.computedClass(node, signal)) : [];
  return wantedIn({ ...placeOf(members, pool), computedClasses, largest }, groups);
}

export function percent(allocated: number, allocatable: number, what: string): number {
  if (allocatable !== 0) return (allocated * 100) / allocatable;
  throw new AutoscalerError('no_capacity', `zero allocatable ${what} found in pool`, { blame: 'remote' });
}

interface Figures {
  readonly allocatable: NodeCapacity;
  readonly allocated: NodeCapacity;
}

async function figuresOf(nodes: Nodes, node: NodeListStub, signal: AbortSignal): Promise<Figures> {
  const failed = (what: string) => (cause: unknown) => {
    throw inContext(`failed to get ${what} resources on node ${node.ID}`, cause);
  };
  return {
    allocatable: await nodes.allocatable(node, signal).catch(failed('allocatable')),
    allocated: await nodes.allocated(node.ID, signal).catch(failed('allocated')),
  };
}

function sum(parts: readonly NodeCapacity[]): NodeCapacity {
  return parts.reduce(
    (total, part) => ({ cpuMhz: total.cpuMhz + part.cpuMhz, memoryMb: total.memoryMb + part.memoryMb }),
    { cpuMhz: 0, memoryMb: 0 },
  );
}
