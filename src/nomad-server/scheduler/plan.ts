/**
 * The seam between the server and its scheduler: a snapshot and an evaluation go in, a decision comes out. The
 * scheduler reads no clock, makes no id and writes nothing; ids come from the `newId` of its context.
 */
import type { AllocationMetric } from '../../nomad/allocation-types.ts';
import type { Deployment, DesiredUpdates, Evaluation } from '../../nomad/evaluation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import type { SchedulerConfiguration, Usage } from '../state.ts';

/** What the scheduler may look at. The state store offers it; so can a what-if simulation. */
export interface Snapshot {
  readonly index: number;
  readonly schedulerConfiguration: SchedulerConfiguration;
  job(namespace: string, id: string): Job | undefined;
  nodes(): Iterable<Node>;
  node(id: string): Node | undefined;
  /** Grows and shrinks with every change of a node; while it stands still the nodes are the same. */
  readonly nodesIndex: number;
  allocation(id: string): Allocation | undefined;
  allocationsOfJob(namespace: string, id: string): Iterable<Allocation>;
  allocationsOfNode(id: string): Iterable<Allocation>;
  /** What the node's unfinished allocations occupy, kept as running sums. */
  usage(nodeId: string): Usage;
  latestDeployment(namespace: string, jobId: string): Deployment | undefined;
}

/** What a run of the scheduler gets beside the snapshot. */
export interface Context {
  readonly nowMs: number;
  readonly newId: () => string;
  /** Uniform in [0, 1): shuffles the nodes and picks dynamic ports. Seeded for simulations. */
  readonly random: () => number;
}

/** A change of the world that belongs to one evaluation; committed at once or in part (a node may refuse). */
export interface Plan {
  readonly evaluationId: string;
  readonly job: Job | undefined;
  /** Allocations to stop, or to mark lost or unknown, with their new fields. */
  readonly stops: readonly Allocation[];
  /** Allocations of other jobs that make way for a placement, with their new fields. */
  readonly evictions: readonly Allocation[];
  /** New allocations and in-place updates. */
  readonly placements: readonly Allocation[];
  /** A deployment to create. */
  readonly deployment: Deployment | undefined;
  readonly deploymentUpdates: readonly DeploymentUpdate[];
  readonly allAtOnce: boolean;
}

export interface DeploymentUpdate {
  readonly id: string;
  readonly status: Deployment['Status'];
  readonly description: string;
}

/** Everything that one evaluation leads to. */
export interface Decision {
  readonly plan: Plan;
  readonly desired: Readonly<Record<string, DesiredUpdates>>;
  /** Wanted placements that found no node, by group. */
  readonly queued: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, AllocationMetric>>;
  /** The node of a system job that was full first; its evaluation waits for that node. */
  readonly blockedOn:
    | { readonly nodeId: string; readonly failed: Readonly<Record<string, AllocationMetric>> }
    | undefined;
  /** Feasibility by computed class; undefined when it cannot be told by class. */
  readonly classEligibility: Readonly<Record<string, boolean>> | undefined;
  readonly escaped: boolean;
  /** Evaluations to run later, as for delayed reschedules. */
  readonly followUps: readonly Evaluation[];
  /** Allocations that make way, as they were. */
  readonly preempted: readonly Allocation[];
  /** The job's newest deployment, whatever became of it. */
  readonly deploymentId: string | undefined;
}

/** Runs one evaluation. */
export type Scheduler = (snapshot: Snapshot, evaluation: Evaluation, context: Context) => Decision;

/** True when committing the plan would change nothing. */
export function isNoOp(plan: Plan): boolean {
  return (
    plan.stops.length === 0 &&
    plan.placements.length === 0 &&
    plan.deployment === undefined &&
    plan.deploymentUpdates.length === 0
  );
}
