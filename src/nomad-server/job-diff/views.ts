/** Jobs, groups and tasks as pieces: which of their members a diff shows, under which name. Compat: as recorded. */
import type { Job, NetworkResource, Port, Task, TaskGroup } from '../../nomad/types.ts';
import { blockPart, type Form, freePart, labelledPart, listPart, type Part, type Piece, pieceOf } from './piece.ts';

export function jobPiece(job: Job): Piece {
  const { AllAtOnce, Dispatched, Name, Namespace, NodePool, Priority, Region, Stop, Type, Meta } = job;
  const { ParentID, ConsulNamespace, VaultNamespace, DispatchIdempotencyToken } = job;
  const shown = { AllAtOnce, Dispatched, Name, Namespace, NodePool, Priority, Region, Stop, Type, Meta };
  return {
    fields: pieceOf({ ...shown, ParentID, ConsulNamespace, VaultNamespace, DispatchIdempotencyToken }).fields,
    parts: [
      { name: 'Datacenters', texts: job.Datacenters },
      ...placing(job),
      listPart('Spread', job.Spreads),
      blockPart('Periodic', job.Periodic),
      blockPart('ParameterizedJob', job.ParameterizedJob),
      blockPart('Multiregion', job.Multiregion),
      blockPart('UI', job.UI),
    ],
  };
}

export function groupPiece(group: TaskGroup): Piece {
  const { Count, PreventRescheduleOnLost, ShutdownDelay, MaxRunDuration, Meta } = group;
  const { MaxClientDisconnect, StopAfterClientDisconnect } = group;
  const shown = { Count, PreventRescheduleOnLost, ShutdownDelay, MaxRunDuration, Meta };
  return {
    fields: pieceOf({ ...shown, MaxClientDisconnect, StopAfterClientDisconnect }).fields,
    parts: [
      ...placing(group),
      listPart('Spread', group.Spreads),
      blockPart('RestartPolicy', group.RestartPolicy),
      blockPart('Disconnect', group.Disconnect),
      blockPart('Migrate', group.Migrate),
      blockPart('ReschedulePolicy', group.ReschedulePolicy),
      blockPart('EphemeralDisk', group.EphemeralDisk),
      blockPart('Consul', group.Consul),
      blockPart('Update', group.Update, { hidden: ['Stagger'] }),
      networksPart(group.Networks),
      listPart('Service', group.Services, byItsName),
      scalingPart(group.Scaling),
      labelledPart('Volume', group.Volumes),
    ],
  };
}

export function taskPiece(task: Task): Piece {
  const { Driver, KillSignal, KillTimeout, Kind, Leader, ShutdownDelay, User, Env, Meta } = task;
  const { Networks, ...resources } = task.Resources;
  return {
    fields: pieceOf({ Driver, KillSignal, KillTimeout, Kind, Leader, ShutdownDelay, User, Env, Meta }).fields,
    parts: [
      ...placing(task),
      freePart('Config', task.Config),
      withPart(blockPart('Resources', resources), networksPart(Networks)),
      blockPart('LogConfig', task.LogConfig),
      blockPart('DispatchPayload', task.DispatchPayload),
      listPart('Artifact', task.Artifacts),
      listPart('Service', task.Services, byItsName),
      blockPart('Vault', task.Vault),
      blockPart('Consul', task.Consul),
      listPart('Template', task.Templates),
      listPart('VolumeMount', task.VolumeMounts),
      blockPart('Lifecycle', task.Lifecycle),
      listPart('Identity', [...(task.Identity === null ? [] : [task.Identity]), ...(task.Identities ?? [])], byItsName),
      listPart('Action', task.Actions, byItsName),
      listPart('Secret', task.Secrets, byItsName),
      blockPart('Schedule', task.Schedule),
    ],
  };
}

const byItsName: Form = { key: 'Name' };

function placing({ Constraints, Affinities }: Pick<TaskGroup, 'Constraints' | 'Affinities'>): readonly Part[] {
  return [listPart('Constraint', Constraints), listPart('Affinity', Affinities)];
}

function scalingPart(scaling: TaskGroup['Scaling']): Part {
  if (scaling === null) return blockPart('Scaling', null);
  const { Enabled, Max, Min, Policy } = scaling;
  return withPart(blockPart('Scaling', { Enabled, Max, Min }), freePart('Policy', Policy));
}

function networksPart(networks: readonly NetworkResource[] | null): Part {
  const views = (networks ?? []).map((one) => ({
    ...{ Hostname: one.Hostname ?? '', Mode: one.Mode ?? '', DNS: one.DNS ?? null, CNI: one.CNI ?? null },
    'Static Port': (one.ReservedPorts ?? []).map(staticPort),
    'Dynamic Port': (one.DynamicPorts ?? []).map(dynamicPort),
  }));
  return listPart('Network', views);
}

const dynamicPort = ({ Label, To = 0, HostNetwork = 'default' }: Port) => ({ HostNetwork, Label, To });

const staticPort = (port: Port) => ({
  ...dynamicPort(port),
  ...{ IgnoreCollision: port.IgnoreCollision ?? false, Value: port.Value ?? 0 },
});

/** A block that holds another one. */
function withPart(part: Part, inner: Part): Part {
  if (!('blocks' in part)) return part;
  const blocks = [...part.blocks].map(([key, piece]) => [key, { ...piece, parts: [...piece.parts, inner] }] as const);
  return { name: part.name, blocks: new Map(blocks) };
}
