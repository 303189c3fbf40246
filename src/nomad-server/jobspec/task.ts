/** A submitted task as Nomad stores it. Compat: spec nomad-api.md §4.3, §4.5. */
import type { Resources, RestartPolicy, ScalingPolicy, Task, TaskLifecycle } from '../../nomad/types.ts';
import { Input } from './input.ts';
import { devices, numa, taskParts } from './library-defaults.ts';
import { affinities, constraints, networks, restartOf } from './parts.ts';

const second = 1_000_000_000;

/** The identity that every task has. */
const defaultIdentity = {
  ...{ Name: 'default', Audience: ['nomadproject.io'], ServiceName: '', TTL: 0, ExtraClaims: null },
  ...{ Env: false, File: false, Filepath: '', ChangeMode: '', ChangeSignal: '' },
};

/** What a task has that needs to know where it is. */
export interface TaskReaders {
  /** Reads a vertical scaling policy of the task of this name. */
  readonly vertical: (policy: Input, task: string) => ScalingPolicy;
  /** Reads its services. */
  readonly services: (input: Input, task: string) => Task['Services'];
}

export function task(input: Input, groupRestart: RestartPolicy, isLong: boolean, read: TaskReaders): Task {
  const name = input.text('Name');
  const restart = input.object('RestartPolicy');
  const logs = input.object('LogConfig');
  return {
    Name: name,
    Driver: input.text('Driver'),
    User: input.text('User'),
    Config: input.opaque('Config'),
    Env: input.strings('Env'),
    Meta: input.strings('Meta'),
    Resources: resources(input.object('Resources')),
    RestartPolicy:
      restart === undefined ? groupRestart : restartOf(new Input({ ...groupRestart, ...restart.raw }), isLong),
    LogConfig: {
      MaxFiles: logs?.number('MaxFiles', 10) ?? 10,
      MaxFileSizeMB: logs?.number('MaxFileSizeMB', 10) ?? 10,
      Disabled: logs?.flag('Disabled') ?? false,
    },
    KillTimeout: input.number('KillTimeout', 5 * second),
    KillSignal: input.text('KillSignal'),
    Kind: input.text('Kind'),
    ShutdownDelay: input.number('ShutdownDelay'),
    Leader: input.flag('Leader'),
    Lifecycle: lifecycle(input.object('Lifecycle')),
    Constraints: constraints(input),
    Affinities: affinities(input),
    Services: read.services(input, name),
    ScalingPolicies: input.each('ScalingPolicies', (policy) => read.vertical(policy, name)),
    Identities: input.objects('Identities'),
    Secrets: input.objects('Secrets'),
    Actions: input.objects('Actions'),
    DispatchPayload: input.has('DispatchPayload')
      ? { File: input.object('DispatchPayload')?.text('File') ?? '' }
      : null,
    ...taskParts({
      ...{ Templates: input.objects('Templates'), Artifacts: input.objects('Artifacts') },
      ...{ VolumeMounts: input.objects('VolumeMounts'), Vault: input.opaque('Vault') },
      ...{ Consul: input.opaque('Consul'), CSIPluginConfig: input.opaque('CSIPluginConfig') },
    }),
    Schedule: input.opaque('Schedule'),
    Identity: input.opaque('Identity') ?? defaultIdentity,
  };
}

function lifecycle(input: Input | undefined): TaskLifecycle | null {
  if (input === undefined) return null;
  // An unknown hook is kept so that validation can name it.
  return { Hook: input.text('Hook') as 'prestart', Sidecar: input.flag('Sidecar') };
}

function resources(input: Input | undefined): Resources {
  const cores = input?.number('Cores') ?? 0;
  return {
    CPU: input?.number('CPU', cores > 0 ? 0 : 100) ?? 100,
    Cores: cores,
    MemoryMB: input?.number('MemoryMB', 300) ?? 300,
    MemoryMaxMB: input?.number('MemoryMaxMB') ?? 0,
    DiskMB: 0,
    IOPS: input?.number('IOPS') ?? 0,
    Networks: input === undefined ? null : networks(input),
    ...{ Devices: devices(input?.objects('Devices')), NUMA: numa(input?.opaque('NUMA')) },
    SecretsMB: input?.number('SecretsMB') ?? 0,
  };
}
