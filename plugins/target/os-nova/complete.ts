/** What servers are to have beside themselves: given to those that lack it, taken from those that are gone. */
import { eachOf } from 'nomad-autoscaler/sdk';
import { attachAll, floatingIpsOf } from './attach.ts';
import type { Server } from './cloud.ts';
import { extrasOf } from './mark.ts';
import { inTime, type Work } from './work.ts';

/**
 * Looks whether servers have what their own metadata promises, and attaches what is missing. What fails is logged, and tried
 * again later: the server may serve without it.
 */
export async function completeAll(work: Work, servers: readonly Server[], signal: AbortSignal): Promise<void> {
  const { parts, settings, config, gate } = work;
  await eachOf(servers, config.serverParallelism, async (server) => {
    const extras = extrasOf(server);
    try {
      await inTime(parts.clock, settings.actionTimeoutMs, signal, (within) =>
        attachAll(work, server, extras, { isResumed: true }, within),
      );
    } catch (error) {
      gate.isSwept = false;
      parts.log.error('a server lacks what it is to have', { instance_id: server.id, error });
    }
  });
}

/**
 * Deletes floating IPs of the pool that lead nowhere, or to a server that is gone. A cloud that does not tell them is none of
 * the pool's business.
 */
export async function releaseIps(work: Work, deleted: readonly Server[], signal: AbortSignal): Promise<void> {
  const { cloud, tag, parts, config } = work;
  try {
    const all = await cloud.floatingIps({ description: tag }, signal);
    const held = await Promise.all(deleted.map(({ id }) => floatingIpsOf(work, id, signal)));
    for (const { id, address } of [...all.filter(({ portId }) => portId === undefined), ...held.flat()]) {
      await cloud.deleteFloatingIp(id, signal);
      parts.log.info('removed a floating IP whose server is gone', { pool_name: config.poolName, address });
    }
  } catch (error) {
    if (signal.aborted) throw error;
    parts.log.warn('failed to look for floating IPs without a server', { error });
  }
}
