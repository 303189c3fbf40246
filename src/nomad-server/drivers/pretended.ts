/** A task of another driver beside real ones: it runs as long as its script says, and ends when it is told to. */
import type { Clock } from '../../lib/clock.ts';
import type { Task } from '../../nomad/types.ts';
import { scriptOf } from '../task-life.ts';
import type { ProcessEnd, TaskProcess } from './machine.ts';

/** @returns why its driver does not start it. */
export function pretended(task: Task, clock: Clock): TaskProcess | string {
  const { runForMs, exitCode, startError } = scriptOf(task);
  if (startError !== undefined) return startError;
  let finish: (end: ProcessEnd) => void = () => undefined;
  const end = new Promise<ProcessEnd>((resolve) => {
    finish = resolve;
  });
  const forget =
    runForMs === undefined ? undefined : clock.after(runForMs, () => finish({ code: exitCode, signal: 0 }));
  const stop = () => {
    forget?.();
    finish({ code: 0, signal: 0 });
  };
  return { pid: 0, end, signal: stop, kill: stop };
}
