/** Nomad's JSON around scaling: the list of jobs, their summaries, scale status and scaling writes. See `types.ts`. */
import type { JobStatus, JobType, Opaque, Strings } from './types.ts';

/** One row of `/v1/jobs`. */
export interface JobListStub {
  readonly ID: string;
  readonly ParentID: string;
  readonly Name: string;
  readonly Namespace: string;
  readonly Datacenters: readonly string[] | null;
  readonly NodePool: string;
  readonly Multiregion?: Opaque | null;
  readonly Type: JobType;
  readonly Priority: number;
  readonly Periodic: boolean;
  readonly ParameterizedJob: boolean;
  readonly Stop: boolean;
  readonly Status: JobStatus;
  readonly StatusDescription: string;
  readonly JobSummary: JobSummary | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly JobModifyIndex: number;
  readonly SubmitTime: number;
  readonly Version?: number;
  /** Only when asked for. */
  readonly Meta?: Strings | null;
}

export interface JobSummary {
  readonly JobID: string;
  readonly Namespace: string;
  /** Every group of the current job. */
  readonly Summary: Readonly<Record<string, TaskGroupSummary>>;
  readonly Children: { readonly Pending: number; readonly Running: number; readonly Dead: number } | null;
  readonly CreateIndex: number;
  /** Moves when an allocation of the job is placed or changes its client status. */
  readonly ModifyIndex: number;
}

export interface TaskGroupSummary {
  readonly Queued: number;
  readonly Complete: number;
  readonly Failed: number;
  readonly Running: number;
  readonly Starting: number;
  readonly Lost: number;
  readonly Unknown: number;
}

/** `GET /v1/job/<id>/scale`. Canaries and ended allocations are not counted. */
export interface JobScaleStatus {
  readonly JobID: string;
  readonly Namespace: string;
  readonly JobCreateIndex: number;
  /** The job's `ModifyIndex`. */
  readonly JobModifyIndex: number;
  readonly JobStopped: boolean;
  readonly TaskGroups: Readonly<Record<string, TaskGroupScaleStatus>> | null;
}

export interface TaskGroupScaleStatus {
  readonly Desired: number;
  readonly Placed: number;
  readonly Running: number;
  readonly Healthy: number;
  readonly Unhealthy: number;
  /** Newest first, 20 at most. */
  readonly Events: readonly ScalingEvent[] | null;
}

export interface ScalingEvent {
  /** Unix nanoseconds. */
  readonly Time: number;
  /** Null when the event only records a message. */
  readonly Count: number | null;
  readonly PreviousCount: number;
  readonly Message: string;
  readonly Error: boolean;
  readonly Meta: Opaque | null;
  readonly EvalID: string | null;
  readonly CreateIndex: number;
}

/** `PUT /v1/job/<id>/scale`. */
export interface ScalingRequest {
  /** Null records an event and changes nothing. */
  readonly Count: number | null;
  readonly Target: Strings;
  readonly Message: string;
  readonly Error: boolean;
  readonly Meta: Opaque | null;
  readonly PolicyOverride: boolean;
  /** 0: whatever the job's index is. */
  readonly JobModifyIndex: number;
}
