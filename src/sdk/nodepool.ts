/** The door for targets that scale Nomad's nodes, and for whoever has to know which nodes make up a pool. */
export type { NodePoolConfig } from '../nodepool/config.ts';
export { nodePoolFields } from '../nodepool/config.ts';
export type { DrainSpec } from '../nodepool/drain.ts';
export { giveBack, whyNotEmpty } from '../nodepool/drain.ts';
export type { Filtered, NodeFilter } from '../nodepool/filter.ts';
export { filterPool } from '../nodepool/filter.ts';
export type { FoundMachines, Machine, RemoteIdOf } from '../nodepool/identify.ts';
export { findMachines } from '../nodepool/identify.ts';
export { drainMarker, isOwnDrain } from '../nodepool/own-drain.ts';
export { OwnNode } from '../nodepool/own-node.ts';
export type { NodePoolParts } from '../nodepool/parts.ts';
export { drainsAtOnce } from '../nodepool/parts.ts';
export type { Pool, PoolConfig, PoolKey } from '../nodepool/pool.ts';
export { classOfNone, isMember, poolKeys, poolOf, shownPool, whyEmpty } from '../nodepool/pool.ts';
export type { ListedPool } from '../nodepool/readiness.ts';
export { areSettled, isPoolReady, listPool } from '../nodepool/readiness.ts';
export type { Emptied, Kept, ScaleInOrder } from '../nodepool/scale-in.ts';
export { drainSpecOf, emptyNodes, forget, restore } from '../nodepool/scale-in.ts';
