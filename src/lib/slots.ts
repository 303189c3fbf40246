/** At most so many at a time. Who came first is served first. */
import type { Clock } from './clock.ts';
import { AutoscalerError } from './error.ts';

/** Gives a slot back. Calling it twice does no harm. */
export type Release = () => void;

export interface Slots {
  /** Slots taken now. */
  readonly inUse: number;
  /**
   * Takes a slot, at once when one is free.
   *
   * @param waitMs  how long to wait for one at most.
   * @param signal  ends the waiting, with the signal's reason; a slot once granted stays.
   * @throws        `slot_timeout` (internal, retryable).
   */
  acquire(waitMs: number, signal: AbortSignal): Release | Promise<Release>;
  /** Changes how many there are. Slots beyond it run out as they are given back. */
  resize(size: number): void;
}

export function slots(clock: Clock, initialSize: number): Slots {
  let size = initialSize;
  let inUse = 0;
  const waiting = new Set<() => void>(); // a set keeps the order of arrival

  const take = (): Release => {
    inUse++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      inUse--;
      serve();
    };
  };
  const serve = () => {
    for (const grant of waiting) {
      if (inUse >= size) return;
      grant();
    }
  };

  return {
    get inUse() {
      return inUse;
    },
    acquire(waitMs, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (inUse < size) return take();
      return new Promise((resolve, reject) => {
        const leave = () => {
          cancel();
          waiting.delete(grant);
          signal.removeEventListener('abort', onAbort);
        };
        const grant = () => {
          leave();
          resolve(take());
        };
        const onAbort = () => {
          leave();
          reject(signal.reason);
        };
        const cancel = clock.after(waitMs, () => {
          leave();
          const facts = { blame: 'internal', retryable: true } as const;
          reject(new AutoscalerError('slot_timeout', 'timeout while waiting for slot', facts));
        });
        waiting.add(grant);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    resize(newSize) {
      size = newSize;
      serve();
    },
  };
}
