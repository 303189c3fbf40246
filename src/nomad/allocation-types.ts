/** Nomad's JSON of allocations and of what they use. See `types.ts`. */
import type {
  Job,
  JobType,
  Nanoseconds,
  NetworkResource,
  Opaque,
  Port,
  Resources,
  Strings,
  TaskLifecycle,
  TimeText,
} from './types.ts';

export type DesiredStatus = 'run' | 'stop' | 'evict';
export type ClientStatus = 'pending' | 'running' | 'complete' | 'failed' | 'lost' | 'unknown';

/** An allocation in full: `/v1/allocation/<id>`, `/v1/node/<id>/allocations`, events. */
export interface Allocation {
  readonly ID: string;
  readonly Namespace: string;
  readonly EvalID: string;
  /** `<job>.<group>[<index>]`. */
  readonly Name: string;
  readonly NodeID: string;
  readonly NodeName: string;
  readonly JobID: string;
  /** In the version that the allocation runs. */
  readonly Job: Job | null;
  readonly TaskGroup: string;
  /** Totals of the tasks, and the shared disk. */
  readonly Resources: Resources | null;
  readonly TaskResources: Readonly<Record<string, Resources>> | null;
  readonly SharedResources: Resources | null;
  readonly AllocatedResources: AllocatedResources | null;
  readonly Metrics: AllocationMetric | null;
  readonly DesiredStatus: DesiredStatus;
  readonly DesiredDescription?: string;
  readonly DesiredTransition?: DesiredTransition;
  readonly ClientStatus: ClientStatus;
  readonly ClientDescription?: string;
  readonly TaskStates?: Readonly<Record<string, TaskState>> | null;
  readonly DeploymentID?: string;
  readonly DeploymentStatus?: AllocationDeploymentStatus | null;
  readonly RescheduleTracker?: RescheduleTracker | null;
  readonly FollowupEvalID?: string;
  readonly PreviousAllocation?: string;
  readonly NextAllocation?: string;
  readonly PreemptedAllocations?: readonly string[] | null;
  readonly PreemptedByAllocation?: string;
  readonly NetworkStatus?: NetworkStatus | null;
  readonly AllocStates?: readonly AllocationState[] | null;
  readonly SigningKeyID?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly AllocModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

/** One row of `/v1/allocations` and of the lists of a job, an evaluation, a deployment. */
export interface AllocStub {
  readonly ID: string;
  readonly EvalID: string;
  readonly Name: string;
  readonly Namespace: string;
  readonly NodeID: string;
  readonly NodeName: string;
  readonly JobID: string;
  readonly JobType: JobType;
  readonly JobVersion: number;
  readonly TaskGroup: string;
  /** With `resources=true`. */
  readonly AllocatedResources?: AllocatedResources | null;
  readonly DesiredStatus: DesiredStatus;
  readonly DesiredDescription: string;
  readonly ClientStatus: ClientStatus;
  readonly ClientDescription: string;
  readonly DesiredTransition: DesiredTransition;
  /** Null with `task_states=false` and before the client reported. */
  readonly TaskStates: Readonly<Record<string, TaskState>> | null;
  readonly DeploymentStatus: AllocationDeploymentStatus | null;
  readonly FollowupEvalID: string;
  readonly NextAllocation: string;
  readonly RescheduleTracker: RescheduleTracker | null;
  readonly PreemptedAllocations: readonly string[] | null;
  readonly PreemptedByAllocation: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface AllocatedResources {
  readonly Tasks: Readonly<Record<string, AllocatedTaskResources>>;
  readonly TaskLifecycles: Readonly<Record<string, TaskLifecycle | null>> | null;
  readonly Shared: {
    readonly DiskMB: number;
    readonly Networks: readonly NetworkResource[] | null;
    readonly Ports: readonly Port[] | null;
  };
}

export interface AllocatedTaskResources {
  readonly Cpu: { readonly CpuShares: number; readonly ReservedCores: readonly number[] | null };
  readonly Memory: { readonly MemoryMB: number; readonly MemoryMaxMB: number };
  readonly Networks: readonly NetworkResource[] | null;
  readonly Devices: readonly Opaque[] | null;
}

export interface DesiredTransition {
  readonly Migrate: boolean | null;
  readonly Reschedule: boolean | null;
  readonly ForceReschedule: boolean | null;
  readonly NoShutdownDelay: boolean | null;
  readonly MigrateDisablePlacement: boolean | null;
}

export interface AllocationDeploymentStatus {
  readonly Healthy: boolean | null;
  readonly Timestamp: TimeText | null;
  readonly Canary: boolean;
  readonly ModifyIndex: number;
}

export interface RescheduleTracker {
  readonly Events: readonly RescheduleEvent[] | null;
  readonly LastReschedule?: string;
}

export interface RescheduleEvent {
  /** Unix nanoseconds. */
  readonly RescheduleTime: number;
  readonly PrevAllocID: string;
  readonly PrevNodeID: string;
  readonly Delay: Nanoseconds;
}

export interface NetworkStatus {
  readonly InterfaceName: string;
  readonly Address: string;
  readonly AddressIPv6: string;
  readonly DNS: Opaque | null;
}

export interface AllocationState {
  /** 0: the client status. */
  readonly Field: number;
  readonly Value: string;
  readonly Time: TimeText;
}

export interface TaskState {
  /** Empty before the client set it up. */
  readonly State: 'pending' | 'running' | 'dead' | '';
  readonly Failed: boolean;
  readonly Restarts: number;
  readonly LastRestart: TimeText | null;
  readonly StartedAt: TimeText | null;
  readonly FinishedAt: TimeText | null;
  readonly Paused: string;
  readonly Events: readonly TaskEvent[] | null;
}

/** The texts of a task's life; the fields beside these are kept as they are. */
export interface TaskEvent extends Opaque {
  readonly Type: string;
  /** Unix nanoseconds. */
  readonly Time: number;
  readonly Message: string;
  /** What the command line prints. */
  readonly DisplayMessage: string;
  readonly Details: Strings | null;
}

/** Why something was, or could not be, placed. */
export interface AllocationMetric {
  readonly NodesEvaluated: number;
  readonly NodesFiltered: number;
  readonly NodesInPool: number;
  readonly NodePool: string;
  readonly NodesAvailable: Readonly<Record<string, number>> | null;
  readonly ClassFiltered: Readonly<Record<string, number>> | null;
  readonly ConstraintFiltered: Readonly<Record<string, number>> | null;
  readonly NodesExhausted: number;
  readonly ClassExhausted: Readonly<Record<string, number>> | null;
  readonly DimensionExhausted: Readonly<Record<string, number>> | null;
  readonly QuotaExhausted: readonly string[] | null;
  readonly ResourcesExhausted: Readonly<Record<string, Resources>> | null;
  /** Best first, 5 at most. */
  readonly ScoreMetaData: readonly NodeScore[] | null;
  readonly Scores: null;
  readonly AllocationTime: Nanoseconds;
  readonly CoalescedFailures: number;
}

export interface NodeScore {
  readonly NodeID: string;
  readonly Scores: Readonly<Record<string, number>>;
  readonly NormScore: number;
}

/** `/v1/client/allocation/<id>/stats`. */
export interface AllocResourceUsage {
  readonly ResourceUsage: ResourceUsage | null;
  readonly Tasks: Readonly<Record<string, TaskResourceUsage>> | null;
  /** Unix nanoseconds. */
  readonly Timestamp: number;
}

export interface TaskResourceUsage {
  readonly ResourceUsage: ResourceUsage | null;
  readonly Timestamp: number;
  readonly Pids: Opaque | null;
}

export interface ResourceUsage {
  readonly CpuStats: CpuStats | null;
  readonly MemoryStats: MemoryStats | null;
  readonly DeviceStats: readonly Opaque[] | null;
}

export interface CpuStats {
  readonly SystemMode: number;
  readonly UserMode: number;
  /** MHz. */
  readonly TotalTicks: number;
  readonly ThrottledPeriods: number;
  readonly ThrottledTime: number;
  readonly Percent: number;
  readonly Measured: readonly string[] | null;
}

/** Bytes. */
export interface MemoryStats {
  readonly RSS: number;
  readonly Cache: number;
  readonly Swap: number;
  readonly Usage: number;
  readonly MaxUsage: number;
  readonly KernelUsage: number;
  readonly KernelMaxUsage: number;
  readonly MappedFile?: number;
  readonly Measured: readonly string[] | null;
}
