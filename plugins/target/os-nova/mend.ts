/**
 * Brings a pool in order after a crash, and replaces what broke. It goes by what stands in the metadata of the servers, in the
 * last drains of the nodes and in the descriptions of the floating IPs, so that it needs no memory of its own; done twice, it
 * does nothing more. Whoever calls has the pool for itself.
 */
import { eachOf, isAbort } from 'nomad-autoscaler/sdk';
import { drainSpecOf, forget, type Machine, whyNotEmpty } from 'nomad-autoscaler/sdk/nodepool';
import type { Server } from './cloud.ts';
import { completeAll, releaseIps } from './complete.ts';
import { isDeleted } from './count.ts';
import { discard } from './create.ts';
import { backInService } from './in-service.ts';
import { type PoolNodes, readNodes } from './left-nodes.ts';
import { accompaniedOf, isClean, type Leftovers, leftoversOf } from './leftovers.ts';
import { extrasOf, isRemoving } from './mark.ts';
import { removeServer } from './remove.ts';
import type { Work } from './work.ts';

/** What there is to mend among servers. */
export function leftoversIn({ settings, config, parts }: Work, servers: readonly Server[]): Leftovers {
  const { actionTimeoutMs, ignoredStates } = settings;
  const left = leftoversOf(servers, ignoredStates, actionTimeoutMs, parts.clock.now());
  return config.replaceErrorServers ? left : { ...left, broken: [] };
}

/** Whether there is something to mend, or nobody has looked yet. */
export const needsMending = ({ gate }: Work, left: Leftovers): boolean => !gate.isSwept || !isClean(left);

/**
 * A single thing that cannot be mended is logged, and tried again the next time.
 *
 * @throws what keeps it from looking.
 */
export async function mend(work: Work, signal: AbortSignal): Promise<void> {
  const { cloud, tag, gate } = work;
  const servers = await cloud.servers(tag, signal);
  const left = leftoversIn(work, servers);
  const isFirst = !gate.isSwept;
  gate.isSwept = true; // unless something in here finds that it has to be done again
  try {
    const nodes = await readNodes(work, left.removing.length + left.broken.length > 0, signal);
    await Promise.all([
      finish(work, left.removing, nodes, signal),
      replace(work, left.broken, nodes, signal),
      drop(work, left.hopeless, signal),
      ...(isFirst ? [sweep(work, servers, nodes, signal)] : []),
    ]);
  } catch (error) {
    gate.isSwept = false;
    throw error;
  }
}

/** What is done once after the start, since only a process that was killed leaves it. */
async function sweep(work: Work, servers: readonly Server[], nodes: PoolNodes, signal: AbortSignal): Promise<void> {
  const { running, deleted, isInMotion } = accompaniedOf(servers);
  await Promise.all([
    settleNodes(work, servers, nodes, signal),
    completeAll(work, running, signal),
    releaseIps(work, deleted, signal),
  ]);
  if (isInMotion) work.gate.isSwept = false;
}

/** Each on its own: what fails is logged. @param act  tells what it did. */
async function each(
  { parts, config }: Work,
  servers: readonly Server[],
  doing: string,
  act: (server: Server) => Promise<string>,
): Promise<void> {
  await eachOf(servers, config.serverParallelism, async (server) => {
    const fields = { pool_name: config.poolName, instance_id: server.id };
    try {
      parts.log.info(await act(server), fields);
    } catch (error) {
      if (isAbort(error)) throw error;
      parts.log.error(`failed to ${doing}`, { ...fields, error });
    }
  });
}

async function removeWithNode(work: Work, server: Server, machine: Machine | undefined, signal: AbortSignal) {
  const removal = await removeServer(work, server, signal);
  if (!removal.isRemoved) throw removal.why;
  if (machine !== undefined) await forget(work.parts, work.config, [machine], signal);
}

/** A server that was to go goes, unless its node is in service: somebody put it back, or work landed on it. */
function finish(work: Work, servers: readonly Server[], nodes: PoolNodes, signal: AbortSignal): Promise<void> {
  const { parts, config } = work;
  return each(work, servers, 'finish a removal that was cut off', async (server) => {
    const machine = nodes.of(server);
    const why = machine && (await whyNotEmpty(parts, machine.node.ID, drainSpecOf(config), signal));
    if (why !== undefined) {
      work.gate.isSwept = false; // some of what it is to have may be gone already
      await backInService(work, [{ server, nodeId: machine?.node.ID }]);
      return `a server that was to go stays: ${why}`;
    }
    await removeWithNode(work, server, machine, signal);
    return 'finished a removal that was cut off';
  });
}

/** A broken server whose node still works, or may do so, is left to people. */
function replace(work: Work, servers: readonly Server[], nodes: PoolNodes, signal: AbortSignal): Promise<void> {
  const mayGo = servers.filter((server) => server.zone === '' || !nodes.mayWork(server)); // without a zone it never ran
  return each(work, mayGo, 'remove a server in status ERROR', async (server) => {
    await removeWithNode(work, server, nodes.of(server), signal);
    return `removed a server in status ERROR: ${server.fault ?? 'Nova does not say why'}`;
  });
}

const drop = (work: Work, servers: readonly Server[], signal: AbortSignal): Promise<void> =>
  each(work, servers, 'remove a server that does not come up', async (server) => {
    await discard(work, server.id, extrasOf(server), signal);
    return 'removed a server that did not come up';
  });

/** Nodes that an earlier process emptied: those whose servers went are forgotten, the others are given back. */
async function settleNodes(
  work: Work,
  servers: readonly Server[],
  { left }: PoolNodes,
  signal: AbortSignal,
): Promise<void> {
  const { parts, config, settings } = work;
  const there = servers.filter((server) => !isDeleted(server));
  const byKey = new Map(there.map((server) => [settings.nodes.keyOf(server), server]));
  const gone = left.filter(({ remoteId }) => !byKey.has(remoteId));
  await forget(parts, config, gone, signal);
  const back = left.flatMap(({ remoteId, node }) => {
    const server = byKey.get(remoteId);
    return server === undefined || isRemoving(server) ? [] : [{ server, nodeId: node.ID }];
  });
  for (const { nodeId } of back) parts.log.info('gives back a node whose drain was cut off', { node_id: nodeId });
  await backInService(work, back);
}
