/** One new server, whole or not at all. Source: spec os-nova.md §7.3. */
import { AutoscalerError, inContext, sleep } from 'nomad-autoscaler/sdk';
import { attachAll, detachMember, floatingIpsOf } from './attach.ts';
import type { NewServer, Server } from './cloud.ts';
import type { Extras } from './mark.ts';
import { isAmbiguous, refusalOf } from './openstack/error.ts';
import { deletesByForce, inTime, type Work } from './work.ts';

/** Nova took the server and could not build it. */
export class ServerInError extends AutoscalerError {
  override readonly name = 'ServerInError';
  /** There was no host for it where it was to be. */
  readonly hasNoRoom: boolean;

  constructor({ fault }: Pick<Server, 'fault'>) {
    const why = `server went into status ERROR: ${fault ?? 'Nova does not say why'}`;
    super('server_in_error', why, { blame: 'remote', retryable: true });
    this.hasNoRoom = /no valid host/i.test(fault ?? '');
  }
}

/**
 * Creates a server, waits until it is active and gives it what it is to have. If any of that fails, all of it is removed again.
 *
 * @param known  servers that were there before; the new one joins them. By them a server whose creation got no answer is told
 *               from others of its name.
 */
export async function createServer(
  work: Work,
  server: NewServer,
  extras: Extras,
  known: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const { parts, settings } = work;
  const made: Made = { name: server.name };
  try {
    await inTime(parts.clock, settings.actionTimeoutMs, signal, async (within) => {
      const id = await post(work, server, known, made, within);
      known.add(id);
      made.id = id;
      const active = await untilActive(work, id, within);
      await attachAll(work, active, extras, { isResumed: false, networkId: server.networkIds[0] }, within);
    });
  } catch (error) {
    if (made.id !== undefined || made.mayExist) await undo(work, made, known, extras);
    throw error;
  }
}

/** What is known of a server that is being created. */
interface Made {
  readonly name: string;
  id?: string;
  /** Nobody heard what Nova made of the request. */
  mayExist?: true;
}

async function post(
  work: Work,
  server: NewServer,
  known: ReadonlySet<string>,
  made: Made,
  signal: AbortSignal,
): Promise<string> {
  const { cloud, parts, lookups } = work;
  parts.log.debug('creating instances', { server: server.name });
  try {
    return await cloud.createServer(server, signal);
  } catch (cause) {
    if (isAmbiguous(cause) || signal.aborted) made.mayExist = true;
    const lost = made.mayExist && !signal.aborted ? await findLost(work, server.name, known, signal) : undefined;
    if (lost !== undefined) return lost;
    const status = refusalOf(cause)?.status;
    if (status === 400 || status === 404) lookups.drop();
    throw inContext('failed to create server', cause);
  }
}

/** A server that Nova made without anybody hearing of it shows up soon, if at all. */
async function findLost(
  { cloud, parts, tag }: Work,
  name: string,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const all = await cloud.servers(tag, signal);
    const found = all.find((server) => server.name === name && !known.has(server.id));
    if (found !== undefined || tries === 3) return found?.id;
    await sleep(parts.clock, 1_000, signal);
  }
}

async function untilActive({ watch, parts }: Work, id: string, signal: AbortSignal): Promise<Server> {
  parts.log.debug('waiting for active status', { server: id });
  try {
    const active = await watch.until(id, isActive, signal);
    if (active === undefined) throw new Error('it is gone'); // cannot be: `isActive` throws for that
    parts.log.debug('instance boot up completed', { server: id });
    return active;
  } catch (cause) {
    throw inContext(`error waiting for server id ${id} to get to ACTIVE status`, cause);
  }
}

function isActive(server: Server | undefined): boolean {
  if (server === undefined) {
    throw new AutoscalerError('server_in_error', 'somebody deleted it', { blame: 'remote', retryable: true });
  }
  if (server.status === 'ERROR') throw new ServerInError(server);
  return server.status === 'ACTIVE';
}

/** Cleaning up is not what takes long; and whoever stops the plugin waits for it. */
const undoMs = 30_000;

/** Removes what a failed creation made. What it cannot remove is found by the next who looks at the pool. */
async function undo(work: Work, { name, id }: Made, known: ReadonlySet<string>, extras: Extras): Promise<void> {
  const { parts, gate } = work;
  try {
    await inTime(parts.clock, undoMs, undefined, async (signal) => {
      const found = id ?? (await findLost(work, name, known, signal));
      if (found !== undefined) await discard(work, found, extras, signal);
    });
  } catch (error) {
    gate.isSwept = false;
    parts.log.error('failed to remove a server that could not be completed', { server: id ?? name, error });
  }
}

/** Removes a server that never served, and what it has. Nova does the rest of it by itself. */
export async function discard(work: Work, id: string, extras: Extras, signal: AbortSignal): Promise<void> {
  const { cloud, parts } = work;
  const ips = extras.floatingNetwork === undefined ? [] : await floatingIpsOf(work, id, signal);
  if (extras.balancer !== undefined) await detachMember(work, id, extras.balancer, signal);
  await cloud.deleteServer(id, deletesByForce(work), signal);
  for (const ip of ips) await cloud.deleteFloatingIp(ip.id, signal);
  parts.log.info('removed a server that could not be completed', { server: id });
}
