/** Whether a pool can be scaled now. Source: spec cluster-scaling.md §4. */
import { inContext } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { NodeListStub } from '../nomad/node-types.ts';
import { listNodes } from '../nomad/nodes.ts';
import type { NodePoolConfig } from './config.ts';
import { filterPool } from './filter.ts';
import { type NodePoolParts, reading } from './parts.ts';
import { isMember, type PoolConfig, poolOf } from './pool.ts';

/**
 * A pool in motion is not ready: that is no error. A pool without nodes is ready, or it could never get any.
 *
 * @throws `no_pool_identification` (usage); what Nomad refuses, after some tries.
 */
export async function isPoolReady(
  parts: Omit<NodePoolParts, 'ownNode'>,
  config: NodePoolConfig,
  signal: AbortSignal,
): Promise<boolean> {
  const { members } = await listPool(parts, config, signal);
  return areSettled(members, config, parts.log);
}

/**
 * Whether none of a pool's nodes is in motion.
 *
 * @param ignoreOwnDrain  the caller itself drains nodes just now, and can take that back.
 *
 * Compat: the text of the warning.
 */
export function areSettled(
  members: readonly NodeListStub[],
  config: NodePoolConfig,
  log: Logger,
  ignoreOwnDrain = false,
): boolean {
  const found = filterPool(members, poolOf(config), {
    ignoreOwnDrain,
    ignoreInit: config.nodeFilterIgnoreInit,
    ignoreDrain: config.nodeFilterIgnoreDrain,
    ignoreIneligible: config.nodeFilterIgnoreIneligible ?? false,
  });
  if (!found.ok) log.warn('node pool status readiness check failed', { error: found.errors.join(', ') });
  return found.ok;
}

/** The nodes of Nomad, newest first, and which of them are the pool's, in whatever state. */
export interface ListedPool {
  readonly all: readonly NodeListStub[];
  readonly members: readonly NodeListStub[];
}

/** @throws `no_pool_identification` (usage); what Nomad refuses, after some tries. */
export async function listPool(
  parts: Omit<NodePoolParts, 'ownNode'>,
  config: PoolConfig,
  signal: AbortSignal,
): Promise<ListedPool> {
  const pool = poolOf(config);
  const all = await reading(parts, (within) => listNodes(parts.nomad, false, within), signal).catch(
    (cause: unknown) => {
      throw inContext('failed to list Nomad nodes', cause);
    },
  );
  return { all, members: all.filter((node) => isMember(node, pool)) };
}
