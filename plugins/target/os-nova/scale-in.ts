/**
 * Fewer servers. Their nodes are emptied first; until then all can be taken back. Then each server is marked, looked at once
 * more and removed, and that is finished even when nobody waits for it any more. Source: spec os-nova.md §8.
 */
import { AutoscalerError, eachOf, inContext } from 'nomad-autoscaler/sdk';
import {
  drainSpecOf,
  type Emptied,
  emptyNodes,
  forget,
  type Kept,
  type Machine,
  whyNotEmpty,
} from 'nomad-autoscaler/sdk/nodepool';
import type { Server } from './cloud.ts';
import type { PoolCount } from './count.ts';
import { backInService, markRemoving } from './in-service.ts';
import { drainMeta } from './left-nodes.ts';
import { isOn } from './lists.ts';
import { serversByKey } from './node-map.ts';
import { removeServer } from './remove.ts';
import { together, type Work } from './work.ts';
import { fullestFirst } from './zones.ts';

/** A node and its server. */
interface Pair {
  readonly machine: Machine;
  readonly server: Server;
}

/** What happened to a pair: an error says why it is still there. */
interface Attempt extends Pair {
  readonly why?: unknown;
}

/**
 * Removes servers of the pool, never more than `number`.
 *
 * @param signal  takes it all back as long as no server was marked for removal.
 * @throws        why not all of them went; those that did are gone, the others are in service again.
 */
export async function scaleIn(work: Work, count: PoolCount, number: number, signal: AbortSignal): Promise<void> {
  const { parts, config, gate } = work;
  const byKey = serversByKey(work.settings.nodes, count.servers, config.name);
  gate.running = { desired: count.servers.length - number, isDraining: true };
  const { emptied, kept } = await empty(work, count, byKey, number, signal);
  gate.running = { ...gate.running, isDraining: false };

  const pairs = pairsOf(emptied, byKey);
  const log = parts.log.with({ action: 'scale_in', pool_name: config.poolName, instances: pairs.map(shown) });
  if (pairs.length > 0) log.debug('deleting OS Nova instances');
  const attempts = await eachOf(pairs, config.serverParallelism, (pair) => commit(work, pair, signal));
  const removed = attempts.filter(({ why }) => why === undefined);
  if (removed.length > 0) log.info('successfully deleted OS Nova instances');
  await forget(
    parts,
    config,
    removed.map(({ machine }) => machine),
    never,
  );

  if (signal.aborted && removed.length < number) throw signal.reason;
  const failures = [...kept.map(keptError), ...attempts.flatMap(({ why }) => (why === undefined ? [] : [why]))];
  if (failures.length === 0) return log.info('successfully performed and verified scaling in');
  const failure = together(`${failures.length} of ${pairs.length + kept.length} servers stay`, failures);
  throw inContext(`failed to delete instances (${removed.length} are deleted)`, failure);
}

/** What was begun is finished. */
const never = new AbortController().signal;

const shown = ({ machine: { node, remoteId } }: Pair) => ({ NomadNodeID: node.ID, RemoteResourceID: remoteId });

const pairsOf = (machines: readonly Machine[], byKey: ReadonlyMap<string, Server>): readonly Pair[] =>
  machines.flatMap((machine) => {
    const server = byKey.get(machine.remoteId);
    return server === undefined ? [] : [{ machine, server }];
  });

const keptError = ({ machine: { node }, why }: Kept) =>
  new AutoscalerError('node_kept', `node ${node.ID} stays: ${why}`, { blame: 'remote', retryable: true });

/** What is not to go is in service again; if that fails, the next look at the pool sees to it. */
async function empty(
  work: Work,
  count: PoolCount,
  byKey: ReadonlyMap<string, Server>,
  number: number,
  signal: AbortSignal,
): Promise<Emptied> {
  const { parts, config, settings, gate } = work;
  const zoneOf = ({ remoteId }: Machine) => byKey.get(remoteId)?.zone ?? '';
  const order = {
    config,
    count: number,
    remoteIds: new Set(byKey.keys()),
    remoteIdOf: settings.nodes.remoteIdOf,
    meta: drainMeta(config.poolName),
    ...(isOn(config.evenlySplitAzs) && {
      prefer: (machines: readonly Machine[]) => fullestFirst(machines, zoneOf, count.zones),
    }),
  };
  try {
    const emptied = await emptyNodes(parts, order, signal);
    if (emptied.kept.length > 0) gate.isSwept = false;
    return emptied;
  } catch (cause) {
    gate.isSwept = false;
    throw inContext('failed to perform pre-scale Nomad scale in tasks', cause);
  }
}

/** From here on the server goes, unless it turns out to be needed. */
async function commit(work: Work, pair: Pair, signal: AbortSignal): Promise<Attempt> {
  const { machine, server } = pair;
  const staying = { server, nodeId: machine.node.ID };
  try {
    signal.throwIfAborted();
    const now = await work.cloud.server(server.id, signal);
    if (now !== undefined) {
      if (!now.tags.includes(work.tag)) throw notFound(server.name);
      await markRemoving(work, server, signal);
      await checkEmpty(work, machine, signal);
    }
    const removal = await removeServer(work, now ?? server, never);
    if (removal.isRemoved) return pair;
    if (removal.isServing) await backInService(work, [staying]);
    return { ...pair, why: removal.why };
  } catch (why) {
    await backInService(work, [staying]);
    return { ...pair, why };
  }
}

/** Somebody took it out of the pool while its node was emptied. Compat: the text. */
const notFound = (name: string) =>
  new AutoscalerError('server_left_pool', `instance with name ${name} not found`, { blame: 'remote' });

async function checkEmpty({ parts, config }: Work, machine: Machine, signal: AbortSignal): Promise<void> {
  const why = await whyNotEmpty(parts, machine.node.ID, drainSpecOf(config), signal);
  if (why !== undefined) throw keptError({ machine, why });
}
