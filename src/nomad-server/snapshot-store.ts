/** From the running server to what outlives it, and back. */
import type { Node } from '../nomad/node-types.ts';
import type { Acl } from './acl.ts';
import { type Allocation, isClientTerminal, isOpen } from './allocation.ts';
import type { Change } from './commit.ts';
import type { SavedState, SavedTable, SavedTables } from './snapshot.ts';
import type { StateStore } from './state-store.ts';
import type { Table } from './table.ts';
import type { Variables } from './variables.ts';

/** What is there now. Records are never changed in place, so it stays as it is while it is written. */
export function captureState(store: StateStore, acl: Acl): SavedState {
  const { state, index, schedulerConfiguration } = store;
  const { nodes, jobs, versions, submissions, summaries, evaluations, allocations, deployments, policies } = state;
  const { scalingEvents, nodePools, namespaces, variables } = state;
  const saved = <Row>(table: Table<Row>): SavedTable<Row> => ({ index: table.index, rows: [...table.entries()] });
  const tables: SavedTables = {
    ...{ nodes: saved(nodes), jobs: saved(jobs), versions: saved(versions), submissions: saved(submissions) },
    ...{ summaries: saved(summaries), evaluations: saved(evaluations), allocations: saved(allocations) },
    ...{ deployments: saved(deployments), policies: saved(policies), scalingEvents: saved(scalingEvents) },
    ...{ nodePools: saved(nodePools), namespaces: saved(namespaces), variables: saved(variables) },
    ...{ aclPolicies: saved(acl.policies), aclTokens: saved(acl.tokens) },
  };
  return { index, schedulerConfiguration, bootstrapIndex: acl.bootstrapIndex, tables };
}

/** @returns the state with nodes that tell the place at which this server is reached. @param httpAddress  `host:port` */
export function reachedAt(saved: SavedState, httpAddress: string): SavedState {
  const { index, rows } = saved.tables.nodes;
  const moved = rows.map(([key, node]): readonly [string, Node] => {
    const Attributes = { ...node.Attributes, 'unique.advertise.address': httpAddress };
    return [key, { ...node, HTTPAddr: httpAddress, Attributes }];
  });
  return { ...saved, tables: { ...saved.tables, nodes: { index, rows: moved } } };
}

/**
 * Everybody takes up what was left: pending evaluations run, deadlines are awaited anew, clients go on with their
 * allocations. The state is in the store already.
 */
export function takeUp(store: StateStore, variables: Variables, nowMs: number): void {
  const { nodes, jobs, evaluations, allocations, deployments } = store.state;
  // A failed one that has no successor may wait for its deployment to try it again.
  const isLeft = (one: Allocation) =>
    !isClientTerminal(one) || (one.DeploymentStatus?.Healthy === false && one.NextAllocation === undefined);
  const rows = {
    ...{ nodes: found(nodes.values()), jobs: found(jobs.values()), deployments: found(deployments.values()) },
    ...{ evaluations: found(evaluations.values(), isOpen), allocations: found(allocations.values(), isLeft) },
  };
  store.announce(rows, nowMs);
  variables.takeUp();
}

function found<Row>(rows: Iterable<Row>, isWanted: (row: Row) => boolean = () => true): readonly Change<Row>[] {
  const changes: Change<Row>[] = [];
  for (const row of rows) if (isWanted(row)) changes.push({ before: undefined, after: row });
  return changes;
}
