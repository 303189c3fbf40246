/** Fills an empty state with tables that were kept, and makes of them what follows from them. */
import { isClientTerminal } from './allocation.ts';
import { countUsage, isSystem } from './derive.ts';
import { jobKey } from './identity.ts';
import type { SavedTables } from './snapshot.ts';
import { noUsage, type State } from './state.ts';

export function loadTables(state: State, saved: SavedTables): void {
  loadRows(state, saved);
  for (const one of state.evaluations.values()) {
    state.evaluationsByJob.put(jobKey(one.Namespace, one.JobID), one.ID, one);
  }
  for (const one of state.deployments.values()) {
    state.deploymentsByJob.put(jobKey(one.Namespace, one.JobID), one.ID, one);
  }
  for (const one of state.allocations.values()) {
    state.allocationsByJob.put(jobKey(one.Namespace, one.JobID), one.ID, one);
    state.allocationsByNode.put(one.NodeID, one.ID, one);
    if (isClientTerminal(one)) continue;
    state.usage.set(one.NodeID, countUsage(state.usage.get(one.NodeID) ?? noUsage, one, 1));
  }
  for (const [key, job] of state.jobs.entries()) if (isSystem(job)) state.systemJobs.set(key, job);
}

function loadRows(state: State, saved: SavedTables): void {
  state.nodes.load(saved.nodes.index, saved.nodes.rows);
  state.jobs.load(saved.jobs.index, saved.jobs.rows);
  state.versions.load(saved.versions.index, saved.versions.rows);
  state.submissions.load(saved.submissions.index, saved.submissions.rows);
  state.summaries.load(saved.summaries.index, saved.summaries.rows);
  state.evaluations.load(saved.evaluations.index, saved.evaluations.rows);
  state.allocations.load(saved.allocations.index, saved.allocations.rows);
  state.deployments.load(saved.deployments.index, saved.deployments.rows);
  state.policies.load(saved.policies.index, saved.policies.rows);
  state.scalingEvents.load(saved.scalingEvents.index, saved.scalingEvents.rows);
  state.nodePools.load(saved.nodePools.index, saved.nodePools.rows);
  state.namespaces.load(saved.namespaces.index, saved.namespaces.rows);
  state.variables.load(saved.variables.index, saved.variables.rows);
}
