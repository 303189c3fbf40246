/**
 * Fills the defaults into a parsed job as Nomad's client library does: fewer than the server does when it stores it.
 *
 * Compat: as recorded for `PUT /v1/jobs/parse` with `Canonicalize`.
 */
import { Input } from './input.ts';
import { migrateOf, rescheduleOf, restartOf, updateOf } from './parts.ts';

type Made = Readonly<Record<string, unknown>>;

const second = 1_000_000_000;

export function filledJob(made: Made): Made {
  const job = new Input(made);
  const type = job.text('Type', 'service');
  const isLong = type === 'service' || type === 'system';
  const periodic = job.opaque('Periodic');
  return {
    ...filled(made, {
      ...{ AllAtOnce: false, ConsulNamespace: '', VaultNamespace: '', Namespace: 'default', NodePool: '' },
      ...{ NomadTokenID: '', ParentID: '', Priority: 50, Region: 'global', Type: 'service' },
      ...{ Stable: false, Status: '', StatusDescription: '', Stop: false, Version: 0 },
      ...{ CreateIndex: 0, ModifyIndex: 0, JobModifyIndex: 0 },
    }),
    Update: isLong ? updateOf(job.object('Update'), undefined) : made['Update'],
    Periodic: periodic && filled(periodic, { Enabled: true, ProhibitOverlap: false, Spec: '', TimeZone: 'UTC' }),
    TaskGroups: job.each('TaskGroups', (group) => filledGroup(group, job, type)),
  };
}

function filledGroup(group: Input, job: Input, type: string): Made {
  const isLong = type === 'service' || type === 'system';
  const isRescheduled = type === 'service' || type === 'batch';
  const scaling = group.object('Scaling');
  const count = group.number('Count', scaling?.number('Min', 1) ?? 1);
  const restart = restartOf(group.object('RestartPolicy'), isLong);
  const disconnect = group.opaque('Disconnect');
  return {
    ...group.raw,
    Count: count,
    RestartPolicy: restart,
    Disconnect: disconnect && filled(disconnect, { Replace: true, Reconcile: 'best_score' }),
    EphemeralDisk: filled(group.opaque('EphemeralDisk'), { Sticky: false, Migrate: false, SizeMB: 300 }),
    Migrate: type === 'service' ? migrateOf(group.object('Migrate'), job.object('Migrate')) : group.opaque('Migrate'),
    ReschedulePolicy: isRescheduled
      ? rescheduleOf(group.object('ReschedulePolicy'), job.object('Reschedule'), type)
      : group.opaque('ReschedulePolicy'),
    Update: isLong ? updateOf(group.object('Update'), job.object('Update')) : group.opaque('Update'),
    Scaling: scaling === undefined ? null : filled(scaling.raw, { Enabled: true, Min: count }),
    Tasks: group.each('Tasks', (task) => filledTask(task, restart, isLong)),
  };
}

function filledTask(task: Input, restart: object, isLong: boolean): Made {
  const resources = task.opaque('Resources');
  const cores = task.object('Resources')?.number('Cores') ?? 0;
  const own = task.object('RestartPolicy');
  return {
    ...filled(task.raw, { KillTimeout: 5 * second }),
    LogConfig: {
      Enabled: null,
      ...filled(task.opaque('LogConfig'), { Disabled: false, MaxFiles: 10, MaxFileSizeMB: 10 }),
    },
    Resources: {
      ...{ Devices: null, DiskMB: null, IOPS: null, MemoryMaxMB: null, NUMA: null, Networks: null, SecretsMB: null },
      ...filled(resources, { CPU: cores > 0 ? null : 100, Cores: 0, MemoryMB: 300 }),
    },
    RestartPolicy: own === undefined ? restart : restartOf(new Input(filled(own.raw, { ...restart })), isLong),
  };
}

/** What is missing or null is taken from the defaults. */
function filled(made: Made | null, defaults: Made): Made {
  const known = Object.entries(made ?? {}).filter(([key, value]) => value !== null || !(key in defaults));
  return { ...defaults, ...Object.fromEntries(known) };
}
