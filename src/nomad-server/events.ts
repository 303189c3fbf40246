/** What a write means to those who follow the event stream; pure. Compat: spec nomad-api.md §11.1. */
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import type { Change, Commit } from './commit.ts';
import { jobKey } from './identity.ts';
import type { NodePool, State } from './state.ts';

export interface NomadEvent {
  readonly Topic: string;
  readonly Type: string;
  /** The ID or name of the thing. */
  readonly Key: string;
  /** '' for things without one. */
  readonly Namespace: string;
  /** Other IDs by which it is found. */
  readonly FilterKeys: readonly string[] | null;
  readonly Index: number;
  /** Makes its payload, which is large and seldom wanted. */
  readonly tell: () => unknown;
}

/** In the form of the API. */
export function toldEvent({ tell, ...event }: NomadEvent) {
  return { ...event, Payload: { [event.Topic]: tell() } };
}

type Rest = Partial<Pick<NomadEvent, 'Namespace' | 'FilterKeys' | 'tell'>>;

export interface EventSource {
  readonly commit: Commit;
  /** The evaluation that the write carries out, as it was then. */
  readonly planned: Evaluation | undefined;
}

/** @param tell  an allocation as the stream tells it. */
export function eventsOf(
  { commit, planned }: EventSource,
  state: State,
  tell: (allocation: Allocation) => unknown,
): readonly NomadEvent[] {
  const Index = commit.index;
  const Type = typeOf(commit);
  const event = (Topic: string, type: string, Key: string, thing: unknown, rest: Rest = {}): NomadEvent => ({
    ...{ Topic, Type: type, Key, Namespace: '', FilterKeys: null, Index, tell: () => thing, ...rest },
  });
  const ofEvaluation = (one: Evaluation) =>
    event('Evaluation', Type, one.ID, one, {
      ...{ Namespace: one.Namespace, FilterKeys: [one.JobID, one.DeploymentID ?? ''] },
    });
  const ofAllocation = (one: Allocation) =>
    event('Allocation', Type, one.ID, one, {
      ...{ Namespace: one.Namespace, FilterKeys: [one.JobID, one.DeploymentID ?? ''], tell: () => tell(one) },
    });
  return [
    ...commit.nodePools.flatMap((change) =>
      both(change).map((one) => event('NodePool', typeOfPool(change, commit), one.Name, one)),
    ),
    ...commit.nodes.flatMap((change) => both(change).map((one) => event('Node', typeOfNode(change), one.ID, one))),
    ...settled(commit.jobs)
      .flatMap(both)
      .map((one) => event('Job', Type, one.ID, one, { Namespace: one.Namespace })),
    ...settled(commit.evaluations).flatMap(present).map(ofEvaluation),
    ...(planned === undefined ? [] : [ofEvaluation(planned)]),
    ...settled(commit.deployments)
      .flatMap(present)
      .map((one) => event('Deployment', Type, one.ID, one, { Namespace: one.Namespace, FilterKeys: [one.JobID] })),
    ...settled(commit.allocations).flatMap(present).map(ofAllocation),
    ...(Type === 'AllocationUpdated' ? nodesOf(commit, state).map((one) => event('Node', Type, one.ID, one)) : []),
  ];
}

const present = <Row>({ after }: Change<Row>): readonly Row[] => (after === undefined ? [] : [after]);

/** As it is, or as it was when it is gone. */
const both = <Row>({ before, after }: Change<Row>): readonly Row[] => {
  const row = after ?? before;
  return row === undefined ? [] : [row];
};

/** One change per thing: the last of those that a write made. */
function settled<Row extends { readonly ID: string }>(changes: readonly Change<Row>[]): readonly Change<Row>[] {
  if (changes.length < 2) return changes;
  return [...new Map(changes.map((one) => [(one.after ?? one.before)?.ID, one])).values()];
}

/** The evaluation that a plan carries out: that of its placements, or the one that its job waits for. */
export function plannedBy(commit: Commit, state: State): Evaluation | undefined {
  if (typeOf(commit) !== 'PlanResult') return undefined;
  const placed = commit.allocations.find(isNew)?.after;
  if (placed !== undefined) return state.evaluations.get(placed.EvalID);
  const owner = commit.deployments[0]?.after ?? commit.allocations[0]?.after;
  if (owner === undefined) return undefined;
  for (const one of state.evaluationsByJob.of(jobKey(owner.Namespace, owner.JobID)).values()) {
    if (one.Status === 'pending') return one;
  }
  return undefined;
}

/** Nodes whose clients reported. */
function nodesOf(commit: Commit, state: State): readonly Node[] {
  const ids = new Set(commit.allocations.flatMap(present).map((one) => one.NodeID));
  return [...ids].flatMap((id) => state.nodes.get(id) ?? []);
}

/** The first node that names a pool makes it. */
function typeOfPool({ after }: Change<NodePool>, { nodes }: Commit): string {
  if (after === undefined) return 'NodePoolDeleted';
  return nodes.length > 0 ? 'NodeRegistration' : 'NodePoolUpserted';
}

function typeOfNode({ before, after }: Change<Node>): string {
  if (after === undefined) return 'NodeDeregistration';
  if (before === undefined || (before.Status === after.Status && before.Events === after.Events)) {
    return 'NodeRegistration';
  }
  if (before.DrainStrategy !== after.DrainStrategy) return 'NodeDrain';
  return before.SchedulingEligibility === after.SchedulingEligibility ? 'NodeStreamEvent' : 'NodeEligibility';
}

/** Nomad names events after the write; here the write is known by what it changed. */
function typeOf({ index, jobs, allocations, deployments, evaluations }: Commit): string {
  if (jobs.some(isDeregistered)) return 'JobDeregistered';
  if (jobs.some(({ after }) => after?.JobModifyIndex === index)) return 'JobRegistered';
  if (deployments.some(isNew) || allocations.some(isNew)) return 'PlanResult';
  if (deployments.some(isPromoted)) return 'DeploymentPromotion';
  if (allocations.some(({ before, after }) => before?.DesiredTransition !== after?.DesiredTransition)) {
    return 'AllocationUpdateDesiredStatus';
  }
  if (allocations.some(({ after }) => after?.AllocModifyIndex === index)) return 'PlanResult';
  if (allocations.length > 0) return 'AllocationUpdated';
  if (deployments.some(({ after }) => after?.Status === 'successful')) return 'PlanResult';
  if (deployments.length > 0) return 'DeploymentStatusUpdate';
  return evaluations.some(({ before, after }) => before === undefined && after?.TriggeredBy === 'deployment-watcher')
    ? 'AllocationUpdateDesiredStatus'
    : 'EvaluationUpdated';
}

const isNew = ({ before }: Change<unknown>): boolean => before === undefined;

const isDeregistered = ({ before, after }: Change<Job>): boolean =>
  after === undefined || (after.Stop && before?.Stop !== true);

function isPromoted({ before, after }: Change<Deployment>): boolean {
  const groups = Object.entries(after?.TaskGroups ?? {});
  return groups.some(([name, group]) => group.Promoted && before?.TaskGroups?.[name]?.Promoted === false);
}
