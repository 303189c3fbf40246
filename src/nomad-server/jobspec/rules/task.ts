/** What is wrong with a task. Source: spec jobspec.md §8. */
import type { Opaque, Resources, Task, TaskGroup } from '../../../nomad/types.ts';
import { Input } from '../input.ts';
import { artifactRules, servicesRules, templateRules } from './attached.ts';
import { placingRules } from './placing.ts';
import { eachInside, goTime, inside, when } from './problems.ts';

export function taskRules(task: Task, group: TaskGroup): readonly string[] {
  const { Name, KillTimeout, ShutdownDelay } = task;
  const progress = group.Update?.ProgressDeadline ?? 0;
  const isOverlong = progress > 0 && KillTimeout > progress;
  const overlong = `KillTimout (${goTime(KillTimeout)}) longer than the group's ProgressDeadline (${goTime(progress)})`;
  return [
    ...when(Name === '', 'Missing task name'),
    ...when(/[/\\]/.test(Name), 'Task name cannot include slashes'),
    ...when(Name === 'alloc', 'Task cannot be named "alloc"'),
    ...when(task.Driver === '', 'Missing task driver'),
    ...when(KillTimeout < 0, 'KillTimeout must be a positive value'),
    ...when(isOverlong, overlong),
    ...when(ShutdownDelay < 0, 'ShutdownDelay must be a positive value'),
    ...inside('', resourceRules(task.Resources)),
    ...inside('', logRules(task, group)),
    ...distinctRules(task),
    ...placingRules(task),
    ...inside('Task service validation failed: ', servicesRules(task.Services)),
    ...eachInside('Artifact', task.Artifacts, artifactRules),
    ...inside('Vault validation failed: ', vaultRules(task.Vault)),
    ...eachInside('Template', task.Templates, templateRules),
    ...lifecycleRules(task),
    ...mountRules(task, group),
    ...(task.Identities ?? []).flatMap(identityRules),
  ];
}

const leastMemoryMb = 10;

function resourceRules(resources: Resources): readonly string[] {
  const { CPU, Cores, MemoryMB, MemoryMaxMB } = resources;
  return [
    ...when(CPU > 0 && Cores > 0, "Task can only ask for 'cpu' or 'cores' resource, not both."),
    ...inside('', [
      ...when(Cores === 0 && CPU < 1, `minimum CPU value is 1; got ${CPU}`),
      ...when(MemoryMB < leastMemoryMb, `minimum MemoryMB value is 10; got ${MemoryMB}`),
    ]),
    ...when(
      MemoryMaxMB > 0 && MemoryMaxMB < MemoryMB,
      `MemoryMaxMB value (${MemoryMaxMB}) should be larger than MemoryMB value (${MemoryMB})`,
    ),
  ];
}

function logRules({ LogConfig: logs }: Task, { EphemeralDisk: disk }: TaskGroup): readonly string[] {
  const sizeMb = logs.MaxFiles * logs.MaxFileSizeMB;
  const tooMuch = `log storage (${sizeMb} MB) must be less than requested disk capacity (${disk.SizeMB} MB)`;
  return [
    ...when(logs.MaxFiles < 1, `minimum number of files is 1; got ${logs.MaxFiles}`),
    ...when(logs.MaxFileSizeMB < 1, `minimum file size is 1MB; got ${logs.MaxFileSizeMB}`),
    ...when(sizeMb >= disk.SizeMB, tooMuch),
  ];
}

function distinctRules({ Constraints }: Task): readonly string[] {
  return (Constraints ?? []).flatMap(({ Operand }, at) =>
    when(
      Operand === 'distinct_hosts' || Operand === 'distinct_property',
      `Constraint ${at + 1} has disallowed Operand at task level: ${Operand}`,
    ),
  );
}

const changeModes = new Set(['noop', 'restart', 'signal', '']);

function vaultRules(vault: Opaque | null): readonly string[] {
  const mode = new Input(vault).text('ChangeMode');
  return when(!changeModes.has(mode), `Unknown change mode "${mode}"`);
}

const hooks: readonly string[] = ['prestart', 'poststart', 'poststop'];

function lifecycleRules({ Lifecycle: lifecycle }: Task): readonly string[] {
  const hook: string | undefined = lifecycle?.Hook;
  if (hook === undefined || hooks.includes(hook)) return [];
  const problem = hook === '' ? 'no lifecycle hook provided' : `invalid hook: ${hook}`;
  return [`Lifecycle validation failed: ${problem}`];
}

function mountRules({ VolumeMounts }: Task, { Volumes }: TaskGroup): readonly string[] {
  return (VolumeMounts ?? []).flatMap((mount, at) => {
    const volume = new Input(mount).text('Volume');
    return when(Volumes?.[volume] === undefined, `Volume Mount (${at}) references undefined volume ${volume}`);
  });
}

const identityName = /^[a-zA-Z0-9-_]{1,128}$/;

function identityRules(identity: Opaque): readonly string[] {
  const name = new Input(identity).text('Name');
  const problem = `invalid name "${name}". Must match regex ${identityName.source}`;
  return inside(`Identity "${name}" is invalid: `, when(name !== '' && !identityName.test(name), problem));
}
