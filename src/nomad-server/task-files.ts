/** What a simulated allocation has on its disk: the usual folders, and what its tasks wrote. Pure. */
import type { Task } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import { groupOf } from './scheduler/ask.ts';
import { echoes, type OutputStream, shellScriptOf } from './shell-script.ts';

/** Texts by their paths, without a leading `/`. A folder's path ends in `/` and its text is empty. */
export type TaskFiles = ReadonlyMap<string, string>;

export const logPath = (task: string, stream: OutputStream): string => `alloc/logs/${task}.${stream}.0`;

/** Tasks that never started have written nothing, not even an empty log. */
export function filesOf(allocation: Allocation): TaskFiles {
  const files = new Map(['alloc/', 'alloc/data/', 'alloc/logs/', 'alloc/tmp/'].map((path) => [path, '']));
  for (const task of groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? []) {
    const state = allocation.TaskStates?.[task.Name];
    if (state === undefined) continue;
    for (const folder of ['', 'local/', 'private/', 'secrets/', 'tmp/']) files.set(`${task.Name}/${folder}`, '');
    if (state.StartedAt === null) continue;
    const runs = state.Restarts + 1;
    for (const stream of ['stdout', 'stderr'] as const) {
      files.set(logPath(task.Name, stream), outputOf(task, stream).repeat(Math.min(runs, mostRuns)));
    }
  }
  return files;
}

/** Output of earlier runs is no longer kept. */
const mostRuns = 100;

/** What one run of the task writes: what a mock is told to, and what a shell's script echoes before it goes into a loop. */
function outputOf(task: Task, stream: OutputStream): string {
  const config: Readonly<Record<string, unknown>> = task.Config ?? {};
  if (task.Driver === 'mock_driver') {
    const text = config[`${stream}_string`];
    return typeof text === 'string' ? text : '';
  }
  const script = shellScriptOf(task);
  return script === undefined ? '' : echoes(script, stream);
}
