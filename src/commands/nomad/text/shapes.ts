/**
 * Objects as `-json` prints them: what Nomad's command line knows of them, which is less than the API says in places, and
 * says nothing of with its zero value in others. Source: the recordings of a real Nomad.
 */
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';

/** Any answer: what it is, is known by the path that was asked. */
type Of = object;

const zeroEvaluation = {
  ...{ AnnotatePlan: false, BlockedEval: '', ClassEligibility: null, EscapedComputedClass: false },
  ...{ FailedTGAllocs: null, MissingNonNodeResources: null, NextEval: '', NodeID: '', NodeModifyIndex: 0 },
  ...{ JobModifyIndex: 0, PreviousEval: '', QuotaLimitReached: '', RelatedEvals: null, StatusDescription: '' },
  ...{ Wait: 0, WaitUntil: null, DeploymentID: '', PlanAnnotations: null, QueuedAllocations: null, SnapshotIndex: 0 },
};

const zeroNetwork = {
  ...{ CIDR: '', CNI: null, DNS: null, Device: '', DynamicPorts: null, Hostname: '', IP: '', MBits: null, Mode: '' },
  ReservedPorts: null,
};

const zeroAllocation = {
  ...{ DeploymentID: '', DeploymentStatus: null, DesiredDescription: '', FollowupEvalID: '', NextAllocation: '' },
  ...{ ClientDescription: '', NetworkStatus: null, PreemptedAllocations: null, PreemptedByAllocation: '' },
  ...{ PreviousAllocation: '', RescheduleTracker: null, Services: null, TaskStates: null },
};

const zeroTransition = {
  ...{ ForceReschedule: null, Migrate: null, MigrateDisablePlacement: null, NoShutdownDelay: null, Reschedule: null },
};

export function asEvaluation(evaluation: Of): JsonObject {
  const { RelatedEvals, ...rest } = { ...zeroEvaluation, ...evaluation } as JsonObject;
  const related = Array.isArray(RelatedEvals) && RelatedEvals.length > 0 ? RelatedEvals : null;
  return { ...rest, RelatedEvals: related };
}

export function asDeployment(deployment: Of): JsonObject {
  const shown = without(deployment, ['EvalPriority']);
  return { ...shown, TaskGroups: mapped(shown['TaskGroups'], (state) => without(state, ['AutoPromote'])) };
}

export function asAllocationStub(stub: Of): JsonObject {
  const shown = without(stub, ['DesiredTransition', 'AllocatedResources']);
  return { ...shown, TaskStates: mapped(shown['TaskStates'], asTaskState) };
}

export function asAllocation(allocation: Of): JsonObject {
  const known = without({ ...zeroAllocation, ...allocation }, ['SharedResources', 'SigningKeyID', 'AllocStates']);
  return {
    ...known,
    AllocatedResources: objectOr(known['AllocatedResources'], asAllocatedResources),
    DesiredTransition: { ...zeroTransition, ...objectOf(known['DesiredTransition']) },
    Job: objectOr(known['Job'], asJob),
    NetworkStatus: objectOr(known['NetworkStatus'], (status) => ({ DNS: null, ...status })),
    Resources: objectOr(known['Resources'], asResources),
    TaskResources: mapped(known['TaskResources'], asResources),
    TaskStates: mapped(known['TaskStates'], asTaskState),
  };
}

export function asJob(job: Of): JsonObject {
  const shown = { Migrate: null, Reschedule: null, ...job } as JsonObject;
  return { ...shown, TaskGroups: each(shown['TaskGroups'], asGroup) };
}

export function asNode(node: Of): JsonObject {
  const hidden = [
    'ComputedClass',
    'IdentitySigningKeyID',
    'LastAllocUpdateIndex',
    'LastMissedHeartbeatIndex',
    'SecretID',
  ];
  const shown = { Reserved: null, Resources: null, ...without(node, hidden) } as JsonObject;
  return {
    ...shown,
    NodeResources: objectOr(shown['NodeResources'], asNodeResources),
    ReservedResources: objectOr(shown['ReservedResources'], (reserved) => ({
      ...reserved,
      Cpu: objectOr(reserved['Cpu'], asCpu),
    })),
  };
}

function asNodeResources(resources: JsonObject): JsonObject {
  const shown = without(resources, ['NodeNetworks', 'Processors']);
  return { ...shown, Cpu: objectOr(shown['Cpu'], asCpu), Networks: each(shown['Networks'], asNetwork) };
}

const asCpu = (cpu: JsonObject): JsonObject => without(cpu, ['ReservedCpuCores']);

function asGroup(group: JsonObject): JsonObject {
  return { ...group, Networks: each(group['Networks'], asNetwork), Tasks: each(group['Tasks'], asTask) };
}

function asTask(task: JsonObject): JsonObject {
  return {
    ...without(task, ['CSIPluginConfig']),
    LogConfig: objectOr(task['LogConfig'], (config) => ({ Enabled: null, ...config })),
    Resources: objectOr(task['Resources'], asResources),
  };
}

function asNetwork(network: JsonObject): JsonObject {
  const shown = { ...zeroNetwork, ...network };
  return { ...shown, DynamicPorts: each(shown.DynamicPorts, asPort), ReservedPorts: each(shown.ReservedPorts, asPort) };
}

const asPort = (port: JsonObject): JsonObject => ({
  ...{ HostNetwork: '', IgnoreCollision: false, To: 0, Value: 0 },
  ...port,
});

function asAllocatedResources(resources: JsonObject): JsonObject {
  const shared = objectOf(resources['Shared']);
  return {
    Shared: { ...shared, Networks: each(shared['Networks'], asNetwork) },
    Tasks: mapped(resources['Tasks'], (task) => ({
      ...task,
      Cpu: objectOr(task['Cpu'], (cpu) => without(cpu, ['ReservedCores'])),
      Networks: each(task['Networks'], asNetwork),
    })),
  };
}

const asResources = (resources: JsonObject): JsonObject => ({
  ...resources,
  Networks: each(resources['Networks'], asNetwork),
});

function asTaskState(state: JsonObject): JsonObject {
  const shown = without(state, ['Paused']);
  return { ...shown, Events: each(shown['Events'], (event) => ({ DiskSize: 0, ...event })) };
}

function without(value: Of, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

const objectOr = (value: unknown, shape: (value: JsonObject) => JsonObject): unknown =>
  isJsonObject(value) ? shape(value) : value;

const each = (value: unknown, shape: (value: JsonObject) => JsonObject): unknown =>
  Array.isArray(value) ? value.map((item) => objectOr(item, shape)) : value;

const mapped = (value: unknown, shape: (value: JsonObject) => JsonObject): unknown =>
  objectOr(value, (all) => Object.fromEntries(Object.entries(all).map(([key, one]) => [key, objectOr(one, shape)])));
