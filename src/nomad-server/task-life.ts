/** What happens to a simulated task, in Nomad's words. Pure. Compat: spec nomad-api.md §4.8, nomad-scheduler.md §13. */
import { formatDuration } from '../lib/duration.ts';
import type { RestartPolicy, Task } from '../nomad/types.ts';
import type { TaskEventRecord, TaskRecord } from './allocation.ts';
import { toMilliseconds, toNanoseconds, toTimestamp } from './identity.ts';
import { exitCodeOf, shellScriptOf } from './shell-script.ts';

/** Events kept per task. */
const mostEvents = 10;

function withEvents(task: TaskRecord, ...events: readonly TaskEventRecord[]): TaskRecord {
  return { ...task, Events: [...task.Events, ...events].slice(-mostEvents) };
}

/** The client has it and prepares it. */
export function received(atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  const setup = 'Building Task Directory';
  return {
    ...{ State: 'pending', Failed: false, Restarts: 0, LastRestart: null, StartedAt: null, FinishedAt: null },
    Events: [
      { Type: 'Received', Time, DisplayMessage: 'Task received by client' },
      { Type: 'Task Setup', Time, DisplayMessage: setup, Message: setup, Details: { message: setup } },
    ],
  };
}

export function started(task: TaskRecord, atMs: number): TaskRecord {
  const event = { Type: 'Started', Time: toNanoseconds(atMs), DisplayMessage: 'Task started by client' };
  return { ...withEvents(task, event), State: 'running', StartedAt: toTimestamp(atMs), FinishedAt: null };
}

/** Docker fetches what is not there before the first start; it pretends that nothing is. */
export function imageFetched(task: TaskRecord, { Driver, Config }: Task, atMs: number): TaskRecord {
  const image = Config?.['image'];
  if (Driver !== 'docker' || typeof image !== 'string' || task.Restarts > 0) return task;
  const message = 'Downloading image';
  return withEvents(task, {
    ...{ Type: 'Driver', Time: toNanoseconds(atMs), DisplayMessage: message },
    Details: { driver_message: message, image },
    Extra: { DriverMessage: message },
  });
}

/** Its client was away and is back. */
export function reconnected(task: TaskRecord, atMs: number): TaskRecord {
  return withEvents(task, { Type: 'Reconnected', Time: toNanoseconds(atMs), DisplayMessage: 'Client reconnected' });
}

/** @param why  told instead of the usual words. */
export function killed(task: TaskRecord, definition: Task, atMs: number, why?: string): TaskRecord {
  const killTimeoutMs = toMilliseconds(definition.KillTimeout);
  const Time = toNanoseconds(atMs);
  const wait = formatDuration(killTimeoutMs);
  const killing: TaskEventRecord = {
    ...{ Type: 'Killing', Time, DisplayMessage: why ?? `Sent interrupt. Waiting ${wait} before force killing` },
    Details: { kill_timeout: wait },
    Extra: { KillTimeout: toNanoseconds(killTimeoutMs) },
  };
  const done = { Type: 'Killed', Time, DisplayMessage: 'Task successfully killed' };
  const terminated = interruptedEvent(definition, Time);
  return { ...withEvents(task, killing, terminated, done), State: 'dead', FinishedAt: toTimestamp(atMs) };
}

/** A sidecar has nobody left to serve. */
export function mainTasksDead(task: TaskRecord, atMs: number): TaskRecord {
  const message = 'Main tasks in the group died';
  return withEvents(task, { Type: 'Main Tasks Dead', Time: toNanoseconds(atMs), DisplayMessage: message });
}

/** Its driver could not start it, and will not be able to. */
export function failedToStart(task: TaskRecord, error: string, atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  const failure: TaskEventRecord = {
    ...{ Type: 'Driver Failure', Time, DisplayMessage: error, Details: { driver_error: error } },
    Extra: { DriverError: error },
  };
  return { ...withEvents(task, failure, notRestarting('Error was unrecoverable', Time)), ...dead(atMs), Failed: true };
}

const dead = (atMs: number) => ({ State: 'dead', FinishedAt: toTimestamp(atMs) }) as const;

function notRestarting(reason: string, Time: number): TaskEventRecord {
  return {
    ...{ Type: 'Not Restarting', Time, DisplayMessage: reason },
    Details: { fails_task: 'true', restart_reason: reason },
    Extra: { FailsTask: true, RestartReason: reason },
  };
}

/** Its allocation is given up by its deployment. */
export function unhealthy(task: TaskRecord, why: string, atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  return withEvents(task, {
    Type: 'Alloc Unhealthy',
    Time,
    DisplayMessage: why,
    Message: why,
    Details: { message: why },
  });
}

/** How a task goes on after it ended by itself. */
export interface Exit {
  readonly task: TaskRecord;
  /** Milliseconds until it starts again; undefined when it stays dead. */
  readonly restartInMs: number | undefined;
}

/**
 * @param isService   it is restarted whatever the exit code.
 * @param triedSince  restarts within the policy's interval.
 * @param random      lengthens the delay by up to a quarter.
 */
export function exited(
  task: TaskRecord,
  exitCode: number,
  policy: RestartPolicy,
  life: {
    readonly isService: boolean;
    readonly triedSince: number;
    /** When the policy's interval ends (epoch milliseconds). */
    readonly windowEndMs: number;
    readonly atMs: number;
    readonly random: () => number;
  },
): Exit {
  const Time = toNanoseconds(life.atMs);
  const ended = { ...withEvents(task, terminatedEvent(exitCode, Time)), FinishedAt: toTimestamp(life.atMs) };
  if (!life.isService && exitCode === 0) return { task: { ...ended, State: 'dead' }, restartInMs: undefined };
  const attempts = 'Exceeded allowed attempts';
  if (life.triedSince < policy.Attempts) {
    const delayMs = toMilliseconds(policy.Delay) * (1 + life.random() / 4);
    return restarting(ended, 'Restart within policy', delayMs, life.atMs);
  }
  if (policy.Mode === 'delay' && policy.Attempts > 0) {
    return restarting(ended, `${attempts}, applying a delay`, Math.max(life.windowEndMs - life.atMs, 0), life.atMs);
  }
  const reason =
    policy.Attempts === 0
      ? 'Policy allows no restarts'
      : `${attempts} ${policy.Attempts} in interval ${formatDuration(toMilliseconds(policy.Interval))} and mode is "fail"`;
  return {
    task: { ...withEvents(ended, notRestarting(reason, Time)), State: 'dead', Failed: true },
    restartInMs: undefined,
  };
}

function restarting(task: TaskRecord, reason: string, delayMs: number, atMs: number): Exit {
  const usual = `Task restarting in ${formatDuration(delayMs)}`;
  const startDelay = Math.round(delayMs * 1e6);
  const event: TaskEventRecord = {
    ...{ Type: 'Restarting', Time: toNanoseconds(atMs) },
    DisplayMessage: reason === 'Restart within policy' ? usual : `${reason} - ${usual}`,
    Details: { restart_reason: reason, start_delay: String(startDelay) },
    Extra: { RestartReason: reason, StartDelay: startDelay },
  };
  const again = { ...withEvents(task, event), Restarts: task.Restarts + 1, LastRestart: toTimestamp(atMs) };
  return { task: { ...again, State: 'pending', FinishedAt: null }, restartInMs: delayMs };
}

/** Somebody asked for it: it is ended and starts again at once, whatever its policy says. */
export function restartedByHand(task: TaskRecord, definition: Task, reason: string, atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  const signaled: TaskEventRecord = {
    ...{ Type: 'Restart Signaled', Time, DisplayMessage: reason },
    Details: { restart_reason: reason },
    Extra: { RestartReason: reason },
  };
  const again: TaskEventRecord = {
    ...{ Type: 'Restarting', Time, DisplayMessage: 'Task restarting in 0s' },
    Details: { restart_reason: '', start_delay: '0' },
  };
  const ended = withEvents(task, signaled, interruptedEvent(definition, Time), again);
  return started({ ...ended, Restarts: task.Restarts + 1, LastRestart: toTimestamp(atMs) }, atMs);
}

/** Processes of their own end by the interrupt; what is only pretended ends well. */
function interruptedEvent({ Driver: driver }: Task, Time: number): TaskEventRecord {
  if (driver !== 'raw_exec' && driver !== 'exec') return terminatedEvent(0, Time);
  return {
    ...{ Type: 'Terminated', Time, DisplayMessage: 'Exit Code: 130, Signal: 2' },
    Details: { exit_code: '130', oom_killed: 'false', signal: '2' },
    Extra: { ExitCode: 130, Signal: 2 },
  };
}

function terminatedEvent(exitCode: number, Time: number): TaskEventRecord {
  return {
    ...{ Type: 'Terminated', Time, DisplayMessage: `Exit Code: ${exitCode}` },
    Details: { exit_code: String(exitCode), oom_killed: 'false', signal: '0' },
    ...(exitCode === 0 ? {} : { Extra: { ExitCode: exitCode } }),
  };
}

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
  if (task.Driver !== 'mock_driver') return { ...shellScript(task), startBlockMs: 0, startError: undefined };
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
