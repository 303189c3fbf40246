/**
 * What a server's metadata says about itself, for whoever looks at it in the web console and for the next start of the plugin
 * after a crash: together with the last drains of nodes it is all that the target writes down.
 */
import type { Server } from './cloud.ts';

/** Keys of the metadata. */
export const markKeys = {
  pool: 'nomad-autoscaler.pool',
  /** Since when the server is to go. It goes, whoever finds it. Empty: it stays. */
  removing: 'nomad-autoscaler.removing',
  floatingNetwork: 'nomad-autoscaler.floating_network',
  lbPool: 'nomad-autoscaler.lb_pool',
  lbPort: 'nomad-autoscaler.lb_port',
  lbSubnet: 'nomad-autoscaler.lb_subnet',
} as const;

/** The tag by which a server belongs to a pool. Compat: upstream's. */
export const poolTag = (pool: string): string => `na_pool:${pool}`;

/** What a server is to have beside itself. */
export interface Extras {
  /** Network of its floating IP. */
  readonly floatingNetwork?: string;
  readonly balancer?: Balancer;
}

/** A place in the pool of a load balancer. */
export interface Balancer {
  readonly poolId: string;
  readonly port: number;
  readonly subnetId?: string;
}

/** What a new server of the pool carries. */
export function newMarks(pool: string, { floatingNetwork, balancer }: Extras): Readonly<Record<string, string>> {
  return {
    [markKeys.pool]: pool,
    ...(floatingNetwork !== undefined && { [markKeys.floatingNetwork]: floatingNetwork }),
    ...(balancer && { [markKeys.lbPool]: balancer.poolId, [markKeys.lbPort]: String(balancer.port) }),
    ...(balancer?.subnetId !== undefined && { [markKeys.lbSubnet]: balancer.subnetId }),
  };
}

/** What a server's own metadata promises it. */
export function extrasOf({ metadata }: Pick<Server, 'metadata'>): Extras {
  const floatingNetwork = metadata[markKeys.floatingNetwork];
  const poolId = metadata[markKeys.lbPool];
  const port = Number(metadata[markKeys.lbPort]);
  const subnetId = metadata[markKeys.lbSubnet];
  return {
    ...(floatingNetwork && { floatingNetwork }),
    ...(poolId && Number.isInteger(port) && { balancer: { poolId, port, ...(subnetId && { subnetId }) } }),
  };
}

/** @param since  epoch milliseconds. */
export const removingMark = (since: number): Readonly<Record<string, string>> => ({
  [markKeys.removing]: new Date(since).toISOString(),
});

export const stayingMark: Readonly<Record<string, string>> = { [markKeys.removing]: '' };

/** Whether somebody has begun to remove the server, or was about to. */
export const isRemoving = ({ metadata }: Pick<Server, 'metadata'>): boolean => Boolean(metadata[markKeys.removing]);

/** Whether the target made the server. */
export const isOwn = ({ metadata }: Pick<Server, 'metadata'>): boolean => metadata[markKeys.pool] !== undefined;
