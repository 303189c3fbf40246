/** What is wrong with a task group. Source: spec jobspec.md §8. */
import type { Job, ScalingPolicy, TaskGroup } from '../../../nomad/types.ts';
import { isSystem } from '../../derive.ts';
import { networkRules, servicesRules, volumeRules } from './attached.ts';
import { placingRules } from './placing.ts';
import { inside, when } from './problems.ts';
import { disconnectRules, rescheduleRules, restartRules, updateRules } from './strategies.ts';
import { taskRules } from './task.ts';

const leastDiskMb = 10;

export function groupRules(job: Job, group: TaskGroup): readonly string[] {
  const { Count, Tasks, EphemeralDisk, MaxRunDuration } = group;
  return [
    ...when(group.Name === '', 'Missing task group name'),
    ...when(Count < 0, "Task group count can't be negative"),
    ...when(Tasks.length === 0, 'Missing tasks for task group'),
    ...when(isSystem(job) && (group.Affinities ?? []).length > 0, 'System jobs may not have an affinity block'),
    ...when(isSystem(job) && (group.Spreads ?? []).length > 0, 'System jobs may not have a spread block'),
    ...placingRules(group),
    ...(group.Disconnect === null ? [] : disconnectRules(group.Disconnect)),
    ...runDurationRules(job, MaxRunDuration),
    ...restartRules(group.RestartPolicy),
    ...rescheduleBlockRules(job, group),
    ...when(EphemeralDisk.SizeMB < leastDiskMb, `minimum DiskMB value is 10; got ${EphemeralDisk.SizeMB}`),
    ...updateBlockRules(job, group),
    ...when(group.Migrate !== null && job.Type !== 'service', `Job type "${job.Type}" does not allow migrate block`),
    ...taskNameRules(group),
    ...inside('Task group network validation failed: ', networkRules(group)),
    ...inside('Task group service validation failed: ', servicesRules(group.Services)),
    ...volumeRules(group),
    ...(group.Scaling === null
      ? []
      : inside('Task group scaling policy validation failed: ', scalingRules(group.Scaling, Count))),
    ...Tasks.flatMap((task) => inside(`Task ${task.Name} validation failed: `, taskRules(task, group))),
  ];
}

function runDurationRules(job: Job, duration: number | null): readonly string[] {
  if (duration === null) return [];
  if (job.Type !== 'batch' && job.Type !== 'sysbatch') {
    return [`Job type "${job.Type}" does not allow max_run_duration`];
  }
  return when(duration <= 0, 'MaxRunDuration must be greater than zero');
}

function rescheduleBlockRules(job: Job, { ReschedulePolicy: policy }: TaskGroup): readonly string[] {
  if (policy === null) return [];
  return isSystem(job) ? ['System or sysbatch jobs should not have a reschedule policy'] : rescheduleRules(policy);
}

function updateBlockRules(job: Job, { Update: update }: TaskGroup): readonly string[] {
  if (update === null) return [];
  const isAllowed = job.Type === 'service' || job.Type === 'system';
  return [...when(!isAllowed, `Job type "${job.Type}" does not allow update block`), ...updateRules(update)];
}

function taskNameRules({ Name, Tasks }: TaskGroup): readonly string[] {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const [at, { Name: name }] of Tasks.entries()) {
    const earlier = seen.get(name);
    if (name === '') problems.push(`Task ${at + 1} missing name`);
    else if (earlier !== undefined) problems.push(`Task ${at + 1} redefines '${name}' from task ${earlier}`);
    seen.set(name, at + 1);
  }
  const hasMain = Tasks.length === 0 || Tasks.some((task) => task.Lifecycle === null);
  return [
    ...problems,
    ...when(Tasks.filter((task) => task.Leader).length > 1, 'Only one task may be marked as leader'),
    ...when(!hasMain, `Task group ${Name} must have at least one main task`),
  ];
}

function scalingRules({ Type, Min, Max }: ScalingPolicy, count: number): readonly string[] {
  const [min, max] = [Min ?? 0, Max ?? 0];
  const isBounded = Max !== null && max >= 0;
  return [
    ...when(Type !== 'horizontal', `scaling policy type "${Type}" is not valid`),
    ...when(!isBounded, 'maximum count must be specified and non-negative'),
    ...when(isBounded && max < min, 'maximum count must not be less than minimum count'),
    ...when(Min === null || min < 0, 'minimum count must be specified and non-negative'),
    ...when(count > max, 'task group count must not be greater than maximum count in scaling policy'),
    ...when(count < min, 'task group count must not be less than minimum count in scaling policy'),
  ].map((text) => `Scaling policy invalid: ${text}`);
}
