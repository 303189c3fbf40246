import { AutoscalerError, eachOf, inContext, type PluginWorld } from 'nomad-autoscaler/sdk';
import type { NodeCapacity, NodeListStub, SharedNomad } from 'nomad-autoscaler/sdk/nomad';
import type { Config } from './config.ts';
import type { NodeQuery } from './parse.ts';
import { nodeFilter, poolNodes } from './pool.ts';

type Nodes = SharedNomad['nodes'];

/** Nodes whose figures are read at the same time. */
const atOnce = 4;

/**
 * How much of what the pool's ready nodes can give is allocated, in percent.
 *
 * @throws `no_nodes_in_pool`, `pool_unsettled`, `incomplete_resources`; `no_capacity` when they can give nothing at all.
 */
export async function nodePoolMetric(
  nodes: Nodes,
  query: NodeQuery,
  config: Config,
  log: PluginWorld['log'],
  signal: AbortSignal,
): Promise<number> {
  const all = await nodes.list(signal).catch((cause: unknown) => {
    throw inContext('failed to list Nomad nodes', cause);
  });
  const members = poolNodes(all, query.pool, nodeFilter(config));
  const figures = await eachOf(members, atOnce, (node) => figuresOf(nodes, node, signal));
  const allocatable = sum(figures.map((one) => one.allocatable));
  const allocated = sum(figures.map((one) => one.allocated));
  log.debug('collected node pool resource data', {
    allocated_cpu: allocated.cpuMhz,
    allocated_memory: allocated.memoryMb,
    allocatable_cpu: allocatable.cpuMhz,
    allocatable_memory: allocatable.memoryMb,
  });
  return query.metric === 'cpu'
    ? percent(allocated.cpuMhz, allocatable.cpuMhz, 'cpu')
    : percent(allocated.memoryMb, allocatable.memoryMb, 'memory');
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
