/**
 * Brings a pool in order after a crash, and replaces what broke. It goes by what stands in the metadata of the servers, in the
 * last drains of the nodes and in the descriptions of the floating IPs, so that it needs no memory of its own; done twice, it
 * does nothing more. Whoever calls has the pool for itself.
 */
import { eachOf, explain } from 'nomad-autoscaler/sdk';
import {
  drainMarker,
  drainSpecOf,
  findMachines,
  forget,
  listPool,
  type Machine,
  whyNotEmpty,
} from 'nomad-autoscaler/sdk/nodepool';
import { attachAll } from './attach.ts';
import type { Server } from './cloud.ts';
import { discard } from './create.ts';
import { isClean, type Leftovers, leftoversOf } from './leftovers.ts';
import { extrasOf } from './mark.ts';
import { removeServer } from './remove.ts';
import { backInService, mark } from './service.ts';
import { inTime, type Work } from './work.ts';

/** What there is to mend among servers. */
export function leftoversIn({ settings, config, parts }: Work, servers: readonly Server[]): Leftovers {
  const { actionTimeoutMs, ignoredStates } = settings;
  const left = leftoversOf(servers, ignoredStates, actionTimeoutMs, parts.clock.now());
  return config.replaceErrorServers ? left : { ...left, broken: [] };
}

/** Whether somebody has to look at more than the list of servers. */
export const needsMending = ({ gate }: Work, left: Leftovers): boolean => !gate.isSwept || !isClean(left);

/**
 * @returns    whether anything was changed, so that the pool is another one than was counted.
 * @throws     what keeps it from looking; a single thing that cannot be mended is logged, and tried again the next time.
 */
export async function mend(work: Work, signal: AbortSignal): Promise<boolean> {
  const { cloud, tag, gate } = work;
  const servers = await cloud.servers(tag, signal);
  const left = leftoversIn(work, servers);
  const nodes = await nodesOf(work, left, signal);
  const changes = await Promise.all([
    finish(work, left.removing, nodes, signal),
    giveBack(work, left.draining, nodes),
    complete(work, left.incomplete, signal),
    drop(work, left.hopeless, signal),
    replace(work, left.broken, nodes, signal),
    gate.isSwept ? 0 : forgetGone(work, servers, nodes, signal),
    gate.isSwept ? 0 : releaseLostIps(work, signal),
  ]);
  gate.isSwept = true;
  return changes.some((changed) => changed > 0);
}

/** The pool's nodes, by what they tell of their servers. */
interface Nodes {
  readonly byKey: ReadonlyMap<string, Machine>;
  /** Nodes that work and do not tell which server they are: any server may be theirs. */
  readonly unknown: number;
  /** Drained by this target for this pool and not in service since. */
  readonly emptied: readonly Machine[];
}

/** Reading a node costs a request: only those that matter are. */
async function nodesOf(work: Work, left: Leftovers, signal: AbortSignal): Promise<Nodes> {
  const { parts, config, settings, gate } = work;
  const asksForServers = [left.removing, left.draining, left.broken].some((servers) => servers.length > 0);
  if (gate.isSwept && !asksForServers) return { byKey: new Map(), unknown: 0, emptied: [] };
  const { members } = await listPool(parts, config, signal);
  const isEmptied = ({ node: { Drain, SchedulingEligibility, LastDrain } }: Pick<Machine, 'node'>) =>
    !Drain &&
    SchedulingEligibility === 'ineligible' &&
    LastDrain?.Meta?.['drained_by'] === drainMarker.drained_by &&
    LastDrain.Meta['pool'] === config.poolName;
  const wanted = asksForServers ? members : members.filter((node) => isEmptied({ node }));
  const { machines, unmapped } = await findMachines(parts, wanted, settings.nodes.remoteIdOf, signal);
  return {
    byKey: new Map(machines.map((machine) => [machine.remoteId, machine])),
    unknown: unmapped.filter(({ node }) => node.Status === 'ready').length,
    emptied: machines.filter(isEmptied),
  };
}

const nodeOf = ({ settings }: Work, { byKey }: Nodes, server: Server): Machine | undefined =>
  byKey.get(settings.nodes.keyOf(server));

/** One after the other, each on its own: what fails is logged. @returns how many succeeded. */
async function each(
  work: Work,
  servers: readonly Server[],
  what: string,
  act: (server: Server) => Promise<void>,
): Promise<number> {
  const done = await eachOf(servers, work.config.serverParallelism, async (server) => {
    try {
      await act(server);
      work.parts.log.info(what, { pool_name: work.config.poolName, instance_id: server.id });
      return 1;
    } catch (error) {
      work.parts.log.error(`not yet: ${what}`, { pool_name: work.config.poolName, instance_id: server.id, error });
      return 0;
    }
  });
  return done.reduce<number>((sum, one) => sum + one, 0);
}

/** A server that was to go goes, unless its node was put back into service meanwhile. */
function finish(work: Work, servers: readonly Server[], nodes: Nodes, signal: AbortSignal): Promise<number> {
  const { parts, config } = work;
  return each(work, servers, 'finished a removal that was cut off', async (server) => {
    const machine = nodeOf(work, nodes, server);
    const why = machine && (await whyNotEmpty(parts, machine.node.ID, drainSpecOf(config), signal));
    if (why !== undefined) {
      parts.log.warn('server was to be removed and stays', { instance_id: server.id, why });
      return backInService(work, [{ server, nodeId: machine?.node.ID }]);
    }
    const removal = await removeServer(work, server, signal);
    if (!removal.isRemoved) throw removal.why;
    if (machine !== undefined) await forget(parts, config, [machine], signal);
  });
}

async function giveBack(work: Work, servers: readonly Server[], nodes: Nodes): Promise<number> {
  await backInService(
    work,
    servers.map((server) => ({ server, nodeId: nodeOf(work, nodes, server)?.node.ID })),
  );
  for (const { id } of servers) work.parts.log.info('gave back a server whose drain was cut off', { instance_id: id });
  return servers.length;
}

/** What a server still lacks is attached, as its own metadata says; where that cannot be, it goes, as in its creation. */
function complete(work: Work, servers: readonly Server[], signal: AbortSignal): Promise<number> {
  const { parts, settings } = work;
  return each(work, servers, 'completed a server whose creation was cut off', async (server) => {
    const extras = extrasOf(server);
    try {
      await inTime(parts.clock, settings.actionTimeoutMs, signal, async (within) => {
        await attachAll(work, server, extras, { isResumed: true }, within);
        await mark(work, server, 'in-service', within);
      });
    } catch (error) {
      if (signal.aborted) throw error;
      parts.log.warn('a server cannot be completed', { instance_id: server.id, error });
      await discard(work, server.id, extras, signal);
    }
  });
}

const drop = (work: Work, servers: readonly Server[], signal: AbortSignal): Promise<number> =>
  each(work, servers, 'removed a server whose creation came to nothing', (server) =>
    discard(work, server.id, extrasOf(server), signal),
  );

/** A broken server whose node still works, or may do so, is left to people. */
function replace(work: Work, servers: readonly Server[], nodes: Nodes, signal: AbortSignal): Promise<number> {
  const mayGo = servers.filter((server) => {
    const status = nodeOf(work, nodes, server)?.node.Status;
    const neverRan = server.zone === '';
    return neverRan || status === 'down' || (status === undefined && nodes.unknown === 0);
  });
  return each(work, mayGo, 'removed a server in status ERROR', async (server) => {
    const { parts, config } = work;
    parts.log.warn('a server is in status ERROR and is removed', { instance_id: server.id, fault: server.fault });
    await mark(work, server, 'removing', signal);
    const removal = await removeServer(work, server, signal);
    if (!removal.isRemoved) throw removal.why;
    const machine = nodeOf(work, nodes, server);
    if (machine !== undefined) await forget(parts, config, [machine], signal);
  });
}

/** Records of nodes whose servers went after they were emptied. */
async function forgetGone(work: Work, servers: readonly Server[], nodes: Nodes, signal: AbortSignal): Promise<number> {
  const { parts, config, settings } = work;
  const there = new Set(servers.map(settings.nodes.keyOf));
  const gone = nodes.emptied.filter(({ remoteId }) => !there.has(remoteId));
  await forget(parts, config, gone, signal);
  return 0; // no server is another one for it
}

/** Floating IPs of the pool whose servers went. */
async function releaseLostIps({ cloud, tag, parts, config }: Work, signal: AbortSignal): Promise<number> {
  try {
    const lost = (await cloud.floatingIps({ description: tag }, signal)).filter(({ portId }) => portId === undefined);
    for (const { id, address } of lost) {
      await cloud.deleteFloatingIp(id, signal);
      parts.log.info('removed a floating IP whose server is gone', { pool_name: config.poolName, address });
    }
  } catch (error) {
    if (signal.aborted) throw error;
    parts.log.warn('failed to look for floating IPs without a server', { error: explain(error) });
  }
  return 0;
}
