/** How long a call to a plugin may take. */
import { type Clock, DeadlineExceeded } from '../lib/clock.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Awaitable } from '../model/plugin.ts';
import { type StringMap, targetKeys } from '../model/policy.ts';

/** Milliseconds. */
export interface Deadlines {
  readonly pluginInfoMs: number;
  readonly setConfigMs: number;
  readonly queryMs: number;
  readonly runMs: number;
  /** For a status call whose policy sets none. */
  readonly statusMs: number;
  /** On top of the time that a policy gives its nodes to drain. */
  readonly scaleMs: number;
}

/** Generous: they are there to end what hangs, not to hurry what is slow. */
export const deadlines: Deadlines = {
  pluginInfoMs: 10_000,
  setConfigMs: 60_000,
  queryMs: 60_000,
  runMs: 10_000,
  statusMs: 60_000,
  scaleMs: 3_600_000,
};

/** @throws `invalid_duration` (usage), before anything is asked of the plugin. */
export function statusDeadlineMs(config: StringMap, deadlines: Deadlines): number {
  const text = config[targetKeys.grpcTimeout];
  return text === undefined ? deadlines.statusMs : parseDuration(text);
}

/** Scaling in waits for a drain first. What is no duration is the plugin's to complain about. */
export function scaleDeadlineMs(config: StringMap, deadlines: Deadlines): number {
  return deadlines.scaleMs + drainMs(config['node_drain_deadline']);
}

const defaultDrainMs = 900_000;

function drainMs(text: string | undefined): number {
  if (text === undefined || text === '') return defaultDrainMs;
  try {
    return Math.max(parseDuration(text), 0);
  } catch {
    return defaultDrainMs;
  }
}

/**
 * Like `withDeadline` of the clock, but an answer that is known at once comes back at once.
 *
 * @throws or rejects with `DeadlineExceeded` or the parent's reason as soon as either aborts, whether or not `work` listens.
 */
export function callWithin<R>(
  clock: Clock,
  ms: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Awaitable<R>,
): Awaitable<R> {
  parent.throwIfAborted();
  const own = new AbortController();
  let fail: ((reason: unknown) => void) | undefined;
  const giveUp = (reason: unknown) => {
    own.abort(reason);
    fail?.(reason);
  };
  const onParent = () => giveUp(parent.reason);
  const cancel = clock.after(ms, () => giveUp(new DeadlineExceeded(ms)));
  const settle = () => {
    cancel();
    parent.removeEventListener('abort', onParent);
  };
  parent.addEventListener('abort', onParent, { once: true });
  let answer: Awaitable<R> | undefined;
  try {
    answer = work(own.signal);
  } finally {
    if (!(answer instanceof Promise)) settle();
  }
  if (!(answer instanceof Promise)) return answer;
  const late = answer;
  return new Promise<R>((resolve, reject) => {
    fail = reject;
    late.then(resolve, reject);
  }).finally(settle);
}
