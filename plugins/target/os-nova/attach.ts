/** What a server has beside itself: a floating IP, a place in a load balancer. Source: spec os-nova.md §7.3, §8.3. */
import { inContext, usageError } from 'nomad-autoscaler/sdk';
import type { FloatingIp, Server, ServerPort } from './cloud.ts';
import type { Balancer, Extras } from './mark.ts';
import { isAmbiguous, refusalOf } from './openstack/error.ts';
import type { Work } from './work.ts';

/**
 * Gives an active server all that it is to have.
 *
 * @param isResumed  some of it may be there already, from an attempt that was cut off.
 */
export async function attachAll(
  work: Work,
  server: Server,
  { floatingNetwork, balancer }: Extras,
  { isResumed, networkId }: { readonly isResumed: boolean; readonly networkId?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { log } = work.parts;
  if (floatingNetwork !== undefined) {
    await attachFloatingIp(work, server.id, floatingNetwork, isResumed, signal).catch((cause: unknown) => {
      throw inContext(`error while adding floating-ip to server ${server.id}`, cause);
    });
    log.debug('floating-ip attached to server', { instance_id: server.id });
  }
  if (balancer !== undefined) {
    await attachMember(work, server, balancer, { isResumed, networkId }, signal);
    log.debug('server attached to load balancer', { instance_id: server.id });
  }
}

async function attachFloatingIp(
  { cloud, parts, tag }: Work,
  id: string,
  networkId: string,
  isResumed: boolean,
  signal: AbortSignal,
): Promise<void> {
  const [port] = await cloud.ports(id, signal).catch((cause: unknown) => {
    throw inContext('error getting instance port ID', cause);
  });
  if (port === undefined) {
    throw usageError('invalid_config', `error getting instance port ID: instance '${id}' has no interfaces`);
  }
  const { portId } = port;
  const isThere = async () => (await cloud.floatingIps({ portId }, signal)).some(isOurs(tag));
  if (isResumed && (await isThere())) return;
  try {
    await cloud.createFloatingIp({ networkId, portId, description: tag }, signal);
  } catch (cause) {
    const happened = isAmbiguous(cause) && !signal.aborted && (await isThere());
    if (!happened) throw inContext(`error creating floating ip for server ${id}`, cause);
  }
  parts.log.debug('created floating ip', { action: 'attach_floating', instance_id: id });
}

/** Makes the server a member, once. */
export async function attachMember(
  { cloud, parts }: Work,
  server: Server,
  { poolId, port, subnetId }: Balancer,
  { isResumed, networkId }: { readonly isResumed: boolean; readonly networkId?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { id } = server;
  const isThere = async () => (await cloud.members(poolId, signal)).some(({ name }) => name === id);
  try {
    if (isResumed && (await isThere())) return;
    const address = server.accessIPv4 || addressIn(await cloud.ports(id, signal), networkId, subnetId);
    if (address === undefined) throw usageError('invalid_config', `server ${id} has no IPv4 address`);
    const member = { name: id, address, port, ...(subnetId !== undefined && { subnetId }) };
    await cloud.createMember(poolId, member, signal).catch(async (error: unknown) => {
      if (!isAmbiguous(error) || signal.aborted || !(await isThere())) throw error;
    });
  } catch (cause) {
    const failure = inContext(`error creating load balancer member for server ${id}`, cause);
    throw inContext(`error while attaching server ${id} to load balancer`, failure);
  }
  parts.log.debug('created load balancer member', { instance_id: id });
}

/** The fixed IPv4 address on the network, else in the subnet, else the first there is. */
function addressIn(ports: readonly ServerPort[], network: string | undefined, subnet: string | undefined) {
  const all = ports.flatMap(({ networkId, fixedIps }) => fixedIps.map((ip) => ({ ...ip, networkId })));
  const fourth = all.filter(({ address }) => address.includes('.'));
  const found = fourth.find((one) => one.networkId === network) ?? fourth.find((one) => one.subnetId === subnet);
  return (found ?? fourth[0])?.address;
}

/** @returns whether it was a member. */
export async function detachMember(
  work: Work,
  id: string,
  { poolId }: Balancer,
  signal: AbortSignal,
): Promise<boolean> {
  const { cloud, parts } = work;
  try {
    const own = (await cloud.members(poolId, signal)).filter(({ name }) => name === id);
    for (const member of own) {
      parts.log.debug('found load balancer member to delete', { instance_id: id, member_id: member.id });
      await cloud.deleteMember(poolId, member.id, signal);
      parts.log.debug('deleted load balancer member', { instance_id: id, member_id: member.id });
    }
    return own.length > 0;
  } catch (cause) {
    const failure = inContext(`error deleting load balancer member for server ${id}`, cause);
    throw inContext(`error while detaching server ${id} from load balancer`, failure);
  }
}

/**
 * The floating IPs that lead to a server and that the target made. Of a server that is gone nobody can tell: they lead nowhere
 * then, and the next look at the pool finds them.
 */
export async function floatingIpsOf(
  { cloud, tag, gate }: Work,
  id: string,
  signal: AbortSignal,
): Promise<readonly FloatingIp[]> {
  const ports = await cloud.ports(id, signal).catch((error: unknown) => {
    if (refusalOf(error)?.status !== 404) throw error;
    gate.isSwept = false;
    return [];
  });
  const found = await Promise.all(ports.map(({ portId }) => cloud.floatingIps({ portId }, signal)));
  return found.flat().filter(isOurs(tag));
}

/** By its description a floating IP says which pool it was made for. */
export const isOurs =
  (tag: string) =>
  ({ description }: FloatingIp): boolean =>
    description === tag;
