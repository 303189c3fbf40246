/** What a simulated task does and what becomes of any task that ended. Pure. Compat: spec nomad-scheduler.md §13. */
import { formatDuration } from '../lib/duration.ts';
import type { RestartPolicy, Task } from '../nomad/types.ts';
import type { TaskRecord } from './allocation.ts';
import { toMilliseconds } from './identity.ts';
import { endOnSignal, exitCodeOf, shellScriptOf } from './shell-script.ts';
import { endBySignal, signalNamed } from './signals.ts';
import { killed, killing, restarts, restartsAtOnce, stays, type TaskEnd } from './task-events.ts';

/** What becomes of a task that ended by itself. */
export type Verdict =
  /** It has done its work. */
  | { readonly next: 'done' }
  | { readonly next: 'restart'; readonly reason: string; readonly delayMs: number }
  | { readonly next: 'fail'; readonly reason: string };

export interface Life {
  /** It is restarted whatever the exit code. */
  readonly isService: boolean;
  /** Restarts within the policy's interval. */
  readonly triedSince: number;
  /** When the policy's interval ends (epoch milliseconds). */
  readonly windowEndMs: number;
  readonly atMs: number;
  /** Lengthens the delay by up to a quarter. */
  readonly random: () => number;
}

export function verdictOf({ code }: TaskEnd, policy: RestartPolicy, life: Life): Verdict {
  if (!life.isService && code === 0) return { next: 'done' };
  const attempts = 'Exceeded allowed attempts';
  if (life.triedSince < policy.Attempts) {
    const delayMs = toMilliseconds(policy.Delay) * (1 + life.random() / 4);
    return { next: 'restart', reason: 'Restart within policy', delayMs };
  }
  if (policy.Mode === 'delay' && policy.Attempts > 0) {
    const delayMs = Math.max(life.windowEndMs - life.atMs, 0);
    return { next: 'restart', reason: `${attempts}, applying a delay`, delayMs };
  }
  if (policy.Attempts === 0) return { next: 'fail', reason: 'Policy allows no restarts' };
  const interval = formatDuration(toMilliseconds(policy.Interval));
  return { next: 'fail', reason: `${attempts} ${policy.Attempts} in interval ${interval} and mode is "fail"` };
}

export function judged(task: TaskRecord, end: TaskEnd, verdict: Verdict, atMs: number): TaskRecord {
  if (verdict.next === 'restart') return restarts(task, end, verdict.reason, verdict.delayMs, atMs);
  return stays(task, end, verdict.next === 'fail' ? verdict.reason : undefined, atMs);
}

/** A service's main tasks, and sidecars, are never done. */
export function isServiceTask({ Lifecycle: lifecycle }: Task, jobType: string): boolean {
  if (lifecycle !== null) return lifecycle.Sidecar;
  return jobType === 'service' || jobType === 'system';
}

/** A simulated task is told to end, and does. @param why  told instead of the usual words. */
export function endedByServer(task: TaskRecord, definition: Task, atMs: number, why?: string): TaskRecord {
  const end = task.State === 'running' ? interrupted(definition) : undefined;
  return killed(killing(task, definition, atMs, why), end, atMs);
}

/** A simulated task ends, to start anew at once, because somebody asked for it. */
export const restartsByHand = (task: TaskRecord, definition: Task, atMs: number): TaskRecord =>
  restartsAtOnce(task, interrupted(definition), atMs);

/** What is only pretended ends well; a process that does not end by the signal is ended by force. */
function interrupted(task: Task): TaskEnd {
  if (!hasProcess(task)) return { code: 0, signal: 0 };
  return endOnSignal(task, signalNamed(task.KillSignal) ?? 'SIGINT') ?? endBySignal('SIGKILL');
}

/** When in the life of its group a task runs. */
export const hookOf = ({ Lifecycle: lifecycle }: Task) => lifecycle?.Hook ?? 'main';

/** It runs beside the main tasks until they are over. */
export const isSidecar = ({ Lifecycle: lifecycle }: Task): boolean => lifecycle?.Sidecar === true;

/** Its driver runs a program of the host, with nothing around it. */
export const hasProcess = ({ Driver: driver }: Task): boolean => driver === 'raw_exec' || driver === 'exec';

export interface Script {
  readonly runForMs: number | undefined;
  readonly exitCode: number;
  /** How long it takes to start. */
  readonly startBlockMs: number;
  /** Why it does not start. */
  readonly startError: string | undefined;
}

/** What a task does once it runs. Only a mock ends by itself, and a shell that has nothing left to do. */
export function scriptOf(task: Task): Script {
  const startError = task.Config?.['start_error'];
  if (task.Driver !== 'mock_driver')
    return { ...passing(task, shellScript(task)), startBlockMs: 0, startError: undefined };
  return {
    startBlockMs: durationOf(task.Config?.['start_block_for']),
    startError: typeof startError === 'string' && startError !== '' ? startError : undefined,
    runForMs: durationOf(task.Config?.['run_for']),
    exitCode: Number(task.Config?.['exit_code'] ?? 0),
  };
}

/** Longer than it takes to start a shell. */
const shellMs = 50;

function shellScript(task: Task): Pick<Script, 'runForMs' | 'exitCode'> {
  const script = shellScriptOf(task);
  const exitCode = script === undefined ? undefined : exitCodeOf(script);
  return exitCode === undefined ? { runForMs: undefined, exitCode: 0 } : { runForMs: shellMs, exitCode };
}

/** What others wait for, or what follows them, has to come to an end: where nobody knows when, it does so soon. */
function passing<T extends Pick<Script, 'runForMs'>>({ Lifecycle: lifecycle }: Task, script: T): T {
  const isPassing = lifecycle !== null && !lifecycle.Sidecar;
  return isPassing && script.runForMs === undefined ? { ...script, runForMs: shellMs } : script;
}

const durationPart = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A driver's duration: text, or nanoseconds. Nothing means at once. */
function durationOf(value: unknown): number {
  if (typeof value === 'number') return toMilliseconds(value);
  if (typeof value !== 'string') return 0;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(durationPart)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return total;
}
