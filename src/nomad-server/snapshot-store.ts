/** From the running server to what outlives it, and back. */
import type { World } from '../lib/world.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Acl } from './acl.ts';
import { type Allocation, isClientTerminal, isOpen } from './allocation.ts';
import type { Change } from './commit.ts';
import type { SavedState, SavedTables } from './saved-state.ts';
import type { StateStore } from './state-store.ts';
import type { Variables } from './variables.ts';

/** What is there now. Records are never changed in place, so it stays as it is while it is written. */
export function captureState(store: StateStore, acl: Acl): SavedState {
  const { state, index, schedulerConfiguration } = store;
  const { nodes, jobs, versions, submissions, summaries, evaluations, allocations, deployments, policies } = state;
  const { scalingEvents, nodePools, namespaces, variables } = state;
  const tables: SavedTables = {
    ...{ nodes: nodes.saved(), jobs: jobs.saved(), versions: versions.saved(), submissions: submissions.saved() },
    ...{ summaries: summaries.saved(), evaluations: evaluations.saved(), allocations: allocations.saved() },
    ...{ deployments: deployments.saved(), policies: policies.saved(), scalingEvents: scalingEvents.saved() },
    ...{ nodePools: nodePools.saved(), namespaces: namespaces.saved(), variables: variables.saved() },
    ...{ aclPolicies: acl.policies.saved(), aclTokens: acl.tokens.saved() },
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

/** Those who take something up. */
export interface TakingUp {
  readonly world: World;
  readonly store: StateStore;
  readonly acl: Acl;
  readonly variables: Variables;
}

/**
 * Everybody takes up what was left: pending evaluations run, deadlines are awaited anew, clients go on with their
 * allocations. The state is in the store already.
 */
export function takeUp({ bootstrapIndex, tables }: SavedState, { acl, store, variables, world }: TakingUp): void {
  acl.load(bootstrapIndex, tables.aclPolicies, tables.aclTokens);
  const { nodes, jobs, evaluations, allocations, deployments } = store.state;
  // A failed one that has no successor may wait for its deployment to try it again.
  const isLeft = (one: Allocation) =>
    !isClientTerminal(one) || (one.DeploymentStatus?.Healthy === false && one.NextAllocation === undefined);
  const rows = {
    ...{ nodes: found(nodes.values()), jobs: found(jobs.values()), deployments: found(deployments.values()) },
    ...{ evaluations: found(evaluations.values(), isOpen), allocations: found(allocations.values(), isLeft) },
  };
  store.announce(rows, world.clock.now());
  variables.takeUp();
}

function found<Row>(rows: Iterable<Row>, isWanted: (row: Row) => boolean = () => true): readonly Change<Row>[] {
  const changes: Change<Row>[] = [];
  for (const row of rows) if (isWanted(row)) changes.push({ before: undefined, after: row });
  return changes;
}
