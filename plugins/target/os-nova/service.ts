/** Marks servers for what is to become of them, and gives those back that stay. */
import { eachOf } from 'nomad-autoscaler/sdk';
import { giveBack } from 'nomad-autoscaler/sdk/nodepool';
import type { Server } from './cloud.ts';
import { type ServerState, stateMark } from './mark.ts';
import { inTime, type Work } from './work.ts';

/** Writes down what is about to happen to a server, before it happens. */
export const mark = (
  { cloud, parts }: Work,
  { id }: Pick<Server, 'id'>,
  state: ServerState,
  signal: AbortSignal,
): Promise<void> => cloud.setMetadata(id, stateMark(state, parts.clock.now()), signal);

/** A server that stays, and its node, if Nomad has one. */
export interface Staying {
  readonly server: Pick<Server, 'id'>;
  readonly nodeId: string | undefined;
}

/** Also when the plugin is told to stop. */
const giveBackMs = 30_000;

/**
 * Puts servers back into service: first the node, then the mark, so that what is cut off in between is seen and done again.
 *
 * @returns once it was tried with all; what fails is logged, and its mark stays.
 */
export async function backInService(work: Work, all: readonly Staying[]): Promise<void> {
  const { parts, config } = work;
  await eachOf(all, config.serverParallelism, async ({ server, nodeId }) => {
    try {
      await inTime(parts.clock, giveBackMs, undefined, async (signal) => {
        if (nodeId !== undefined) await giveBack(parts, nodeId, signal);
        await mark(work, server, 'in-service', signal);
      });
    } catch (error) {
      parts.log.error('server is not back in service yet', { instance_id: server.id, node_id: nodeId, error });
    }
  });
}
