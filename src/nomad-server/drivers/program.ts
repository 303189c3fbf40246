/** Which program a `raw_exec` or `exec` task runs, and where that is found. Compat: Nomad's order, and its error texts. */
import { posix } from 'node:path';
import type { Strings, Task } from '../../nomad/types.ts';
import type { Disk, Program } from './machine.ts';
import { interpolate } from './task-env.ts';
import type { TaskFolders } from './task-folder.ts';

const { isAbsolute, join, normalize } = posix;

export const driverProblem = (why: string): string =>
  `failed to launch command with executor: rpc error: code = Unknown desc = ${why}`;

/** How Nomad names the command that could not be started. */
export function startProblem({ path, args }: Program, why: string): string {
  const words = [path, ...args].map((word) => JSON.stringify(word)).join(' ');
  return driverProblem(`failed to start command path=${JSON.stringify(path)} --- args=[${words}]: ${why}`);
}

interface Search {
  readonly task: Task;
  readonly env: Strings;
  /** What `${…}` may name. */
  readonly values: Strings;
  readonly folders: TaskFolders;
}

/** @returns why there is none. */
export async function findProgram(disk: Disk, { task, env, values, folders }: Search): Promise<Program | string> {
  const { command, args = [], work_dir } = (task.Config ?? {}) as Readonly<Record<string, unknown>>; // whatever the job file had
  if (task.User !== '') return `cannot run as user ${JSON.stringify(task.User)}: tasks run as the user of this server`;
  if (typeof command !== 'string' || command === '') return 'failed to decode driver config: command must be set';
  if (!Array.isArray(args)) return 'failed to decode driver config: args must be a list of texts';
  const wanted = interpolate(command, values);
  const path = await locate(disk, wanted, env, folders);
  if (path === undefined) return driverProblem(`binary ${JSON.stringify(wanted)} could not be found`);
  const folder = typeof work_dir === 'string' && work_dir !== '' ? interpolate(work_dir, values) : folders.task;
  const program = { path, args: args.map((one) => interpolate(String(one), values)), env, folder };
  const there = await disk.info(folder);
  if (!there?.isFolder) return startProblem(program, `chdir ${folder}: no such file or directory`);
  const { mode = 0 } = (await disk.info(path)) ?? {};
  return (mode & 0o111) === 0 ? startProblem(program, `fork/exec ${path}: permission denied`) : program;
}

async function locate(disk: Disk, wanted: string, env: Strings, folders: TaskFolders): Promise<string | undefined> {
  const own = isAbsolute(wanted) ? [normalize(wanted)] : [join(folders.local, wanted), join(folders.task, wanted)];
  for (const path of own) {
    const found = await disk.info(path);
    if (found === undefined || found.isFolder) continue;
    // What a template or the task itself put there need not be executable yet.
    if (path.startsWith(`${folders.task}/`)) await disk.setMode(path, found.mode | 0o500);
    return path;
  }
  if (wanted.includes('/')) return undefined;
  for (const folder of (env['PATH'] ?? '').split(':')) {
    if (!isAbsolute(folder)) continue;
    const found = await disk.info(join(folder, wanted));
    if (found !== undefined && !found.isFolder && (found.mode & 0o111) !== 0) return join(folder, wanted);
  }
  return undefined;
}
