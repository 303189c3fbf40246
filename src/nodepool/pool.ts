/** Which nodes make up a pool. Pure. Source: spec cluster-scaling.md §3.1. */
import { usageError } from '../lib/error.ts';
import type { NodeListStub } from '../nomad/node-types.ts';

/** The keys of a policy's target block, and of a query of nomad-apm, that say which pool is meant. */
export const poolKeys = ['node_class', 'datacenter', 'node_pool'] as const;

/** One of the keys that identify a pool, and its value. */
export interface PoolKey {
  readonly key: (typeof poolKeys)[number];
  readonly value: string;
}

/** A node belongs to the pool when every key holds. Never empty. */
export type Pool = readonly PoolKey[];

/** The class by which nodes without a class are meant. */
export const classOfNone = 'autoscaler-default-pool';

/** The keys of a policy that identify a pool. */
export interface PoolConfig {
  readonly nodeClass?: string | undefined;
  readonly datacenter?: string | undefined;
  readonly nodePool?: string | undefined;
}

/** @throws `no_pool_identification` (usage) when no key is set. Compat: the text. */
export function poolOf({ nodeClass, datacenter, nodePool }: PoolConfig): Pool {
  const values = { node_class: nodeClass, datacenter, node_pool: nodePool };
  const pool = poolKeys.flatMap((key): Pool => {
    const value = values[key];
    return value === undefined ? [] : [{ key, value }];
  });
  if (pool.length > 0) return pool;
  throw usageError('no_pool_identification', 'node pool identification method required');
}

/** Whether a node has every key of the pool. */
export const isMember = (node: NodeListStub, pool: Pool): boolean => pool.every((key) => holds(node, key));

function holds(node: NodeListStub, { key, value }: PoolKey): boolean {
  if (key === 'node_class') return node.NodeClass === '' ? value === classOfNone : node.NodeClass === value;
  return poolValue(node, key) === value;
}

const poolValue = (node: NodeListStub, key: PoolKey['key']): string =>
  ({ node_class: node.NodeClass, datacenter: node.Datacenter, node_pool: node.NodePool })[key];

/** `node_class=web, datacenter=dc1`. */
export const shownPool = (pool: Pool): string => pool.map(written).join(', ');

const written = ({ key, value }: PoolKey): string => `${key}=${value}`;

/** Why no node of the pool counts: which key no node has and what they have instead, or in which states its members are. */
export function whyEmpty(nodes: readonly NodeListStub[], pool: Pool): string {
  const members = nodes.filter((node) => isMember(node, pool));
  if (members.length > 0) {
    const states = counted(members.map((node) => (node.Status === 'ready' ? node.SchedulingEligibility : node.Status)));
    return `none of its ${members.length} nodes is ready and eligible (${states})`;
  }
  if (nodes.length === 0) return 'Nomad has no nodes at all';
  const missing = pool.find((key) => !nodes.some((node) => holds(node, key)));
  if (missing === undefined) return `no node has ${pool.map(written).join(' and ')} at once`;
  const others = counted(nodes.map((node) => poolValue(node, missing.key) || 'unset'));
  return `no node has ${written(missing)}; ${missing.key} of the ${nodes.length} nodes: ${others}. ${remedy[missing.key](missing.value)}`;
}

const remedy: Readonly<Record<PoolKey['key'], (value: string) => string>> = {
  node_class: (value) =>
    `Set node_class = "${value}" in the client block of the pool's nodes, or mend node_class in the policy's target`,
  node_pool: (value) =>
    `Set node_pool = "${value}" in the client block of the pool's nodes, or mend node_pool in the policy's target`,
  datacenter: (value) =>
    `Set datacenter = "${value}" in the agent configuration of the pool's nodes, or mend datacenter in the policy's target`,
};

/** `web (3), unset (1)`: the five most frequent. */
function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ordered = [...counts].sort(([, one], [, other]) => other - one);
  const shown = ordered.slice(0, 5).map(([value, count]) => `${value} (${count})`);
  return ordered.length > 5 ? `${shown.join(', ')}, …` : shown.join(', ');
}
