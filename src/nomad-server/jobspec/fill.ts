/**
 * Fills the defaults into a parsed job as Nomad's client library does: fewer than the server does when it stores it.
 *
 * Compat: as recorded for `PUT /v1/jobs/parse` with `Canonicalize`.
 */
import { Input } from './input.ts';
import { consul, filled, logs, multiregion, resources, service, taskParts, weightedAll } from './library-defaults.ts';
import { migrateOf, rescheduleOf, restartOf, updateOf } from './parts.ts';

type Made = Readonly<Record<string, unknown>>;

/** Of jobs that are never rescheduled, should they say something about it. */
const noReschedule = { Attempts: 0, Interval: 0, Delay: 0, DelayFunction: '', MaxDelay: 0, Unlimited: false };

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
    ...{ Affinities: weightedAll(made['Affinities']), Spreads: weightedAll(made['Spreads']) },
    Multiregion: multiregion(made['Multiregion']),
    Update: isLong || job.has('Update') ? updateOf(job.object('Update'), undefined) : null,
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
  const has = (own: string, ofJob: string) => group.has(own) || job.has(ofJob);
  return {
    ...group.raw,
    ...{ Affinities: weightedAll(group.raw['Affinities']), Spreads: weightedAll(group.raw['Spreads']) },
    Consul: consul(group.raw['Consul']),
    Services: filledServices(group, `${job.text('Name')}-${group.text('Name')}`),
    Count: count,
    RestartPolicy: restart,
    Disconnect: disconnect && filled(disconnect, { Replace: true, Reconcile: 'best_score' }),
    EphemeralDisk: filled(group.opaque('EphemeralDisk'), { Sticky: false, Migrate: false, SizeMB: 300 }),
    Migrate:
      type === 'service' || has('Migrate', 'Migrate')
        ? migrateOf(group.object('Migrate'), job.object('Migrate'))
        : null,
    ReschedulePolicy: isRescheduled
      ? rescheduleOf(group.object('ReschedulePolicy'), job.object('Reschedule'), type)
      : has('ReschedulePolicy', 'Reschedule')
        ? filled(filled(group.opaque('ReschedulePolicy'), job.opaque('Reschedule') ?? {}), noReschedule)
        : null,
    Update: isLong || has('Update', 'Update') ? updateOf(group.object('Update'), job.object('Update')) : null,
    Scaling: scaling === undefined ? null : filled(scaling.raw, { Enabled: true, Min: count }),
    Tasks: group.each('Tasks', (task) =>
      filledTask(task, restart, isLong, `${job.text('Name')}-${group.text('Name')}`),
    ),
  };
}

/** @param owner  what a service without a name is called. */
function filledServices(input: Input, owner: string): readonly Made[] | null {
  return input.each('Services', ({ raw }) => filled(service(raw), {}, { Name: owner }));
}

function filledTask(task: Input, restart: object, isLong: boolean, group: string): Made {
  const own = task.object('RestartPolicy');
  return {
    ...filled(task.raw, { KillTimeout: 5 * second }),
    ...withoutMissing(taskParts(task.raw)),
    Affinities: weightedAll(task.raw['Affinities']),
    Services: filledServices(task, `${group}-${task.text('Name')}`),
    LogConfig: {
      Enabled: null,
      ...logs(task.opaque('LogConfig')),
    },
    Resources: {
      ...{ Devices: null, DiskMB: null, IOPS: null, MemoryMaxMB: null, NUMA: null, Networks: null, SecretsMB: null },
      ...resources(task.opaque('Resources')),
    },
    RestartPolicy: own === undefined ? restart : restartOf(new Input(filled(own.raw, { ...restart })), isLong),
  };
}

/** Only this block has no key when there is none. */
function withoutMissing({ CSIPluginConfig, ...parts }: ReturnType<typeof taskParts>): Made {
  return { ...parts, ...(CSIPluginConfig === null ? {} : { CSIPluginConfig }) };
}
