/** Events of a task, in Nomad's words, each with the state that it leads to. Pure. Compat: spec nomad-api.md §4.8. */
import { formatDuration } from '../lib/duration.ts';
import type { Task } from '../nomad/types.ts';
import type { TaskEventRecord, TaskRecord } from './allocation.ts';
import { toMilliseconds, toNanoseconds, toTimestamp } from './identity.ts';

/** Events kept per task. */
const mostEvents = 10;

export function withEvents(task: TaskRecord, ...events: readonly TaskEventRecord[]): TaskRecord {
  return { ...task, Events: [...task.Events, ...events].slice(-mostEvents) };
}

/** How a run of a task ended. */
export interface TaskEnd {
  /** 128 and the signal's number for one that a signal ended. */
  readonly code: number;
  /** 0 when it ended by itself. */
  readonly signal: number;
}

const dead = (atMs: number) => ({ State: 'dead', FinishedAt: toTimestamp(atMs) }) as const;

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

/** Compat: a client waits no longer than this, whatever the job says (`max_kill_timeout`). */
const longestKillMs = 30_000;

/** How long a task that is told to end may take. */
export const killTimeoutMs = ({ KillTimeout: wanted }: Task): number => Math.min(toMilliseconds(wanted), longestKillMs);

/** @param why  told instead of the usual words. */
export function killing(task: TaskRecord, definition: Task, atMs: number, why?: string): TaskRecord {
  const timeoutMs = killTimeoutMs(definition);
  const wait = formatDuration(timeoutMs);
  return withEvents(task, {
    ...{ Type: 'Killing', Time: toNanoseconds(atMs) },
    DisplayMessage: why ?? `Sent interrupt. Waiting ${wait} before force killing`,
    Details: { kill_timeout: wait },
    Extra: { KillTimeout: toNanoseconds(timeoutMs) },
  });
}

/** It was told to end. @param end  missing for one that had nothing running. */
export function killed(task: TaskRecord, end: TaskEnd | undefined, atMs: number): TaskRecord {
  if (end === undefined) return { ...task, ...dead(atMs) };
  const Time = toNanoseconds(atMs);
  const done = { Type: 'Killed', Time, DisplayMessage: 'Task successfully killed' };
  return { ...withEvents(task, terminatedEvent(end, Time), done), ...dead(atMs) };
}

/** It waits a while before it is told to end, or does not. */
export function shutdownDelayed(task: TaskRecord, delayMs: number, isSkipped: boolean, atMs: number): TaskRecord {
  const wait = `shutdown_delay of ${formatDuration(delayMs)} before killing the task.`;
  return withEvents(task, {
    Type: isSkipped ? 'Skipping shutdown delay' : 'Waiting for shutdown delay',
    Time: toNanoseconds(atMs),
    DisplayMessage: `${isSkipped ? 'Skipping' : 'Waiting for'} ${wait}`,
  });
}

/** A sidecar has nobody left to serve. */
export function mainTasksDead(task: TaskRecord, atMs: number): TaskRecord {
  const message = 'Main tasks in the group died';
  return withEvents(task, { Type: 'Main Tasks Dead', Time: toNanoseconds(atMs), DisplayMessage: message });
}

/** The task that leads its group is over. */
export function leaderDead(task: TaskRecord, atMs: number): TaskRecord {
  const message = 'Leader Task in Group dead';
  return withEvents(task, { Type: 'Leader Task Dead', Time: toNanoseconds(atMs), DisplayMessage: message });
}

export function siblingFailed(task: TaskRecord, sibling: string, atMs: number): TaskRecord {
  return withEvents(task, {
    ...{ Type: 'Sibling Task Failed', Time: toNanoseconds(atMs), DisplayMessage: `Task's sibling "${sibling}" failed` },
    Details: { failed_sibling: sibling },
    Extra: { FailedSibling: sibling },
  });
}

/** Somebody sends it a signal. */
export function signaling(task: TaskRecord, signal: string, atMs: number): TaskRecord {
  const text = 'Task being sent a signal';
  return withEvents(task, { Type: 'Signaling', Time: toNanoseconds(atMs), DisplayMessage: text, Details: { signal } });
}

/** Its driver could not start it, and will not be able to. */
export function failedToStart(task: TaskRecord, error: string, atMs: number): TaskRecord {
  return unrecoverable(task, 'Driver Failure', { driver_error: error }, { DriverError: error }, error, atMs);
}

/** What it needs before it starts could not be made. */
export function failedToPrepare(task: TaskRecord, error: string, atMs: number): TaskRecord {
  return unrecoverable(task, 'Setup Failure', { setup_error: error }, { SetupError: error }, error, atMs);
}

function unrecoverable(
  task: TaskRecord,
  type: string,
  details: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, string>>,
  error: string,
  atMs: number,
): TaskRecord {
  const Time = toNanoseconds(atMs);
  const failure = { Type: type, Time, DisplayMessage: error, Details: details, Extra: extra };
  return {
    ...withEvents(task, failure, notRestartingEvent('Error was unrecoverable', Time)),
    ...dead(atMs),
    Failed: true,
  };
}

/** Its allocation is given up by its deployment. */
export function unhealthy(task: TaskRecord, why: string, atMs: number): TaskRecord {
  return withEvents(task, {
    Type: 'Alloc Unhealthy',
    Time: toNanoseconds(atMs),
    DisplayMessage: why,
    Message: why,
    Details: { message: why },
  });
}

/** Somebody asked for a restart. */
export function restartSignaled(task: TaskRecord, reason: string, atMs: number): TaskRecord {
  return withEvents(task, {
    ...{ Type: 'Restart Signaled', Time: toNanoseconds(atMs), DisplayMessage: reason },
    Details: { restart_reason: reason },
    Extra: { RestartReason: reason },
  });
}

/** It was ended for a restart and starts again at once, whatever its policy says. */
export function restartsAtOnce(task: TaskRecord, end: TaskEnd, atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  const again: TaskEventRecord = {
    ...{ Type: 'Restarting', Time, DisplayMessage: 'Task restarting in 0s' },
    Details: { restart_reason: '', start_delay: '0' },
  };
  return waiting(withEvents(task, terminatedEvent(end, Time), again), atMs);
}

/** It ended by itself and starts again later. */
export function restarts(task: TaskRecord, end: TaskEnd, reason: string, delayMs: number, atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  const usual = `Task restarting in ${formatDuration(delayMs)}`;
  const startDelay = Math.round(delayMs * 1e6);
  const event: TaskEventRecord = {
    ...{ Type: 'Restarting', Time },
    DisplayMessage: reason === 'Restart within policy' ? usual : `${reason} - ${usual}`,
    Details: { restart_reason: reason, start_delay: String(startDelay) },
    Extra: { RestartReason: reason, StartDelay: startDelay },
  };
  return waiting(withEvents(task, terminatedEvent(end, Time), event), atMs);
}

const waiting = (task: TaskRecord, atMs: number): TaskRecord => ({
  ...{ ...task, State: 'pending', FinishedAt: null },
  ...{ Restarts: task.Restarts + 1, LastRestart: toTimestamp(atMs) },
});

/** It ended by itself and stays so. @param failure  why it is not restarted, for one that failed. */
export function stays(task: TaskRecord, end: TaskEnd, failure: string | undefined, atMs: number): TaskRecord {
  const Time = toNanoseconds(atMs);
  const ended = withEvents(task, terminatedEvent(end, Time));
  if (failure === undefined) return { ...ended, ...dead(atMs) };
  return { ...withEvents(ended, notRestartingEvent(failure, Time)), ...dead(atMs), Failed: true };
}

function notRestartingEvent(reason: string, Time: number): TaskEventRecord {
  return {
    ...{ Type: 'Not Restarting', Time, DisplayMessage: reason },
    Details: { fails_task: 'true', restart_reason: reason },
    Extra: { FailsTask: true, RestartReason: reason },
  };
}

function terminatedEvent({ code, signal }: TaskEnd, Time: number): TaskEventRecord {
  const bySignal = signal === 0 ? '' : `, Signal: ${signal}`;
  return {
    ...{ Type: 'Terminated', Time, DisplayMessage: `Exit Code: ${code}${bySignal}` },
    Details: { exit_code: String(code), oom_killed: 'false', signal: String(signal) },
    ...(code === 0 ? {} : { Extra: { ExitCode: code, ...(signal === 0 ? {} : { Signal: signal }) } }),
  };
}
