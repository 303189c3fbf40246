/** The door for targets that scale Nomad's nodes, and for whoever has to know which nodes make up a pool. */
export type { NodePoolConfig } from '../nodepool/config.ts';
export { nodePoolFields } from '../nodepool/config.ts';
export type { Filtered, NodeFilter } from '../nodepool/filter.ts';
export { filterPool } from '../nodepool/filter.ts';
export type { Pool, PoolConfig, PoolKey } from '../nodepool/pool.ts';
export { isMember, poolKeys, poolOf, shownPool, whyEmpty } from '../nodepool/pool.ts';
