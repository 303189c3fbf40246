/** Nomad's JSON of clients, which it calls nodes. See `types.ts`. */
import type { Nanoseconds, NetworkResource, Opaque, Strings, TimeText } from './types.ts';

export type NodeStatus = 'initializing' | 'ready' | 'down' | 'disconnected';
export type NodeEligibility = 'eligible' | 'ineligible';

export interface Node {
  readonly ID: string;
  /** Always empty in answers. */
  readonly SecretID: string;
  readonly Name: string;
  readonly Datacenter: string;
  readonly NodeClass: string;
  readonly NodePool: string;
  /** `host:port`. */
  readonly HTTPAddr: string;
  readonly TLSEnabled: boolean;
  readonly Attributes: Strings;
  readonly NodeResources: NodeResources | null;
  readonly ReservedResources: NodeReservedResources | null;
  readonly Links: Strings | null;
  readonly Meta: Strings | null;
  readonly CgroupParent: string;
  readonly GCVolumesOnNodeGC: boolean;
  readonly IdentitySigningKeyID: string;
  readonly LastAllocUpdateIndex: number;
  readonly LastMissedHeartbeatIndex: number;
  /** `v1:<number>`. */
  readonly ComputedClass: string;
  /** True while `DrainStrategy` is set. */
  readonly Drain: boolean;
  readonly DrainStrategy: DrainStrategy | null;
  readonly SchedulingEligibility: NodeEligibility;
  readonly Status: NodeStatus;
  readonly StatusDescription: string;
  /** Unix seconds. */
  readonly StatusUpdatedAt: number;
  /** Newest last, 10 at most. */
  readonly Events: readonly NodeEvent[] | null;
  readonly Drivers: Readonly<Record<string, DriverInfo>> | null;
  readonly HostVolumes: Readonly<Record<string, Opaque>> | null;
  readonly HostNetworks: Readonly<Record<string, Opaque>> | null;
  readonly CSIControllerPlugins: Readonly<Record<string, Opaque>> | null;
  readonly CSINodePlugins: Readonly<Record<string, Opaque>> | null;
  readonly LastDrain: DrainMetadata | null;
  /** 0: no limit. */
  readonly NodeMaxAllocs: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** What a client has. */
export interface NodeResources {
  /** MHz and cores. */
  readonly Cpu: {
    readonly CpuShares: number;
    readonly TotalCpuCores: number;
    readonly ReservableCpuCores: readonly number[] | null;
  };
  readonly Memory: { readonly MemoryMB: number };
  readonly Disk: { readonly DiskMB: number };
  readonly Networks: readonly NetworkResource[] | null;
  readonly NodeNetworks: readonly NodeNetwork[] | null;
  readonly Devices: readonly Opaque[] | null;
  readonly MinDynamicPort: number;
  readonly MaxDynamicPort: number;
  readonly Processors?: Opaque;
}

export interface NodeNetwork {
  readonly Mode: string;
  readonly Device: string;
  readonly MacAddress: string;
  readonly Speed: number;
  readonly Addresses: readonly NodeNetworkAddress[] | null;
}

export interface NodeNetworkAddress {
  readonly Family: 'ipv4' | 'ipv6';
  readonly Alias: string;
  readonly Address: string;
  readonly ReservedPorts: string;
  readonly Gateway: string;
}

/** What a client keeps for itself: no allocation gets it. */
export interface NodeReservedResources {
  readonly Cpu: { readonly CpuShares: number; readonly ReservedCpuCores?: readonly number[] | null };
  readonly Memory: { readonly MemoryMB: number };
  readonly Disk: { readonly DiskMB: number };
  readonly Networks: { readonly ReservedHostPorts: string };
}

export interface DrainSpec {
  /** 0: no deadline; negative: at once. */
  readonly Deadline: Nanoseconds;
  readonly IgnoreSystemJobs: boolean;
}

export interface DrainStrategy extends DrainSpec {
  /** Null without a deadline. */
  readonly ForceDeadline: TimeText | null;
  readonly StartedAt: TimeText;
}

export interface DrainMetadata {
  readonly StartedAt: TimeText;
  readonly UpdatedAt: TimeText;
  readonly Status: 'draining' | 'complete' | 'canceled';
  readonly AccessorID: string;
  readonly Meta: Strings | null;
}

export interface NodeEvent {
  readonly Message: string;
  readonly Subsystem: string;
  readonly Details: Strings | null;
  readonly Timestamp: TimeText;
  readonly CreateIndex: number;
}

export interface DriverInfo {
  readonly Attributes: Strings | null;
  readonly Detected: boolean;
  readonly Healthy: boolean;
  readonly HealthDescription: string;
  readonly UpdateTime: TimeText;
}

/** One row of `/v1/nodes`. */
export interface NodeListStub {
  /** The host of `HTTPAddr`. */
  readonly Address: string;
  readonly ID: string;
  readonly Datacenter: string;
  readonly Name: string;
  readonly NodePool: string;
  readonly NodeClass: string;
  readonly Version: string;
  readonly Drain: boolean;
  readonly SchedulingEligibility: NodeEligibility;
  readonly Status: NodeStatus;
  readonly StatusDescription: string;
  readonly Drivers: Readonly<Record<string, DriverInfo>> | null;
  readonly HostVolumes: Readonly<Record<string, Opaque>> | null;
  readonly LastDrain: DrainMetadata | null;
  /** With `resources=true`. */
  readonly NodeResources?: NodeResources | null;
  readonly ReservedResources?: NodeReservedResources | null;
  /** With `os=true`: `os.name`. */
  readonly Attributes?: Strings | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** `PUT /v1/node/<id>/drain`. */
export interface NodeDrainRequest {
  readonly NodeID: string;
  /** Null ends the drain. */
  readonly DrainSpec: DrainSpec | null;
  readonly MarkEligible: boolean;
  readonly Meta: Strings | null;
}

/** `PUT /v1/node/<id>/eligibility`. */
export interface NodeEligibilityRequest {
  readonly NodeID: string;
  readonly Eligibility: NodeEligibility;
}

/** The answer to a drain and to a change of eligibility. */
export interface NodeDrainResponse {
  readonly NodeModifyIndex: number;
  readonly EvalIDs: readonly string[] | null;
  readonly EvalCreateIndex: number;
  readonly Index: number;
}
