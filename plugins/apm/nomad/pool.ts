/** The pool that a query names, as far as it can take allocations. Source: spec cluster-scaling.md §3, plugins.md §7.4. */
import { AutoscalerError, goBool, goBoolProblem, inContext, usageError } from 'nomad-autoscaler/sdk';
import { filterPool, type NodeFilter, type Pool, whyEmpty } from 'nomad-autoscaler/sdk/nodepool';
import type { NodeListStub } from 'nomad-autoscaler/sdk/nomad';
import type { Config } from './config.ts';

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
    ignoreOwnDrain: true,
    ignoreDrain: read('node_filter_ignore_drain', config.ignoreDrain),
    ignoreIneligible: read('node_filter_ignore_ineligible', config.ignoreIneligible),
  };
}

/**
 * The nodes of the pool that can take allocations. Those that are down or ineligible are left out; one that is still
 * initializing, or draining, makes the whole pool unknown unless the filter says otherwise.
 *
 * @throws `pool_unsettled` (remote, retryable).
 */
export function poolNodes(nodes: readonly NodeListStub[], pool: Pool, filter: NodeFilter): readonly NodeListStub[] {
  const found = filterPool(nodes, pool, filter);
  if (found.ok) return found.nodes;
  const facts = { blame: 'remote', retryable: true } as const;
  const cause = new AutoscalerError('pool_unsettled', found.errors.join(', '), facts);
  throw inContext('failed to identify nodes within pool', cause);
}

/** `no_nodes_in_pool` (usage), with what to look at. */
export function emptyPool(nodes: readonly NodeListStub[], pool: Pool): AutoscalerError {
  const facts = { blame: 'usage', retryable: true } as const;
  return new AutoscalerError('no_nodes_in_pool', `no nodes identified within pool: ${whyEmpty(nodes, pool)}`, facts);
}
