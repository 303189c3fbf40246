/**
 * Where an allocation and its tasks have their files, and what is put there before a task starts. Compat: Nomad's layout,
 * save that only our own user may look in.
 */
import { posix } from 'node:path';
import type { Strings, Task } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import type { Disk } from './machine.ts';

const { join, normalize } = posix;

/** Absolute paths. */
export interface TaskFolders {
  /** Of the task: its working directory. */
  readonly task: string;
  readonly local: string;
  readonly secrets: string;
  readonly temporary: string;
  /** `alloc/`, which the tasks of an allocation share. */
  readonly shared: string;
}

/** What is to be written. */
export interface TaskFile {
  /** Relative to the task's folder, or absolute. */
  readonly path: string;
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

export const allocationFolder = (folder: string, id: string): string => join(folder, 'alloc', id);

export function foldersOf(allocation: string, task: string): TaskFolders {
  const own = join(allocation, task);
  return {
    ...{ task: own, local: join(own, 'local'), secrets: join(own, 'secrets'), temporary: join(own, 'tmp') },
    shared: join(allocation, 'alloc'),
  };
}

export async function makeFolders(disk: Disk, { task, local, secrets, temporary, shared }: TaskFolders): Promise<void> {
  const inShared = ['data', 'logs', 'tmp'].map((name) => join(shared, name));
  for (const path of [...inShared, local, secrets, temporary, join(task, 'private')]) await disk.makeFolder(path);
}

/** What a dispatched job was given. */
export async function writePayload(
  disk: Disk,
  job: Allocation['Job'],
  task: Task,
  folders: TaskFolders,
): Promise<void> {
  const { File: file } = task.DispatchPayload ?? { File: '' };
  if (file === '' || !job.Payload) return;
  const path = insideOf(folders, join(folders.local, file));
  if (path === undefined) return;
  await disk.makeFolder(posix.dirname(path));
  await disk.write(path, Buffer.from(job.Payload, 'base64'), 0o600);
}

/** @returns why that cannot be done; undefined when it is written. */
export async function writeTemplate(disk: Disk, folders: TaskFolders, one: TaskFile): Promise<string | undefined> {
  const path = insideOf(folders, posix.isAbsolute(one.path) ? one.path : join(folders.task, one.path));
  if (path === undefined) return `template destination "${one.path}" escapes allocation directory`;
  await disk.makeFolder(posix.dirname(path));
  await disk.write(path, one.text, one.mode);
  return undefined;
}

/** @returns undefined for a path that leads out of the task's folder and the shared one. */
function insideOf({ task, shared }: TaskFolders, path: string): string | undefined {
  const plain = normalize(path);
  return [task, shared].some((folder) => plain.startsWith(`${folder}/`)) ? plain : undefined;
}

/** `KEY=value` lines, as a template with `env = true` has them. */
export function variablesIn(text: string): Strings {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) found[name] = value.replace(/^(["'])(.*)\1$/, '$2');
  }
  return found;
}
