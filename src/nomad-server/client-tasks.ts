/** An allocation's tasks as its simulated client reports them. Pure. Compat: spec nomad-scheduler.md §6. */
import type { Task, TaskGroup } from '../nomad/types.ts';
import type { Allocation, TaskRecord } from './allocation.ts';
import { groupOf } from './scheduler/ask.ts';
import { endBySignal } from './signals.ts';
import { failedToStart, imageFetched, killed, received, reconnected, started } from './task-events.ts';
import { endedByServer, scriptOf } from './task-life.ts';

/** The server had lost sight of its client. */
export function comesBack(allocation: Allocation, nowMs: number): Allocation {
  if (allocation.ClientStatus !== 'unknown') return allocation;
  return withTasks(
    allocation,
    tasksOf(allocation, (_, was) => reconnected(was ?? received(nowMs), nowMs)),
  );
}

/** A task begins, unless its driver cannot start it. */
export function begun(task: Task, was: TaskRecord, nowMs: number): TaskRecord {
  const { startError } = scriptOf(task);
  return startError === undefined
    ? started(imageFetched(was, task, nowMs), nowMs)
    : failedToStart(was, startError, nowMs);
}

/**
 * All of its tasks that still live are ended.
 *
 * @param why       told instead of the usual words.
 * @param isSpared  not ended all the same.
 */
export function ended(
  allocation: Allocation,
  nowMs: number,
  why?: string,
  isSpared: (task: Task) => boolean = () => false,
): Allocation {
  const tasks = tasksOf(allocation, (task, was = received(nowMs)) =>
    was.State === 'dead' || isSpared(task) ? was : endedByServer(was, task, nowMs, why),
  );
  const after = withTasks(allocation, tasks);
  return why === undefined || after.ClientStatus !== 'complete' ? after : { ...after, ClientDescription: why };
}

/** What ran of it ended with the power of its node. */
export function endedWithNode(allocation: Allocation, nowMs: number): Allocation {
  const end = endBySignal('SIGKILL');
  return withTasks(
    allocation,
    tasksOf(allocation, (_, was = received(nowMs)) =>
      was.State === 'dead' ? was : killed(was, was.State === 'running' ? end : undefined, nowMs),
    ),
  );
}

/** Those of its group that run. */
export function runningTasks({ Job: job, TaskGroup: name, TaskStates: states }: Allocation): readonly Task[] {
  return (groupOf(job, name)?.Tasks ?? []).filter((task) => states?.[task.Name]?.State === 'running');
}

/** Those of these tasks that run, each changed. */
export function changeRunning(
  allocation: Allocation,
  wanted: readonly Task[],
  change: (task: Task, was: TaskRecord) => TaskRecord,
): Allocation {
  const meant = runningTasks(allocation).filter(({ Name }) => wanted.some((one) => one.Name === Name));
  if (meant.length === 0) return allocation;
  const tasks = tasksOf(allocation, (task, was = received(0)) => (meant.includes(task) ? change(task, was) : was));
  return withTasks(allocation, tasks);
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
