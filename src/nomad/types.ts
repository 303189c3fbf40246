/**
 * Nomad's JSON, as its HTTP API reads and writes it: exact names, exact units. This file holds the job and what is in
 * it; `node-types.ts`, `allocation-types.ts`, `evaluation-types.ts` and `scaling-types.ts` hold the rest.
 *
 * Durations are integer nanoseconds. Times are integer Unix nanoseconds, except where a field says RFC 3339 (text, null
 * for never) or Unix seconds. `| null` is what Nomad writes for nothing; a `?` key is left out when empty. Readers take
 * null and missing alike, since older servers leave out what newer ones write.
 *
 * Compat: spec nomad-api.md §4.
 */

/** Integer nanoseconds. */
export type Nanoseconds = number;
/** RFC 3339 text. */
export type TimeText = string;
export type Strings = Readonly<Record<string, string>>;
/** What this project passes on without looking inside. */
export type Opaque = { readonly [key: string]: unknown };

export type JobType = 'service' | 'batch' | 'system' | 'sysbatch';
export type JobStatus = 'pending' | 'running' | 'dead';

export interface Job {
  readonly ID: string;
  readonly Name: string;
  readonly Region: string;
  readonly Namespace: string;
  readonly Type: JobType;
  readonly Priority: number;
  readonly AllAtOnce: boolean;
  readonly Datacenters: readonly string[];
  readonly NodePool: string;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly Spreads: readonly Spread[] | null;
  readonly TaskGroups: readonly TaskGroup[];
  readonly Update: UpdateStrategy;
  readonly Periodic: PeriodicConfig | null;
  readonly ParameterizedJob: ParameterizedConfig | null;
  readonly Multiregion: Opaque | null;
  readonly UI: JobUi | null;
  readonly VersionTag: JobVersionTag | null;
  /** Base64. */
  readonly Payload: string | null;
  readonly Meta: Strings | null;
  readonly Stop: boolean;
  readonly ParentID: string;
  readonly Dispatched: boolean;
  readonly DispatchIdempotencyToken: string;
  readonly Status: JobStatus;
  readonly StatusDescription: string;
  readonly Stable: boolean;
  readonly Version: number;
  /** Unix nanoseconds. */
  readonly SubmitTime: number;
  readonly CreateIndex: number;
  /** Moves with every write to the job, its status included. */
  readonly ModifyIndex: number;
  /** Moves only when the specification changes. */
  readonly JobModifyIndex: number;
  readonly ConsulNamespace: string;
  readonly VaultNamespace: string;
  readonly NomadTokenID: string;
}

export interface JobUi {
  readonly Description: string;
  readonly Links: readonly { readonly Label: string; readonly URL: string }[] | null;
}

export interface JobVersionTag {
  readonly Name: string;
  readonly Description: string;
  /** Unix nanoseconds. */
  readonly TaggedTime: number;
}

export interface PeriodicConfig {
  readonly Enabled: boolean;
  readonly Spec: string;
  readonly Specs: readonly string[];
  readonly SpecType: string;
  readonly ProhibitOverlap: boolean;
  readonly TimeZone: string;
}

export interface ParameterizedConfig {
  readonly Payload: '' | 'optional' | 'required' | 'forbidden';
  readonly MetaRequired: readonly string[] | null;
  readonly MetaOptional: readonly string[] | null;
}

export interface Constraint {
  readonly LTarget: string;
  readonly RTarget: string;
  readonly Operand: string;
}

export interface Affinity extends Constraint {
  /** -100 to 100. */
  readonly Weight: number;
}

export interface Spread {
  readonly Attribute: string;
  readonly Weight: number;
  readonly SpreadTarget: readonly { readonly Value: string; readonly Percent: number }[] | null;
}

export interface MigrateStrategy {
  readonly MaxParallel: number;
  readonly HealthCheck: string;
  readonly MinHealthyTime: Nanoseconds;
  readonly HealthyDeadline: Nanoseconds;
}

export interface UpdateStrategy extends MigrateStrategy {
  readonly Stagger: Nanoseconds;
  readonly ProgressDeadline: Nanoseconds;
  readonly AutoRevert: boolean;
  readonly AutoPromote: boolean;
  readonly Canary: number;
}

export interface RestartPolicy {
  readonly Attempts: number;
  readonly Interval: Nanoseconds;
  readonly Delay: Nanoseconds;
  readonly Mode: string;
  readonly RenderTemplates: boolean;
}

export interface ReschedulePolicy {
  readonly Attempts: number;
  readonly Interval: Nanoseconds;
  readonly Delay: Nanoseconds;
  readonly DelayFunction: string;
  readonly MaxDelay: Nanoseconds;
  readonly Unlimited: boolean;
}

export interface DisconnectStrategy {
  readonly LostAfter: Nanoseconds;
  readonly StopOnClientAfter: Nanoseconds | null;
  readonly Replace: boolean | null;
  readonly Reconcile: string;
}

export interface TaskGroup {
  readonly Name: string;
  readonly Count: number;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly Spreads: readonly Spread[] | null;
  readonly Meta: Strings | null;
  readonly RestartPolicy: RestartPolicy;
  readonly ReschedulePolicy: ReschedulePolicy | null;
  readonly Update: UpdateStrategy | null;
  readonly Migrate: MigrateStrategy | null;
  readonly Disconnect: DisconnectStrategy | null;
  readonly EphemeralDisk: { readonly Sticky: boolean; readonly SizeMB: number; readonly Migrate: boolean };
  readonly Networks: readonly NetworkResource[] | null;
  readonly Services: readonly Opaque[] | null;
  readonly Volumes: Readonly<Record<string, Opaque>> | null;
  readonly Scaling: ScalingPolicy | null;
  readonly Tasks: readonly Task[];
  readonly ShutdownDelay: Nanoseconds | null;
  readonly MaxRunDuration: Nanoseconds | null;
  readonly MaxClientDisconnect: Nanoseconds | null;
  readonly StopAfterClientDisconnect: Nanoseconds | null;
  readonly PreventRescheduleOnLost: boolean;
  readonly Consul: Opaque | null;
}

/** `Target` has the keys `Namespace`, `Job`, `Group` and, of a vertical policy, `Task`. */
export interface ScalingPolicyStub {
  readonly ID: string;
  readonly Enabled: boolean;
  readonly Type: string;
  readonly Target: Strings | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** A task group's `scaling` block as Nomad keeps it. Inside `Policy` each block is a list of one object. */
export interface ScalingPolicy extends ScalingPolicyStub {
  readonly Namespace?: string;
  readonly Min: number | null;
  readonly Max: number | null;
  readonly Policy: Opaque | null;
}

export interface TaskLifecycle {
  readonly Hook: 'prestart' | 'poststart' | 'poststop';
  readonly Sidecar: boolean;
}

export interface Task {
  readonly Name: string;
  readonly Driver: string;
  readonly User: string;
  /** The driver's own; numbers and texts are kept apart. */
  readonly Config: Opaque | null;
  readonly Env: Strings | null;
  readonly Meta: Strings | null;
  readonly Resources: Resources;
  readonly RestartPolicy: RestartPolicy;
  readonly LogConfig: { readonly MaxFiles: number; readonly MaxFileSizeMB: number; readonly Disabled: boolean };
  readonly KillTimeout: Nanoseconds;
  readonly KillSignal: string;
  readonly Kind: string;
  readonly ShutdownDelay: Nanoseconds;
  readonly Leader: boolean;
  readonly Lifecycle: TaskLifecycle | null;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly Services: readonly Opaque[] | null;
  readonly Templates: readonly Opaque[] | null;
  readonly Artifacts: readonly Opaque[] | null;
  readonly VolumeMounts: readonly Opaque[] | null;
  readonly ScalingPolicies: readonly ScalingPolicy[] | null;
  readonly Identities: readonly Opaque[] | null;
  readonly Secrets: readonly Opaque[] | null;
  readonly Actions: readonly Opaque[] | null;
  readonly Vault: Opaque | null;
  readonly Consul: Opaque | null;
  readonly DispatchPayload: { readonly File: string } | null;
  readonly CSIPluginConfig: Opaque | null;
  readonly Schedule: Opaque | null;
  /** The server fills it in. */
  readonly Identity: Opaque | null;
}

/** What a task asks for; also an allocation's totals in the old form. */
export interface Resources {
  /** MHz. */
  readonly CPU: number;
  readonly Cores: number;
  readonly MemoryMB: number;
  readonly MemoryMaxMB: number;
  readonly DiskMB: number;
  readonly IOPS: number;
  readonly Networks: readonly NetworkResource[] | null;
  readonly Devices: readonly Opaque[] | null;
  readonly NUMA: Opaque | null;
  readonly SecretsMB: number;
}

/** Keys whose value is empty may be left out. */
export interface NetworkResource {
  /** Empty is `host`. */
  readonly Mode?: string;
  readonly Device?: string;
  readonly CIDR?: string;
  readonly IP?: string;
  readonly Hostname?: string;
  readonly MBits?: number;
  readonly DNS?: Opaque | null;
  readonly CNI?: Opaque | null;
  readonly ReservedPorts?: readonly Port[] | null;
  readonly DynamicPorts?: readonly Port[] | null;
}

export interface Port {
  readonly Label: string;
  /** Static, or assigned. */
  readonly Value?: number;
  /** 0: the same; -1: what was assigned. */
  readonly To?: number;
  readonly HostIP?: string;
  readonly HostNetwork?: string;
  readonly IgnoreCollision?: boolean;
}
