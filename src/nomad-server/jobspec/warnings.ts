/** What a job should not have, though it may. Source: spec jobspec.md §8. */
import { errorList } from '../../lib/error.ts';
import type { Job, Task, TaskGroup } from '../../nomad/types.ts';
import { when } from './rules/problems.ts';

/**
 * @param mayOversubscribe  tasks may use more memory than they ask for.
 * @returns                 the warnings as one text, '' without any.
 */
export function warningsOf(job: Job, mayOversubscribe: boolean): string {
  return warningsText([
    ...(mayOversubscribe ? [] : job.TaskGroups.flatMap(memoryWarnings)),
    ...job.TaskGroups.flatMap(delayWarnings),
    ...job.TaskGroups.flatMap(nestedWarnings),
    ...promotionWarnings(job),
    ...when(
      (job.Periodic?.Spec ?? '') !== '',
      'cron is deprecated and may be removed in a future release. Use crons instead',
    ),
  ]);
}

/** A line that counts them and a line for each; '' without any. */
export function warningsText(warnings: readonly string[]): string {
  if (warnings.length === 0) return '';
  const head = warnings.length === 1 ? '1 warning:' : `${warnings.length} warnings:`;
  return `${head}\n\n${warnings.map((one) => `* ${one}`).join('\n')}`;
}

function memoryWarnings({ Name, Tasks }: TaskGroup): readonly string[] {
  const how = 'Update the Scheduler Configuration to allow oversubscription.';
  return Tasks.filter((task) => task.Resources.MemoryMaxMB > 0).map(
    (task) =>
      `Memory oversubscription is not enabled; Task "${Name}.${task.Name}" memory_max value will be ignored. ${how}`,
  );
}

function delayWarnings({ Name, Services, ShutdownDelay, Tasks }: TaskGroup): readonly string[] {
  const isDelayed = ShutdownDelay !== null || Tasks.some((task) => task.ShutdownDelay !== 0);
  const unset = 'but neither the group nor any of its tasks have shutdown_delay set';
  return when((Services ?? []).length > 0 && !isDelayed, `group "${Name}" defines services, ${unset}`);
}

function nestedWarnings({ Name, Tasks }: TaskGroup): readonly string[] {
  return listed(
    `Group "${Name}" has warnings: `,
    Tasks.flatMap((task) => listed(`Task "${task.Name}" has warnings: `, taskWarnings(task))),
  );
}

function listed(prefix: string, warnings: readonly string[]): readonly string[] {
  return warnings.length === 0 ? [] : [prefix + errorList(warnings).trimEnd()];
}

function taskWarnings({ Resources }: Task): readonly string[] {
  const networks = 'task network resources have been deprecated as of Nomad 0.12.0.';
  return [
    ...when(
      Resources.IOPS !== 0,
      'IOPS has been deprecated as of Nomad 0.9.0. Please remove IOPS from resource block.',
    ),
    ...when((Resources.Networks ?? []).length > 0, `${networks} Please configure networking via group network block.`),
  ];
}

function promotionWarnings({ TaskGroups }: Job): readonly string[] {
  const updates = TaskGroups.filter((group) => (group.Update?.Canary ?? 0) > 0);
  const promoted = updates.filter((group) => group.Update?.AutoPromote === true);
  const isMixed = promoted.length > 0 && promoted.length < TaskGroups.length;
  return when(isMixed, 'auto_promote must be true for all groups to enable automatic promotion');
}
