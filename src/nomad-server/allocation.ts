/**
 * An allocation as the state keeps it: what Nomad's JSON derives from the job or repeats (`Resources`,
 * `TaskResources`, empty event fields) is added when it is read, see `api/allocation-json.ts`.
 */
import type {
  AllocatedResources,
  AllocationDeploymentStatus,
  AllocationMetric,
  AllocationState,
  ClientStatus,
  DesiredStatus,
  RescheduleTracker,
} from '../nomad/allocation-types.ts';
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Job, Strings, TimeText } from '../nomad/types.ts';

export interface Allocation {
  readonly ID: string;
  readonly Namespace: string;
  readonly EvalID: string;
  /** `<job>.<group>[<index>]` */
  readonly Name: string;
  readonly NodeID: string;
  readonly NodeName: string;
  readonly JobID: string;
  /** In the version that it runs; shared with the state, not copied. */
  readonly Job: Job;
  readonly TaskGroup: string;
  /** Shared by all allocations of a group that use no ports. */
  readonly AllocatedResources: AllocatedResources;
  readonly Metrics: AllocationMetric;
  readonly DesiredStatus: DesiredStatus;
  readonly DesiredDescription?: string;
  readonly DesiredTransition?: Transition;
  readonly ClientStatus: ClientStatus;
  readonly ClientDescription?: string;
  /** Missing until its client reported. */
  readonly TaskStates?: Readonly<Record<string, TaskRecord>>;
  readonly DeploymentID?: string;
  readonly DeploymentStatus?: AllocationDeploymentStatus;
  readonly RescheduleTracker?: RescheduleTracker;
  readonly FollowupEvalID?: string;
  /** When its client was lost sight of, and when it came back, the newest last. */
  readonly AllocStates?: readonly AllocationState[];
  readonly PreviousAllocation?: string;
  readonly NextAllocation?: string;
  /** Those that made way for it. */
  readonly PreemptedAllocations?: readonly string[];
  /** The one that it made way for. */
  readonly PreemptedByAllocation?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly AllocModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

/** What the server wishes of an allocation; a missing key is no wish. */
export interface Transition {
  readonly Migrate?: boolean;
  readonly Reschedule?: boolean;
  readonly ForceReschedule?: boolean;
  readonly NoShutdownDelay?: boolean;
  readonly MigrateDisablePlacement?: boolean;
}

export interface TaskRecord {
  /** Empty when the allocation never came to its tasks. */
  readonly State: 'pending' | 'running' | 'dead' | '';
  readonly Failed: boolean;
  readonly Restarts: number;
  readonly LastRestart: TimeText | null;
  readonly StartedAt: TimeText | null;
  readonly FinishedAt: TimeText | null;
  /** The newest last, 10 at most. */
  readonly Events: readonly TaskEventRecord[];
}

export interface TaskEventRecord {
  readonly Type: string;
  /** Unix nanoseconds. */
  readonly Time: number;
  readonly DisplayMessage: string;
  readonly Message?: string;
  readonly Details?: Strings;
  /** Other fields of Nomad's task event that are not empty. */
  readonly Extra?: Readonly<Record<string, unknown>>;
}

/** Desired to stop: the server gave it up. */
export function isServerTerminal(allocation: Allocation): boolean {
  return allocation.DesiredStatus !== 'run';
}

/** Finished on its node: it occupies nothing any more. */
export function isClientTerminal(allocation: Allocation): boolean {
  const status = allocation.ClientStatus;
  return status === 'complete' || status === 'failed' || status === 'lost';
}

export function isTerminal(allocation: Allocation): boolean {
  return isServerTerminal(allocation) || isClientTerminal(allocation);
}

export function isOpen(evaluation: Evaluation): boolean {
  return evaluation.Status === 'pending' || evaluation.Status === 'blocked';
}

/** A deployment that still decides what may be placed. */
export function isActive(deployment: Deployment): boolean {
  return deployment.Status !== 'failed' && deployment.Status !== 'successful' && deployment.Status !== 'cancelled';
}
