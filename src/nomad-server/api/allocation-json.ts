/** Allocations as the API tells them. Compat: spec nomad-api.md §4.8. */
import type {
  AllocatedTaskResources,
  Allocation as AllocationJson,
  AllocStub,
  TaskEvent,
  TaskState,
} from '../../nomad/allocation-types.ts';
import type { Resources } from '../../nomad/types.ts';
import { type Allocation, isClientTerminal, type TaskEventRecord, type TaskRecord } from '../allocation.ts';
import { signingKeyId } from '../node-record.ts';
import { groupOf } from '../scheduler/ask.ts';
import { portsOf } from '../scheduler/ports.ts';

const noResources: Resources = {
  ...{ CPU: 0, Cores: 0, MemoryMB: 0, MemoryMaxMB: 0, DiskMB: 0, IOPS: 0, SecretsMB: 0 },
  ...{ Networks: null, Devices: null, NUMA: null },
};

/** In full. Keys of nothing are left out. */
export function allocationJson(allocation: Allocation): AllocationJson {
  const { DiskMB, Networks } = allocation.AllocatedResources.Shared;
  const ofTasks = Object.values(allocation.AllocatedResources.Tasks).flatMap((task) => task.Networks ?? []);
  const all = ofTasks.length === 0 ? Networks : [...(Networks ?? []), ...ofTasks];
  const { TaskStates: tasks, DesiredTransition: transition, ...plain } = allocation;
  return {
    ...plain,
    Resources: {
      ...noResources,
      ...totalOf(Object.values(allocation.AllocatedResources.Tasks)),
      DiskMB,
      Networks: all,
    },
    TaskResources: Object.fromEntries(
      (groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? []).map((task) => {
        const got = allocation.AllocatedResources.Tasks[task.Name];
        return [task.Name, { ...task.Resources, CPU: got?.Cpu.CpuShares ?? 0, Networks: got?.Networks ?? null }];
      }),
    ),
    SharedResources: { ...noResources, DiskMB, Networks },
    ...(transition === undefined ? {} : { DesiredTransition: { ...noTransition, ...transition } }),
    ...(tasks === undefined ? {} : { TaskStates: taskStates(tasks) }),
    ...(tasks === undefined ? {} : { NetworkStatus: { InterfaceName: '', Address: '', AddressIPv6: '', DNS: null } }),
    SigningKeyID: signingKeyId,
  };
}

/** As it is read by its ID: ports of tasks are told among those of the group. Compat: in lists they are not. */
export function singleAllocationJson(allocation: Allocation): AllocationJson {
  const told = allocationJson(allocation);
  const resources = allocation.AllocatedResources;
  if (Object.values(resources.Tasks).every(({ Networks }) => Networks === null)) return told;
  const Ports = portsOf(resources).map(({ Label, Value = 0, To, HostIP = '' }) => ({
    ...{ Label, Value, HostIP },
    ...(To ? { To } : {}),
  }));
  return { ...told, AllocatedResources: { ...resources, Shared: { ...resources.Shared, Ports } } };
}

/** Of all tasks, whether or not they run at the same time. */
function totalOf(tasks: readonly AllocatedTaskResources[]) {
  const total = { CPU: 0, Cores: 0, MemoryMB: 0, MemoryMaxMB: 0 };
  for (const { Cpu: cpu, Memory: memory } of tasks) {
    total.CPU += cpu.CpuShares;
    total.Cores += cpu.ReservedCores?.length ?? 0;
    total.MemoryMB += memory.MemoryMB;
    total.MemoryMaxMB += Math.max(memory.MemoryMaxMB, memory.MemoryMB);
  }
  return total;
}

/** As the event stream tells it: without its job. */
export function toldAllocation(allocation: Allocation): Omit<AllocationJson, 'Job'> {
  const { Job: _, ...told } = allocationJson(allocation);
  return told;
}

const noTransition = {
  ...{ Migrate: null, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null, MigrateDisablePlacement: null },
};

export interface StubOptions {
  readonly resources: boolean;
  readonly taskStates: boolean;
}

export const plainStub: StubOptions = { resources: false, taskStates: true };

/** A row of a list, with all its keys. */
export function allocationStub(one: Allocation, { resources, taskStates: withTasks }: StubOptions): AllocStub {
  return {
    ...{ ID: one.ID, EvalID: one.EvalID, Name: one.Name, Namespace: one.Namespace, NodeID: one.NodeID },
    ...{ NodeName: one.NodeName, JobID: one.JobID, JobType: one.Job.Type, JobVersion: one.Job.Version },
    TaskGroup: one.TaskGroup,
    ...(resources ? { AllocatedResources: one.AllocatedResources } : {}),
    ...{ DesiredStatus: one.DesiredStatus, DesiredDescription: one.DesiredDescription ?? '' },
    ...{ ClientStatus: one.ClientStatus, ClientDescription: one.ClientDescription ?? '' },
    DesiredTransition: { ...noTransition, ...one.DesiredTransition },
    TaskStates: withTasks && one.TaskStates !== undefined ? taskStates(one.TaskStates) : null,
    DeploymentStatus: one.DeploymentStatus ?? null,
    FollowupEvalID: one.FollowupEvalID ?? '',
    NextAllocation: one.NextAllocation ?? '',
    RescheduleTracker: one.RescheduleTracker ?? null,
    PreemptedAllocations: one.PreemptedAllocations ?? null,
    PreemptedByAllocation: one.PreemptedByAllocation ?? '',
    ...{ CreateIndex: one.CreateIndex, ModifyIndex: one.ModifyIndex },
    ...{ CreateTime: one.CreateTime, ModifyTime: one.ModifyTime },
  };
}

function taskStates(tasks: Readonly<Record<string, TaskRecord>>): Readonly<Record<string, TaskState>> {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [name, { ...task, Paused: '', Events: task.Events.map(taskEvent) }]),
  );
}

const emptyEvent = {
  ...{ DiskLimit: 0, DownloadError: '', DriverError: '', DriverMessage: '', ExitCode: 0, FailedSibling: '' },
  ...{ FailsTask: false, GenericSource: '', KillError: '', KillReason: '', KillTimeout: 0, Message: '' },
  ...{ RestartReason: '', SetupError: '', Signal: 0, StartDelay: 0, TaskSignal: '', TaskSignalReason: '' },
  ...{ ValidationError: '', VaultError: '' },
};

function taskEvent({ Details, Extra, Message, ...event }: TaskEventRecord): TaskEvent {
  return { ...emptyEvent, ...event, ...Extra, Message: Message ?? '', Details: Details ?? {} };
}

/** Neither finished nor given up, and no canary: what a group's counts speak of. */
export function isCounted(allocation: Allocation): boolean {
  return allocation.DesiredStatus === 'run' && !isClientTerminal(allocation) && !allocation.DeploymentStatus?.Canary;
}
