/** The order in which the tasks of a simulated allocation start and end. Pure. Compat: spec nomad-scheduler.md §13. */
import type { Task } from '../nomad/types.ts';
import type { Allocation, TaskRecord } from './allocation.ts';
import { tasksOf, withTasks } from './client-tasks.ts';
import { groupOf } from './scheduler/ask.ts';
import { leaderDead, mainTasksDead, received, siblingFailed } from './task-events.ts';
import { endedByServer, hookOf, isSidecar } from './task-life.ts';

const tasksIn = ({ Job: job, TaskGroup: name }: Allocation): readonly Task[] => groupOf(job, name)?.Tasks ?? [];

/** What precedes the task has come far enough. */
export function mayStart(task: Task, allocation: Allocation): boolean {
  const stateOf = ({ Name: name }: Task) => allocation.TaskStates?.[name];
  const hasStarted = (one: Task) => stateOf(one)?.StartedAt != null;
  const isDead = (one: Task) => stateOf(one)?.State === 'dead';
  const all = (hook: string, is: (one: Task) => boolean) =>
    tasksIn(allocation).every((one) => hookOf(one) !== hook || is(one));
  switch (hookOf(task)) {
    case 'prestart':
      return true;
    case 'main':
      return all('prestart', (one) => (isSidecar(one) ? hasStarted(one) : isDead(one)));
    case 'poststart':
      return all('main', hasStarted);
    case 'poststop':
      return all('main', isDead);
  }
}

/** It follows the end of the others, unless none of those that it follows ever began. */
export function isToFollow(task: Task, allocation: Allocation): boolean {
  const hasBegun = ({ Name: name }: Task) => allocation.TaskStates?.[name]?.StartedAt != null;
  return hookOf(task) === 'poststop' && tasksIn(allocation).some((one) => hookOf(one) === 'main' && hasBegun(one));
}

/** Those that never started and may do so now. */
export function readyTasks(allocation: Allocation): readonly Task[] {
  return tasksIn(allocation).filter((task) => {
    const state = allocation.TaskStates?.[task.Name];
    return state?.State === 'pending' && state.StartedAt === null && mayStart(task, allocation);
  });
}

/** A task that failed and a leader that is over take the others with them, and sidecars end with what they serve. */
export function settled(allocation: Allocation, nowMs: number): Allocation {
  const tasks = tasksIn(allocation);
  if (tasks.length < 2) return allocation;
  const stateOf = ({ Name: name }: Task) => allocation.TaskStates?.[name];
  const isDead = (task: Task) => stateOf(task)?.State === 'dead';
  const failed = tasks.find((task) => isDead(task) && stateOf(task)?.Failed);
  if (failed !== undefined)
    return endOthers(allocation, isDead, (was) => siblingFailed(was, failed.Name, nowMs), nowMs);
  const follows = (task: Task) => hookOf(task) === 'poststop';
  const isLed = tasks.some((task) => task.Leader && isDead(task));
  if (isLed)
    return endOthers(
      allocation,
      (task) => isDead(task) || follows(task),
      (was) => leaderDead(was, nowMs),
      nowMs,
    );
  const isIdle = tasks.every((task) => hookOf(task) !== 'main' || isDead(task));
  if (!isIdle) return allocation;
  return endOthers(
    allocation,
    (task) => isDead(task) || !isSidecar(task),
    (was) => mainTasksDead(was, nowMs),
    nowMs,
  );
}

function endOthers(
  allocation: Allocation,
  isSpared: (task: Task) => boolean,
  tell: (was: TaskRecord) => TaskRecord,
  nowMs: number,
): Allocation {
  if (tasksIn(allocation).every(isSpared)) return allocation;
  return withTasks(
    allocation,
    tasksOf(allocation, (task, was = received(nowMs)) =>
      isSpared(task) ? was : endedByServer(tell(was), task, nowMs),
    ),
  );
}
