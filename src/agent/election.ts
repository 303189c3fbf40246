/**
 * Of several agents one leads: the one that holds a lock in Nomad. The others stand by.
 *
 * Source: spec agent.md §12. Unlike upstream, who loses the lock stops at once (D-A5), and who cannot reach Nomad tries
 * again: a leader for as long as its lease is certain, the others for ever.
 */
import { type Clock, sleep, withDeadline } from '../lib/clock.ts';
import { AutoscalerError, errorList, explain, inContext, isAbort, usageError } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import { acquireLock, type LockClient, type LockSpec, releaseLock, renewLock } from '../nomad/locks.ts';

/** What the leader does. */
export interface Leading {
  /** @param signal  aborts when the lead is over. Rejected when the work cannot begin. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends all of it, also a start under way. */
  stop(): Promise<void>;
}

export interface ElectionOptions {
  readonly client: LockClient;
  readonly lock: LockSpec;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Told at each change. */
  readonly onRole: (role: Role) => void;
  /** Told why Nomad does not answer for the lock, and with undefined that it does again. */
  readonly onTrouble: (problem: string | undefined) => void;
}

export type Role = 'leader' | 'standby';

/** Agents that start together do not ask together. */
const firstWaitMs = 100;
/** Parts of the lock's TTL: when it is renewed, and how long others wait. */
const [renewPart, waitPart] = [0.7, 1.1] as const;
/** Between attempts that did not reach Nomad; the last one repeats. */
const retriesMs = [1_000, 2_000, 4_000, 8_000, 16_000] as const;
/** An agent that stops does not wait longer for Nomad. */
const releaseMs = 5_000;
/** Nomad's bounds of a lock's TTL. */
const [shortestTtlMs, longestTtlMs] = [10_000, 24 * 3_600_000] as const;

/** @throws `invalid_lock` (usage): a lock that Nomad would never give. */
export function checkLock({ path, ttlMs }: LockSpec): void {
  if (path === '') throw usageError('invalid_lock', "variable's path can't be empty");
  if (ttlMs < shortestTtlMs || ttlMs > longestTtlMs) {
    throw usageError('invalid_lock', 'high_availability.lock_ttl must be between 10s and 24h');
  }
}

/**
 * Takes part until the signal aborts; then the work has stopped and the lock is released.
 *
 * @throws what ended it, in upstream's words: Nomad refused the lock, or the work could not begin.
 */
export async function takePart(leading: Leading, options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, lock, log, onRole } = options;
  try {
    onRole('standby');
    await sleep(clock, random() * firstWaitMs, signal);
    for (let saysWhoLeads = true; ; ) {
      const lease = await acquire(options, signal);
      if (lease !== undefined) await lead(lease, leading, options, signal);
      else if (saysWhoLeads) log.info('standing by: another agent leads');
      saysWhoLeads = lease !== undefined;
      await sleep(clock, waitPart * lock.ttlMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The lock is ours until then at least (`Clock.elapsed`). */
interface Lease {
  readonly id: string;
  readonly certainUntil: number;
}

/** @returns undefined while somebody else has it. */
async function acquire(options: ElectionOptions, signal: AbortSignal): Promise<Lease | undefined> {
  const { client, clock, lock } = options;
  try {
    return await persistently(options, Number.POSITIVE_INFINITY, signal, async (signal) => {
      const asked = clock.elapsed();
      const id = await acquireLock(client, lock, signal);
      return id === undefined ? undefined : { id, certainUntil: asked + lock.ttlMs };
    });
  } catch (cause) {
    throw inContext('locks', cause);
  }
}

/** @returns once the lock is lost and the work has stopped. */
async function lead(lease: Lease, leading: Leading, options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const { log, onRole } = options;
  const term = new AbortController();
  const over = AbortSignal.any([signal, term.signal]);
  log.info('leading: this agent scales');
  onRole('leader');
  const work = leading.start(over).then(
    () => new Promise<never>(() => undefined),
    (error) => {
      throw isAbort(error) ? error : failure(`locks: error executing protected function ${explain(error)}`, error);
    },
  );
  let why: unknown;
  try {
    await Promise.race([work, hold(lease, options, over)]);
    log.error('the lead is lost: scaling stops until this agent leads again');
  } catch (error) {
    why = error;
  }
  term.abort();
  onRole('standby');
  await leading.stop();
  if (why === undefined) return;
  await release(lease, options, signal.aborted ? undefined : why);
  throw why;
}

/** @returns once the lock is somebody else's, or may be. */
async function hold(first: Lease, options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, lock } = options;
  for (let { id, certainUntil } = first; ; ) {
    const askedAt = certainUntil - lock.ttlMs; // an answer that was long on its way does not put the next one off
    await sleep(clock, askedAt + renewPart * lock.ttlMs - clock.elapsed(), signal);
    let asked = clock.elapsed();
    const renewed = await persistently(options, certainUntil, signal, (signal) => {
      asked = clock.elapsed();
      return renewLock(client, lock, id, signal);
    }).catch((error) => {
      if (isPassing(error)) return false;
      throw isAbort(error) ? error : failure(`locks: error renewing the lease: ${explain(error)}`, error);
    });
    if (!renewed) return;
    certainUntil = asked + lock.ttlMs;
  }
}

/** @param why  what ended the lead, which the failure of a release is added to; undefined at an ordinary stop. */
async function release({ id }: Lease, options: ElectionOptions, why: unknown): Promise<void> {
  const { client, clock, lock, log } = options;
  try {
    await withDeadline(clock, releaseMs, undefined, (signal) => releaseLock(client, lock, id, signal));
  } catch (error) {
    const text = `lock release: ${explain(error)}`;
    if (why === undefined)
      log.error('the lock was not released: others have to wait until it runs out', { error: text });
    else throw failure(errorList([explain(why), text]), error);
  }
}

/** Repeats what did not reach Nomad, with growing pauses. @param until  `Clock.elapsed` at which it gives up. */
async function persistently<T>(
  { clock, lock, log, onTrouble }: ElectionOptions,
  until: number,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      const leftMs = Math.min(until - clock.elapsed(), lock.ttlMs); // a later answer would be worth nothing
      const answer = await withDeadline(clock, leftMs, signal, attempt);
      onTrouble(undefined);
      return answer;
    } catch (error) {
      if (isPassing(error)) onTrouble(`Nomad did not answer for the lock: ${explain(error)}`);
      const pauseMs = retriesMs[Math.min(tries, retriesMs.length - 1)] ?? 0;
      if (!isPassing(error) || clock.elapsed() + pauseMs >= until) throw error;
      log.warn('Nomad did not answer for the lock, asking again', { error: explain(error) });
      await sleep(clock, pauseMs, signal);
    }
  }
}

/** It may go better the next time. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'DeadlineExceeded' || (error instanceof AutoscalerError && error.retryable))
  );
}

/** Upstream's words; the cause is in them. */
function failure(message: string, cause: unknown): AutoscalerError {
  const { code, blame } = cause instanceof AutoscalerError ? cause : { code: 'unexpected', blame: 'internal' as const };
  return new AutoscalerError(code, message, { blame });
}
