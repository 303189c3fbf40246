/**
 * A submitted job as Nomad stores it: every key there, every default filled in.
 *
 * Compat: spec nomad-api.md §4.1–4.5, jobspec.md §2–3.
 */
import type {
  Job,
  ParameterizedConfig,
  PeriodicConfig,
  ScalingPolicy,
  TaskGroup,
  UpdateStrategy,
} from '../../nomad/types.ts';
import { Input } from './input.ts';
import { multiregion } from './library-defaults.ts';
import { affinities, constraints, migrateOf, networks, rescheduleOf, restartOf, spreads, updateOf } from './parts.ts';
import { services, withDiscovery } from './service.ts';
import { task } from './task.ts';

const jobTypes = ['service', 'batch', 'system', 'sysbatch'] as const;

/**
 * Reads what was submitted. Whether it makes sense is for `validate.ts` to say.
 *
 * @throws a refusal with status 400 that names what is of the wrong type.
 */
export function canonicalJob(raw: unknown, place: { readonly region: string; readonly namespace: string }): Job {
  const input = Input.strict(raw, 'Job', 'Job.');
  const type = input.text('Type', 'service');
  const knownType = jobTypes.find((one) => one === type);
  const id = input.text('ID');
  const namespace = place.namespace;
  const datacenters = input.texts('Datacenters') ?? [];
  return {
    ...{ ID: id, Name: input.text('Name', id), Region: place.region, Namespace: namespace },
    // An unknown type is kept so that validation can name it.
    Type: knownType ?? (type as 'service'),
    Priority: input.number('Priority') || 50,
    AllAtOnce: input.flag('AllAtOnce'),
    Datacenters: datacenters.length === 0 ? ['*'] : datacenters,
    NodePool: input.text('NodePool') || 'default',
    Constraints: constraints(input),
    Affinities: affinities(input),
    Spreads: spreads(input),
    TaskGroups: input.each('TaskGroups', (group) => taskGroup(group, input, { id, namespace, type })) ?? [],
    Update: jobUpdate(input.object('Update'), type),
    Periodic: periodic(input.object('Periodic')),
    ParameterizedJob: parameterized(input.object('ParameterizedJob')),
    Multiregion: multiregion(input.opaque('Multiregion')),
    UI: ui(input.object('UI')),
    VersionTag: null,
    Payload: input.text('Payload') || null,
    Meta: input.strings('Meta'),
    ...{ Stop: input.flag('Stop'), ParentID: '', Dispatched: false, DispatchIdempotencyToken: '' },
    ...{ Status: 'pending', StatusDescription: '', Stable: false, Version: 0, SubmitTime: 0 },
    ...{ CreateIndex: 0, ModifyIndex: 0, JobModifyIndex: 0 },
    ...{
      ConsulNamespace: input.text('ConsulNamespace'),
      VaultNamespace: input.text('VaultNamespace'),
      NomadTokenID: '',
    },
  };
}

const nothingToUpdate: UpdateStrategy = {
  ...{ Stagger: 0, MaxParallel: 0, HealthCheck: '', MinHealthyTime: 0, HealthyDeadline: 0, ProgressDeadline: 0 },
  ...{ AutoRevert: false, AutoPromote: false, Canary: 0 },
};

/** Of the job's own block only the pace of old is kept; the rest went to the groups. */
function jobUpdate(input: Input | undefined, type: string): UpdateStrategy {
  if (type !== 'service' && type !== 'system') return nothingToUpdate;
  const update = updateOf(input, undefined);
  return { ...nothingToUpdate, Stagger: update.Stagger, MaxParallel: update.MaxParallel };
}

function periodic(input: Input | undefined): PeriodicConfig | null {
  if (input === undefined) return null;
  return {
    Enabled: input.flag('Enabled', true),
    Spec: input.text('Spec'),
    Specs: input.texts('Specs') ?? [],
    SpecType: input.text('SpecType') || 'cron',
    ProhibitOverlap: input.flag('ProhibitOverlap'),
    TimeZone: input.text('TimeZone') || 'UTC',
  };
}

function parameterized(input: Input | undefined): ParameterizedConfig | null {
  if (input === undefined) return null;
  return {
    // An unknown requirement is kept so that validation can name it.
    Payload: (input.text('Payload') || 'optional') as 'optional',
    MetaRequired: input.texts('MetaRequired'),
    MetaOptional: input.texts('MetaOptional'),
  };
}

function ui(input: Input | undefined): Job['UI'] {
  if (input === undefined) return null;
  const links = input.each('Links', (link) => ({ Label: link.text('Label'), URL: link.text('URL') }));
  return { Description: input.text('Description'), Links: links };
}

interface Owner {
  readonly id: string;
  readonly namespace: string;
  readonly type: string;
}

function taskGroup(input: Input, job: Input, owner: Owner): TaskGroup {
  const { type } = owner;
  const isLong = type === 'service' || type === 'system';
  const name = input.text('Name');
  const scalingInput = input.object('Scaling');
  const least = scalingInput?.value('Min');
  const count = input.number('Count', typeof least === 'number' ? least : 1);
  const restart = restartOf(input.object('RestartPolicy'), isLong);
  const disk = input.object('EphemeralDisk');
  const disconnect = input.object('Disconnect');
  const migrates = type === 'service';
  const reschedules = type === 'service' || type === 'batch';
  const serviceOwner = { name: `${owner.id}-${name}`, namespace: owner.namespace };
  const ofGroup = services(input, serviceOwner);
  const tasks =
    input.each('Tasks', (one) =>
      task(one, restart, isLong, {
        vertical: (policy, label) => vertical(policy, owner, name, label),
        services: (of, label) => services(of, { ...serviceOwner, name: `${serviceOwner.name}-${label}` }),
      }),
    ) ?? [];
  const offered = [...(ofGroup ?? []), ...tasks.flatMap(({ Services }) => Services ?? [])];
  return {
    Name: name,
    Count: count,
    Constraints: withDiscovery(constraints(input), offered),
    Affinities: affinities(input),
    Spreads: spreads(input),
    Meta: input.strings('Meta'),
    RestartPolicy: restart,
    ReschedulePolicy:
      reschedules || input.has('ReschedulePolicy')
        ? rescheduleOf(input.object('ReschedulePolicy'), job.object('Reschedule'), type)
        : null,
    Update: isLong || input.has('Update') ? updateOf(input.object('Update'), job.object('Update')) : null,
    Migrate: migrates || input.has('Migrate') ? migrateOf(input.object('Migrate'), job.object('Migrate')) : null,
    Disconnect: disconnect === undefined ? null : disconnectOf(disconnect),
    EphemeralDisk: {
      Sticky: disk?.flag('Sticky') ?? false,
      SizeMB: disk?.number('SizeMB', 300) ?? 300,
      Migrate: disk?.flag('Migrate') ?? false,
    },
    Networks: networks(input),
    Services: ofGroup,
    Volumes: volumesOf(input),
    Scaling: scalingInput === undefined ? null : scaling(scalingInput, count, owner, { Group: name }),
    Tasks: tasks,
    ShutdownDelay: durationOrNull(input, 'ShutdownDelay'),
    MaxRunDuration: durationOrNull(input, 'MaxRunDuration'),
    MaxClientDisconnect: durationOrNull(input, 'MaxClientDisconnect'),
    StopAfterClientDisconnect: durationOrNull(input, 'StopAfterClientDisconnect'),
    PreventRescheduleOnLost: input.flag('PreventRescheduleOnLost'),
    Consul: input.opaque('Consul'),
  };
}

function volumesOf(input: Input): TaskGroup['Volumes'] {
  const volumes = input.opaque('Volumes');
  return volumes === null
    ? null
    : Object.fromEntries(Object.entries(volumes).map(([key, one]) => [key, new Input(one).raw]));
}

function durationOrNull(input: Input, name: string): number | null {
  return input.has(name) ? input.number(name) : null;
}

function disconnectOf(input: Input): TaskGroup['Disconnect'] {
  return {
    LostAfter: input.number('LostAfter'),
    StopOnClientAfter: durationOrNull(input, 'StopOnClientAfter'),
    Replace: input.flag('Replace', true),
    Reconcile: input.text('Reconcile') || 'best_score',
  };
}

/** The server fills in the ID when it stores the job. */
function scaling(input: Input, count: number, owner: Owner, target: Readonly<Record<string, string>>): ScalingPolicy {
  return {
    ID: '',
    Type: input.text('Type') || 'horizontal',
    Target: { Namespace: owner.namespace, Job: owner.id, ...target },
    Policy: input.opaque('Policy'),
    Min: input.has('Min') ? input.number('Min') : count,
    Max: input.has('Max') ? input.number('Max') : null,
    Enabled: input.flag('Enabled', true),
    ...{ CreateIndex: 0, ModifyIndex: 0 },
  };
}

function vertical(input: Input, owner: Owner, group: string, label: string): ScalingPolicy {
  return { ...scaling(input, 0, owner, { Group: group, Task: label }), Type: input.text('Type') };
}
