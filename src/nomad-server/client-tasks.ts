/** An allocation's tasks as its simulated client reports them. Pure. Compat: spec nomad-scheduler.md §6. */
import type { Task, TaskGroup } from '../nomad/types.ts';
import type { Allocation, TaskRecord } from './allocation.ts';
import { groupOf } from './scheduler/ask.ts';
import { received, reconnected } from './task-life.ts';

/** The server had lost sight of its client. */
export function comesBack(allocation: Allocation, nowMs: number): Allocation {
  if (allocation.ClientStatus !== 'unknown') return allocation;
  return withTasks(
    allocation,
    tasksOf(allocation, (_, was) => reconnected(was ?? received(nowMs), nowMs)),
  );
}

/** The tasks of its group, each changed. */
export function tasksOf(
  allocation: Allocation,
  change: (task: Task, was: TaskRecord | undefined) => TaskRecord,
): Readonly<Record<string, TaskRecord>> {
  const group: TaskGroup | undefined = groupOf(allocation.Job, allocation.TaskGroup);
  return Object.fromEntries(
    (group?.Tasks ?? []).map((task) => [task.Name, change(task, allocation.TaskStates?.[task.Name])]),
  );
}

/** The allocation's status follows from its tasks'. */
export function withTasks(allocation: Allocation, tasks: Readonly<Record<string, TaskRecord>>): Allocation {
  const states = Object.values(tasks);
  const after = { ...allocation, TaskStates: tasks };
  if (states.some((task) => task.State === 'dead' && task.Failed)) {
    return { ...after, ClientStatus: 'failed', ClientDescription: 'Failed tasks' };
  }
  if (states.some((task) => task.State === 'running')) {
    return { ...after, ClientStatus: 'running', ClientDescription: 'Tasks are running' };
  }
  if (states.some((task) => task.State === 'pending')) {
    return { ...after, ClientStatus: 'pending', ClientDescription: 'No tasks have started' };
  }
  return { ...after, ClientStatus: 'complete', ClientDescription: 'All tasks have completed' };
}
