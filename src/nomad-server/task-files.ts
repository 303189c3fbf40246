/** What a simulated allocation has on its disk: the usual folders, and what its tasks wrote. Pure. */
import type { Task } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import { type AllocationFiles, type FileRow, logBase, type OutputStream } from './allocation-files.ts';
import { toMilliseconds } from './identity.ts';
import { groupOf } from './scheduler/ask.ts';
import { echoes, shellScriptOf } from './shell-script.ts';

/** Texts by their paths. A folder's path ends in `/` and its text is empty. */
type TaskFiles = ReadonlyMap<string, string>;

/** @param latest  the allocation as it is by then. */
export function simulatedFiles(latest: () => Allocation): AllocationFiles {
  const row = (files: TaskFiles, path: string): FileRow => {
    const isFolder = path.endsWith('/') || path === '';
    return {
      ...{ name: path.replace(/\/$/, '').replace(/^.*\//, ''), isFolder },
      size: isFolder ? 4096 : Buffer.byteLength(files.get(path) ?? ''),
      mode: isFolder ? 'drwxrwxrwx' : '-rw-r--r--',
      modifiedMs: toMilliseconds(latest().CreateTime),
    };
  };
  return {
    async info(path) {
      const files = filesOf(latest());
      const found = path === '' || files.has(path) ? path : `${path}/`;
      return path === '' || files.has(found) ? row(files, found) : undefined;
    },
    async list(folder) {
      const files = filesOf(latest());
      const within = folder === '' ? '' : `${folder}/`;
      const inside = [...files.keys()].filter((path) => path !== within && path.startsWith(within));
      const direct = inside.filter((path) => !path.slice(within.length, -1).includes('/'));
      return direct.sort().map((path) => row(files, path));
    },
    async read(path, offset, length) {
      return Buffer.from(filesOf(latest()).get(path) ?? '').subarray(offset, offset + length);
    },
    onWrite: () => () => undefined,
  };
}

/** Tasks that never started have written nothing, not even an empty log. */
function filesOf(allocation: Allocation): TaskFiles {
  const files = new Map(['alloc/', 'alloc/data/', 'alloc/logs/', 'alloc/tmp/'].map((path) => [path, '']));
  for (const task of groupOf(allocation.Job, allocation.TaskGroup)?.Tasks ?? []) {
    const state = allocation.TaskStates?.[task.Name];
    if (state === undefined) continue;
    for (const folder of ['', 'local/', 'private/', 'secrets/', 'tmp/']) files.set(`${task.Name}/${folder}`, '');
    if (state.StartedAt === null) continue;
    const runs = state.Restarts + 1;
    for (const stream of ['stdout', 'stderr'] as const) {
      files.set(`${logBase(task.Name, stream)}.0`, outputOf(task, stream).repeat(Math.min(runs, mostRuns)));
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
