/** Whether a pool can be scaled now. Source: spec cluster-scaling.md §4. */
import { inContext } from '../lib/error.ts';
import { listNodes } from '../nomad/nodes.ts';
import type { NodePoolConfig } from './config.ts';
import { filterPool } from './filter.ts';
import { type NodePoolParts, reading } from './parts.ts';
import { poolOf } from './pool.ts';

/**
 * A pool in motion is not ready: that is no error. A pool without nodes is ready, or it could never get any.
 *
 * @throws `no_pool_identification` (usage); what Nomad refuses, after some tries.
 *
 * Compat: the text of the warning.
 */
export async function isPoolReady(
  parts: Omit<NodePoolParts, 'ownNode'>,
  config: NodePoolConfig,
  signal: AbortSignal,
): Promise<boolean> {
  const { nomad, log } = parts;
  const pool = poolOf(config);
  const nodes = await reading(parts, (within) => listNodes(nomad, false, within), signal).catch((cause: unknown) => {
    throw inContext('failed to list Nomad nodes', cause);
  });
  const found = filterPool(nodes, pool, {
    ignoreInit: config.nodeFilterIgnoreInit,
    ignoreDrain: config.nodeFilterIgnoreDrain,
    ignoreIneligible: config.nodeFilterIgnoreIneligible ?? false,
  });
  if (!found.ok) log.warn('node pool status readiness check failed', { error: found.errors.join(', ') });
  return found.ok;
}
