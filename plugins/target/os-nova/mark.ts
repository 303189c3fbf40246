/**
 * What a server's metadata says about itself, for whoever looks at it in the web console and for the next start of the plugin
 * after a crash. The metadata is the only place where the target writes down what it is about to do.
 */
import type { Server } from './cloud.ts';

/** Keys of the metadata. */
export const markKeys = {
  pool: 'nomad-autoscaler.pool',
  /** One of `states`, and since when. */
  state: 'nomad-autoscaler.state',
  floatingNetwork: 'nomad-autoscaler.floating_network',
  lbPool: 'nomad-autoscaler.lb_pool',
  lbPort: 'nomad-autoscaler.lb_port',
  lbSubnet: 'nomad-autoscaler.lb_subnet',
} as const;

/**
 * `creating`: has not all that it is to have. `draining`: its node is being emptied, nothing is lost yet. `removing`: it is to
 * go, and whoever finds it finishes that. A server without a state is in service.
 */
const states = ['creating', 'in-service', 'draining', 'removing'] as const;
export type ServerState = (typeof states)[number];

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

/** What a new server of the pool carries. Without extras it is whole as soon as it is there. */
export function newMarks(pool: string, { floatingNetwork, balancer }: Extras, now: number): Record<string, string> {
  const marks: Record<string, string> = { [markKeys.pool]: pool };
  if (floatingNetwork !== undefined) marks[markKeys.floatingNetwork] = floatingNetwork;
  if (balancer !== undefined) {
    marks[markKeys.lbPool] = balancer.poolId;
    marks[markKeys.lbPort] = String(balancer.port);
    if (balancer.subnetId !== undefined) marks[markKeys.lbSubnet] = balancer.subnetId;
  }
  const isWhole = floatingNetwork === undefined && balancer === undefined;
  return isWhole ? marks : { ...marks, ...stateMark('creating', now) };
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

/** `removing since 2026-11-25T09:00:00.000Z` under its key. @param now  epoch milliseconds. */
export const stateMark = (state: ServerState, now: number): Readonly<Record<string, string>> => ({
  [markKeys.state]: `${state} since ${new Date(now).toISOString()}`,
});

/** What the target was about to do with a server; `in-service` when nothing is written. */
export function stateOf({ metadata }: Pick<Server, 'metadata'>): ServerState {
  const word = metadata[markKeys.state]?.split(' ')[0];
  return states.find((state) => state === word) ?? 'in-service';
}
