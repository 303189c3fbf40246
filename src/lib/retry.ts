/** Trying again, a little later each time, and not all at the same moment. */
import { type Clock, sleep } from './clock.ts';
import { AutoscalerError } from './error.ts';

/** How pauses grow from one failure to the next. */
export interface Backoff {
  /** About the wait before the second try, in milliseconds. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly longestMs: number;
}

/**
 * How long to wait after a failure: twice as long after each, spread over the upper half of that.
 *
 * @param failures  failures in a row so far, from 1.
 * @param random    uniform in [0, 1).
 */
export function backoffMs(failures: number, backoff: Backoff, random: () => number): number {
  const fullMs = Math.min(backoff.firstMs * 2 ** Math.min(failures - 1, 52), backoff.longestMs);
  return fullMs * (0.5 + random() / 2);
}

/** How often something is tried, and with which pauses. */
export interface RetryPlan extends Backoff {
  /** Tries in all, at least 1. Infinity never gives up. */
  readonly tries: number;
}

/**
 * Runs `work` until it succeeds, fails in a way that trying again cannot mend (no `retryable` AutoscalerError),
 * or has used up its tries; then the last error is thrown as it is.
 *
 * @param signal  ends the waiting between tries, and is handed to `work`.
 */
export async function retry<T>(
  world: { readonly clock: Clock; readonly random: () => number },
  plan: RetryPlan,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work(signal);
    } catch (error) {
      const mayPass = error instanceof AutoscalerError && error.retryable;
      if (!mayPass || failures >= plan.tries || signal.aborted) throw error;
    }
    await sleep(world.clock, backoffMs(failures, plan, world.random), signal);
  }
}
