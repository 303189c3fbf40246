/** One server less. Source: spec os-nova.md §8.3. */
import { inContext } from 'nomad-autoscaler/sdk';
import { attachMember, detachMember, floatingIpsOf } from './attach.ts';
import type { FloatingIp, Server } from './cloud.ts';
import { isDeleted } from './count.ts';
import { ServerInError } from './create.ts';
import { type Balancer, extrasOf } from './mark.ts';
import { balancerOf } from './settings.ts';
import { deletesByForce, inTime, stopsFirst, type Work } from './work.ts';

/** What became of a server that was to go. */
export type Removal =
  | { readonly isRemoved: true }
  /** `isServing`: it runs as before, and its node can be given back. Else its removal has to be finished later. */
  | { readonly isRemoved: false; readonly why: unknown; readonly isServing: boolean };

/**
 * Takes a server out of its load balancer, stops it if that is wanted, deletes it, and with it its floating IPs. One that is
 * gone already is removed.
 */
export async function removeServer(work: Work, server: Server, signal: AbortSignal): Promise<Removal> {
  const balancer = extrasOf(server).balancer ?? balancerOf(work.config, work.settings.balancer);
  let wasMember = false;
  let isServing = true;
  let ips: readonly FloatingIp[];
  try {
    ips = hasFloatingIps(work, server) ? await floatingIpsOf(work, server.id, signal) : [];
    if (balancer !== undefined) wasMember = await leave(work, server, balancer, signal);
    if (stopsFirst(work) && server.status === 'ACTIVE') {
      await stop(work, server, () => (isServing = false), signal);
    }
    await remove(work, server, () => (isServing = false), signal);
  } catch (why) {
    if (isServing && wasMember && balancer !== undefined) await rejoin(work, server, balancer);
    return { isRemoved: false, why, isServing };
  }
  await releaseIps(work, server, ips, signal);
  return { isRemoved: true };
}

const hasFloatingIps = ({ config }: Work, server: Server): boolean =>
  config.floatingipPoolName !== undefined || extrasOf(server).floatingNetwork !== undefined;

async function leave(work: Work, { id }: Server, balancer: Balancer, signal: AbortSignal): Promise<boolean> {
  const wasMember = await detachMember(work, id, balancer, signal);
  if (!wasMember) {
    work.parts.log.warn('no load balancer member found for server, skipping deletion', { instance_id: id });
  }
  return wasMember;
}

async function stop(work: Work, { id }: Server, onSent: () => void, signal: AbortSignal): Promise<void> {
  const { cloud, watch, parts, settings } = work;
  const fields = { action: 'delete', instance_id: id };
  await inTime(parts.clock, settings.actionTimeoutMs, signal, async (within) => {
    parts.log.debug('stopping instance', fields);
    await cloud.stopServer(id, within).catch((cause: unknown) => {
      throw inContext(`failed to stop server id ${id}`, cause);
    });
    onSent();
    parts.log.debug('waiting for shutoff status', fields);
    await watch
      .until(id, (seen) => seen?.status !== 'ACTIVE', within)
      .catch((cause: unknown) => {
        throw inContext(`error waiting for server id ${id} to get to SHUTOFF status`, cause);
      });
  });
  parts.log.debug('instance shutoff completed', fields);
}

async function remove(work: Work, { id }: Server, onSent: () => void, signal: AbortSignal): Promise<void> {
  const { cloud, watch, parts, settings } = work;
  const fields = { action: 'delete', instance_id: id };
  await inTime(parts.clock, settings.actionTimeoutMs, signal, async (within) => {
    parts.log.debug('deleting instance', fields);
    await cloud.deleteServer(id, deletesByForce(work), within).catch((cause: unknown) => {
      throw inContext(`failed to delete server id ${id}`, cause);
    });
    onSent();
    parts.log.debug('waiting for instance deletion', fields);
    await watch.until(id, isGone, within).catch((cause: unknown) => {
      throw inContext(`error waiting for server id ${id} to get to DELETED status`, cause);
    });
  });
  parts.log.debug('instance deletion completed', fields);
}

function isGone(server: Server | undefined): boolean {
  if (server === undefined || isDeleted(server)) return true;
  // As long as Nova works on the deletion there is a task.
  if (server.status === 'ERROR' && server.taskState === undefined) throw new ServerInError(server);
  return false;
}

/** Puts back what was taken from a server that stays. */
async function rejoin(work: Work, server: Server, balancer: Balancer): Promise<void> {
  const { parts, settings } = work;
  try {
    await inTime(parts.clock, settings.actionTimeoutMs, undefined, (signal) =>
      attachMember(work, server, balancer, { isResumed: true }, signal),
    );
  } catch (error) {
    parts.log.error('server stays, but without its place in the load balancer', { instance_id: server.id, error });
  }
}

/** The server is gone: what fails here is found by its description later. */
async function releaseIps(work: Work, { id }: Server, ips: readonly FloatingIp[], signal: AbortSignal): Promise<void> {
  const { cloud, parts, gate } = work;
  for (const ip of ips) {
    try {
      await cloud.deleteFloatingIp(ip.id, signal);
      parts.log.debug('instance floating-ip deleted', { action: 'delete', instance_id: id });
    } catch (error) {
      gate.isSwept = false;
      parts.log.error(`error deleting floating ip for server ${id}`, { error });
    }
  }
}
