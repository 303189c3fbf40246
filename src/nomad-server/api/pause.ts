/** Waiting inside of a request: for an answer that is newer, or for the next piece of one that goes on. */
import type { Cancel } from '../../lib/clock.ts';
import type { Timers } from '../timers.ts';

export interface Pause {
  readonly timers: Timers;
  /** The longest wait. */
  readonly ms: number;
  /** Aborted when the asking side goes away. */
  readonly signal: AbortSignal | undefined;
  /** Has `wake` called when there is something to tell. */
  readonly onWake: (wake: () => void) => Cancel;
}

/** Ends when something wakes it, the time is over or the asking side goes away. */
export function pause({ timers, ms, signal, onWake }: Pause): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      forget();
      cancelTimer();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const forget = onWake(end);
    const cancelTimer = timers.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}
