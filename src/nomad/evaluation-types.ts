/** Nomad's JSON of evaluations and deployments. See `types.ts`. */
import type { AllocationMetric } from './allocation-types.ts';
import type { JobType, Nanoseconds, Opaque, TimeText } from './types.ts';

export type EvaluationStatus = 'pending' | 'blocked' | 'complete' | 'failed' | 'canceled';

export interface Evaluation {
  readonly ID: string;
  readonly Namespace: string;
  readonly Priority: number;
  readonly Type: JobType;
  readonly TriggeredBy: string;
  readonly JobID: string;
  readonly JobModifyIndex?: number;
  readonly NodeID?: string;
  readonly NodeModifyIndex?: number;
  readonly DeploymentID?: string;
  readonly Status: EvaluationStatus;
  readonly StatusDescription?: string;
  readonly Wait?: Nanoseconds;
  readonly WaitUntil?: TimeText | null;
  readonly NextEval?: string;
  readonly PreviousEval?: string;
  readonly BlockedEval?: string;
  /** Only with `related=true`. */
  readonly RelatedEvals?: readonly EvaluationStub[] | null;
  readonly FailedTGAllocs?: Readonly<Record<string, AllocationMetric>> | null;
  readonly PlanAnnotations?: PlanAnnotations | null;
  readonly ClassEligibility?: Readonly<Record<string, boolean>> | null;
  readonly QuotaLimitReached?: string;
  readonly EscapedComputedClass?: boolean;
  readonly AnnotatePlan?: boolean;
  readonly QueuedAllocations?: Readonly<Record<string, number>> | null;
  readonly SnapshotIndex?: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

/** A related evaluation, with every key. */
export interface EvaluationStub {
  readonly ID: string;
  readonly Namespace: string;
  readonly Priority: number;
  readonly Type: JobType;
  readonly TriggeredBy: string;
  readonly JobID: string;
  readonly NodeID: string;
  readonly DeploymentID: string;
  readonly Status: EvaluationStatus;
  readonly StatusDescription: string;
  readonly WaitUntil: TimeText | null;
  readonly NextEval: string;
  readonly PreviousEval: string;
  readonly BlockedEval: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface PlanAnnotations {
  readonly DesiredTGUpdates: Readonly<Record<string, DesiredUpdates>> | null;
  readonly PreemptedAllocs: readonly Opaque[] | null;
}

/** How many allocations of a group a plan touches, by what it does to them. */
export interface DesiredUpdates {
  readonly Ignore: number;
  readonly Place: number;
  readonly Migrate: number;
  readonly Stop: number;
  readonly InPlaceUpdate: number;
  readonly DestructiveUpdate: number;
  readonly Canary: number;
  readonly Preemptions: number;
  readonly Disconnect?: number;
  readonly Reconnect?: number;
  readonly RescheduleNow?: number;
  readonly RescheduleLater?: number;
}

export type DeploymentStatus =
  | 'running'
  | 'paused'
  | 'failed'
  | 'successful'
  | 'cancelled'
  | 'pending'
  | 'blocked'
  | 'unblocking'
  | 'initializing';

export interface Deployment {
  readonly ID: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly JobVersion: number;
  readonly JobModifyIndex: number;
  readonly JobSpecModifyIndex: number;
  readonly JobCreateIndex: number;
  readonly IsMultiregion: boolean;
  readonly TaskGroups: Readonly<Record<string, DeploymentState>> | null;
  readonly Status: DeploymentStatus;
  readonly StatusDescription: string;
  readonly EvalPriority: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface DeploymentState {
  readonly AutoRevert: boolean;
  readonly AutoPromote: boolean;
  readonly ProgressDeadline: Nanoseconds;
  /** Null when it is not judged by progress or nothing was placed. */
  readonly RequireProgressBy: TimeText | null;
  readonly Promoted: boolean;
  readonly PlacedCanaries: readonly string[] | null;
  readonly DesiredCanaries: number;
  readonly DesiredTotal: number;
  readonly PlacedAllocs: number;
  readonly HealthyAllocs: number;
  readonly UnhealthyAllocs: number;
}
