/** What a task needs before its program can run, and the start itself. */
import type { Node } from '../../nomad/node-types.ts';
import type { Strings, Task } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import type { Machine, Outputs, TaskProcess } from './machine.ts';
import { findProgram, startProblem } from './program.ts';
import { taskEnv, valuesOf } from './task-env.ts';
import {
  allocationFolder,
  foldersOf,
  makeFolders,
  type TaskFolders,
  variablesIn,
  writePayload,
  writeTemplate,
} from './task-folder.ts';
import { renderTemplate } from './template.ts';

export interface PreparedTask {
  readonly env: Strings;
  /** What `${…}` may name. */
  readonly values: Strings;
  readonly folders: TaskFolders;
}

/** @returns why it cannot be made ready. */
export async function prepareTask(
  { disk, folder, env: inherited }: Machine,
  allocation: Allocation,
  task: Task,
  node: Node | undefined,
): Promise<PreparedTask | string> {
  if (/^\.{1,2}$/.test(task.Name)) return `no folder can be named ${JSON.stringify(task.Name)}, as the task is`;
  const folders = foldersOf(allocationFolder(folder, allocation.ID), task.Name);
  await makeFolders(disk, folders);
  await writePayload(disk, allocation.Job, task, folders);
  if ((task.Artifacts ?? []).length > 0)
    return 'artifacts cannot be fetched here: put the program on this machine first';
  const around = { allocation, task, node, folders, inherited };
  const plain = taskEnv(around);
  const fromTemplates: Record<string, string> = {};
  for (const template of task.Templates ?? []) {
    const rendered = renderTemplate(template, plain, valuesOf(plain, node));
    if (typeof rendered === 'string') return rendered;
    const problem = await writeTemplate(disk, folders, rendered);
    if (problem !== undefined) return problem;
    if (rendered.isEnv) Object.assign(fromTemplates, variablesIn(rendered.text));
  }
  const env = taskEnv({ ...around, fromTemplates });
  return { env, values: valuesOf(env, node), folders };
}

/** @returns why it does not start, in Nomad's words. */
export async function startTask(
  machine: Machine,
  task: Task,
  prepared: PreparedTask,
  outputs: Outputs,
): Promise<TaskProcess | string> {
  const program = await findProgram(machine.disk, { task, ...prepared });
  if (typeof program === 'string') return program;
  const started = await machine.start(program, outputs);
  return typeof started === 'string' ? startProblem(program, started) : started;
}
