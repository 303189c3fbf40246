/** Fills an empty state with tables that were kept, and makes of them what follows from them. */
import { isClientTerminal } from './allocation.ts';
import { countUsage, isSystem } from './derive.ts';
import { jobKey } from './identity.ts';
import type { SavedTables } from './saved-state.ts';
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
  state.nodes.load(saved.nodes);
  state.jobs.load(saved.jobs);
  state.versions.load(saved.versions);
  state.submissions.load(saved.submissions);
  state.summaries.load(saved.summaries);
  state.evaluations.load(saved.evaluations);
  state.allocations.load(saved.allocations);
  state.deployments.load(saved.deployments);
  state.policies.load(saved.policies);
  state.scalingEvents.load(saved.scalingEvents);
  state.nodePools.load(saved.nodePools);
  state.namespaces.load(saved.namespaces);
  state.variables.load(saved.variables);
}
