/** Whether a changed group can be changed under a running allocation. Compat: spec nomad-scheduler.md §7.4.4. */
import type { Job, Task, TaskGroup } from '../../nomad/types.ts';
import { groupOf } from './ask.ts';

/** True when the allocation has to be replaced to run `job`'s version of the group. */
export function needsReplacement(former: Job, job: Job, groupName: string): boolean {
  const before = groupOf(former, groupName);
  const after = groupOf(job, groupName);
  if (before === undefined || after === undefined) return true;
  if (before === after && former.Meta === job.Meta) return false;
  return fingerprint(former, before) !== fingerprint(job, after);
}

function fingerprint(job: Job, group: TaskGroup): string {
  return JSON.stringify([
    group.EphemeralDisk,
    group.Networks,
    group.Volumes,
    group.Consul,
    job.ConsulNamespace,
    group.Tasks.map((task) => taskPart(job, group, task)),
  ]);
}

function taskPart(job: Job, group: TaskGroup, task: Task): unknown {
  const { Networks, ...resources } = task.Resources;
  return [
    [task.Name, task.Driver, task.User, task.Config, task.Env, task.Artifacts, task.Vault, task.Templates],
    sorted({ ...job.Meta, ...group.Meta, ...task.Meta }),
    [resources, Networks, task.Identity, task.Identities, task.LogConfig.Disabled, task.VolumeMounts, task.Secrets],
    task.RestartPolicy.RenderTemplates,
  ];
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
