/** Marks servers that are to go, and puts those that stay back into service. */
import { eachOf } from 'nomad-autoscaler/sdk';
import { giveBack } from 'nomad-autoscaler/sdk/nodepool';
import type { Server } from './cloud.ts';
import { isRemoving, removingMark, stayingMark } from './mark.ts';
import { refusalOf } from './openstack/error.ts';
import { inTime, type Work } from './work.ts';

/**
 * From here on the server goes: whoever finds the mark finishes that. Where the mark is refused it goes all the same; only a
 * crash in the next moments is not made up for then.
 */
export async function markRemoving(work: Work, { id }: Server, signal: AbortSignal): Promise<void> {
  const { cloud, parts } = work;
  try {
    await cloud.setMetadata(id, removingMark(parts.clock.now()), signal);
  } catch (error) {
    if (!refusals.has(refusalOf(error)?.status ?? 0)) throw error;
    parts.log.warn('the server cannot be marked for its removal', { instance_id: id, error });
  }
}

/** The project may not, the cloud cannot, or the server is in a status that allows it nobody. */
const refusals: ReadonlySet<number> = new Set([403, 404, 405, 409]);

/** A server that stays, and its node, if Nomad has one. */
export interface Staying {
  readonly server: Server;
  readonly nodeId: string | undefined;
}

/** Also when the plugin is told to stop. */
const giveBackMs = 30_000;

/**
 * First the node, then the mark, so that what is cut off in between is seen and done again.
 *
 * @returns once it was tried with all; what fails is logged, and found by the next who looks at the pool.
 */
export async function backInService(work: Work, all: readonly Staying[]): Promise<void> {
  const { cloud, parts, config, gate } = work;
  await eachOf(all, config.serverParallelism, async ({ server, nodeId }) => {
    try {
      await inTime(parts.clock, giveBackMs, undefined, async (signal) => {
        if (nodeId !== undefined) await giveBack(parts, nodeId, signal);
        const now = await cloud.server(server.id, signal);
        if (now !== undefined && isRemoving(now)) await cloud.setMetadata(server.id, stayingMark, signal);
      });
    } catch (error) {
      gate.isSwept = false;
      parts.log.error('server is not back in service yet', { instance_id: server.id, node_id: nodeId, error });
    }
  });
}
