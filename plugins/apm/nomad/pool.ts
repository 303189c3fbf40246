/** Which nodes make up a pool, and which of them count. Pure. Source: spec cluster-scaling.md §3. */
import { AutoscalerError, goBool, goBoolProblem, inContext, usageError } from 'nomad-autoscaler/sdk';
import type { NodeListStub } from 'nomad-autoscaler/sdk/nomad';
import type { Config } from './config.ts';
import type { PoolKey } from './parse.ts';

export interface NodeFilter {
  readonly ignoreDrain: boolean;
  readonly ignoreInit: boolean;
  readonly ignoreIneligible: boolean;
}

/** The class by which nodes without a class are meant. */
const classOfNone = 'autoscaler-default-pool';
const mostErrors = 10;

/** @throws `invalid_config` (usage) with upstream's text. */
export function nodeFilter(config: Pick<Config, 'ignoreInit' | 'ignoreDrain' | 'ignoreIneligible'>): NodeFilter {
  const read = (name: string, text: string | undefined) => {
    if (text === undefined) return false;
    const value = goBool(text);
    if (value !== undefined) return value;
    const why = `failed to parse value ${text} for ${name} configuration: ${goBoolProblem(text)}`;
    throw usageError('invalid_config', `failed to parse node filter options: ${why}`);
  };
  return {
    ignoreInit: read('node_filter_ignore_init', config.ignoreInit),
    ignoreDrain: read('node_filter_ignore_drain', config.ignoreDrain),
    ignoreIneligible: read('node_filter_ignore_ineligible', config.ignoreIneligible),
  };
}

/**
 * The nodes of the pool that can take allocations. Those that are down or ineligible are left out; one that is still
 * initializing, or draining, makes the whole pool unknown unless the filter says otherwise.
 *
 * @throws `pool_unsettled` (remote, retryable); `no_nodes_in_pool` (usage), with what to look at.
 */
export function poolNodes(
  nodes: readonly NodeListStub[],
  pool: readonly PoolKey[],
  filter: NodeFilter,
): readonly NodeListStub[] {
  const members = nodes.filter((node) => pool.every((key) => holds(node, key)));
  const errors: string[] = [];
  const kept: NodeListStub[] = [];
  for (const node of members) {
    if (errors.length === mostErrors) break;
    if (!node.Drain && node.Status === 'ready') {
      if (node.SchedulingEligibility === 'eligible' || filter.ignoreIneligible) kept.push(node);
    } else if (node.Status === 'initializing' && !filter.ignoreInit) errors.push(`node ${node.ID} is initializing`);
    else if (node.Drain && !filter.ignoreDrain) errors.push(`node ${node.ID} is draining`);
  }
  if (errors.length > 0) {
    const cause = new AutoscalerError('pool_unsettled', errors.join(', '), { blame: 'remote', retryable: true });
    throw inContext('failed to identify nodes within pool', cause);
  }
  if (kept.length > 0) return kept;
  throw new AutoscalerError('no_nodes_in_pool', `no nodes identified within pool: ${whyEmpty(nodes, members, pool)}`, {
    blame: 'usage',
    retryable: true,
  });
}

function holds(node: NodeListStub, { key, value }: PoolKey): boolean {
  if (key === 'node_class') return node.NodeClass === '' ? value === classOfNone : node.NodeClass === value;
  return poolValue(node, key) === value;
}

const poolValue = (node: NodeListStub, key: PoolKey['key']): string =>
  ({ node_class: node.NodeClass, datacenter: node.Datacenter, node_pool: node.NodePool })[key];

/** Says what to look at: the key that no node has and what the nodes have instead, or why the members do not count. */
function whyEmpty(nodes: readonly NodeListStub[], members: readonly NodeListStub[], pool: readonly PoolKey[]): string {
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

const written = ({ key, value }: PoolKey): string => `${key}=${value}`;

/** `web (3), unset (1)`: the five most frequent. */
function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ordered = [...counts].sort(([, one], [, other]) => other - one);
  const shown = ordered.slice(0, 5).map(([value, count]) => `${value} (${count})`);
  return ordered.length > 5 ? `${shown.join(', ')}, …` : shown.join(', ');
}
