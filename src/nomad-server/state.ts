/** Everything that the embedded Nomad knows, as tables with the groupings that its readers need. */
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { JobSummary, ScalingEvent } from '../nomad/scaling-types.ts';
import type { Job, Opaque, ScalingPolicy, Strings } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import { Grouping, Table } from './table.ts';

export interface Namespace {
  readonly Name: string;
  readonly Description: string;
  readonly Quota: string;
  readonly Capabilities: Opaque | null;
  readonly NodePoolConfiguration: Opaque | null;
  readonly VaultConfiguration: Opaque | null;
  readonly ConsulConfiguration: Opaque | null;
  readonly Meta: Strings | null;
  readonly OptionalExtraClaims: Opaque | null;
  readonly RequiredExtraClaims: Opaque | null;
  readonly Hash: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface NodePool {
  readonly Name: string;
  readonly Description: string;
  readonly Meta: Strings | null;
  readonly NodeIdentityTTL: number;
  readonly Hash: string | null;
  readonly SchedulerConfiguration: Opaque | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** The job file that a version came from, as it was handed in. */
export interface Submission {
  readonly Source: string;
  readonly Format: string;
  readonly VariableFlags: Opaque | null;
  readonly Variables: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly Version: number;
  readonly JobModifyIndex: number;
}

export interface SchedulerConfiguration {
  readonly SchedulerAlgorithm: string;
  readonly PreemptionConfig: {
    readonly SystemSchedulerEnabled: boolean;
    readonly SysBatchSchedulerEnabled: boolean;
    readonly BatchSchedulerEnabled: boolean;
    readonly ServiceSchedulerEnabled: boolean;
  };
  readonly MemoryOversubscriptionEnabled: boolean;
  readonly RejectJobRegistration: boolean;
  readonly PauseEvalBroker: boolean;
  readonly NodeLimitForFeasibilityChecks: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** A job's scaling events by group, the newest first, 20 at most. */
export interface ScalingEvents {
  readonly groups: ReadonlyMap<string, readonly ScalingEvent[]>;
  readonly ModifyIndex: number;
}

/** What the allocations of a node that are not finished occupy. */
export interface Usage {
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly memoryMaxMb: number;
  readonly diskMb: number;
  readonly allocations: number;
}

export const noUsage: Usage = { cpuMhz: 0, memoryMb: 0, memoryMaxMb: 0, diskMb: 0, allocations: 0 };

export interface Variable {
  readonly Namespace: string;
  readonly Path: string;
  readonly Items: Strings | null;
  readonly Lock: VariableLock | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface VariableLock {
  readonly ID: string;
  readonly ttlMs: number;
  readonly delayMs: number;
}

export interface State {
  readonly nodes: Table<Node>;
  /** By `jobKey`. */
  readonly jobs: Table<Job>;
  /** By `jobKey`, the newest first. */
  readonly versions: Table<readonly Job[]>;
  /** By `jobKey`, the newest version first. */
  readonly submissions: Table<readonly Submission[]>;
  readonly summaries: Table<JobSummary>;
  readonly evaluations: Table<Evaluation>;
  readonly evaluationsByJob: Grouping<Evaluation>;
  readonly allocations: Table<Allocation>;
  readonly allocationsByJob: Grouping<Allocation>;
  readonly allocationsByNode: Grouping<Allocation>;
  readonly deployments: Table<Deployment>;
  readonly deploymentsByJob: Grouping<Deployment>;
  readonly policies: Table<ScalingPolicy>;
  /** By `jobKey`. */
  readonly scalingEvents: Table<ScalingEvents>;
  readonly nodePools: Table<NodePool>;
  readonly namespaces: Table<Namespace>;
  /** By `variableKey`. */
  readonly variables: Table<Variable>;
  readonly usage: Map<string, Usage>;
  /** By `jobKey`: those of type `system` and `sysbatch`. */
  readonly systemJobs: Map<string, Job>;
}

export function newState(): State {
  return {
    nodes: new Table('nodes'),
    jobs: new Table('jobs'),
    versions: new Table('job versions'),
    submissions: new Table('job submissions'),
    summaries: new Table('job summaries'),
    evaluations: new Table('evaluations'),
    evaluationsByJob: new Grouping(),
    allocations: new Table('allocations'),
    allocationsByJob: new Grouping(),
    allocationsByNode: new Grouping(),
    deployments: new Table('deployments'),
    deploymentsByJob: new Grouping(),
    policies: new Table('scaling policies'),
    scalingEvents: new Table('scaling events'),
    nodePools: new Table('node pools'),
    namespaces: new Table('namespaces'),
    variables: new Table('variables'),
    usage: new Map(),
    systemJobs: new Map(),
  };
}
