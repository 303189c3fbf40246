/** What a simulated allocation has on its disk: the usual folders, and what its tasks wrote. Pure. */
import type { Task } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import { groupOf } from './scheduler/ask.ts';

export type OutputStream = 'stdout' | 'stderr';

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
export function outputOf(task: Task, stream: OutputStream): string {
  const config: Readonly<Record<string, unknown>> = task.Config ?? {};
  if (task.Driver === 'mock_driver') {
    const text = config[`${stream}_string`];
    return typeof text === 'string' ? text : '';
  }
  const { command, args } = config;
  const isShell = typeof command === 'string' && /(^|\/)(ba|da)?sh$/.test(command);
  if (!isShell || !Array.isArray(args) || args[0] !== '-c' || typeof args[1] !== 'string') return '';
  return echoes(args[1], stream);
}

function echoes(script: string, stream: OutputStream): string {
  let text = '';
  for (const statement of script.split(/;|&&|\n/)) {
    const words = statement.trim();
    if (/^(while|until|for|if|exec)\b/.test(words)) break;
    const [, said, redirect] = /^echo\s+(.*?)\s*(>&2|1>&2)?$/.exec(words) ?? [];
    if (said === undefined || (redirect === undefined) !== (stream === 'stdout')) continue;
    text += `${said.replace(/^(["'])(.*)\1$/, '$2')}\n`;
  }
  return text;
}
