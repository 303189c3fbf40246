/** What is kept between two lives of the server, as data. */
import type { AclPolicy, AclToken } from './acl-records.ts';
import type { SchedulerConfiguration, State } from './state.ts';
import type { SavedTable, Table } from './table.ts';

type RowOf<T> = T extends Table<infer Row> ? Row : never;
type StateTableName = { [K in keyof State]: [RowOf<State[K]>] extends [never] ? never : K }[keyof State];

/** The rows of each table. */
export type SavedRows = { readonly [K in StateTableName]: RowOf<State[K]> } & {
  readonly aclPolicies: AclPolicy;
  readonly aclTokens: AclToken;
};

export type TableName = keyof SavedRows;

export type SavedTables = { readonly [K in TableName]: SavedTable<SavedRows[K]> };

/** Everything that outlives the server. What follows from it, such as the usage of nodes, does not belong to it. */
export interface SavedState {
  /** Of the last write of all. */
  readonly index: number;
  readonly schedulerConfiguration: SchedulerConfiguration;
  /** Of the first ACL token; 0 without one. */
  readonly bootstrapIndex: number;
  readonly tables: SavedTables;
}

/** In the order of the file: what records are made of comes before what is made of them. */
export const tableNames = [
  ...(['namespaces', 'nodePools', 'nodes', 'jobs', 'versions', 'submissions', 'summaries', 'evaluations'] as const),
  ...(['allocations', 'deployments', 'policies', 'scalingEvents', 'variables', 'aclPolicies', 'aclTokens'] as const),
] satisfies readonly TableName[];
