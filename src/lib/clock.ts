/** Time as a value that is handed in. Only this file touches Date and the timers. */

/** Takes back what was asked for: a planned call, a subscription. Calling it twice does no harm. */
export type Cancel = () => void;

/** Time, handed in: now, how long something took, and a call at a later moment. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds with fractions since an arbitrary moment; never goes back. For measuring how long something took. */
  elapsed(): number;
  /** Calls `run` once, `ms` from now (0 or less: at the next turn). A planned call keeps the process alive. */
  after(ms: number, run: () => void): Cancel;
}

/** The longest wait that a timer of the platform can hold; longer ones are made of several. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const stepMs = Math.min(leftMs, longestTimerMs);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
    };
    arm(Math.max(ms, 0));
    return () => clearTimeout(timer);
  },
};

/**
 * Waits on a clock.
 *
 * @param ms      how long, in milliseconds.
 * @param signal  ends the waiting early; the promise is then rejected with the signal's reason.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Waits for `work`, but no longer than `ms`. It goes on all the same; what becomes of it then is for others to look at.
 *
 * @returns undefined when it takes longer.
 */
export function waitAtMost<T>(clock: Clock, ms: number, work: Promise<T>): Promise<{ value: T } | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(undefined));
    void work.then((value) => resolve({ value }), reject).finally(cancel);
  });
}

/** The reason of an abort that came from a deadline and not from a stop. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`no answer within ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}

/**
 * Runs `work` with a signal that aborts after `ms` (reason `DeadlineExceeded`) or together with `parent`, and is
 * rejected with that reason at once, whether or not `work` listens. The timer is gone when this settles.
 */
export function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (parent?.aborted) return Promise.reject(parent.reason);
  const own = new AbortController();
  const onParent = () => own.abort(parent?.reason);
  parent?.addEventListener('abort', onParent, { once: true });
  const cancel = clock.after(ms, () => own.abort(new DeadlineExceeded(ms)));
  return new Promise<T>((resolve, reject) => {
    own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
    work(own.signal).then(resolve, reject);
  }).finally(() => {
    cancel();
    parent?.removeEventListener('abort', onParent);
  });
}

/** A clock that stands still until it is moved. */
export interface VirtualClock extends Clock {
  /** Moves time on, running every planned call on its way in order and letting promises settle between them. */
  advance(ms: number): Promise<void>;
  /** Planned calls that have not run. */
  readonly pending: number;
}

/** @param startAt  epoch milliseconds at which it begins. */
export function virtualClock(startAt = Date.UTC(2026, 0, 1)): VirtualClock {
  interface Planned {
    readonly at: number;
    readonly order: number;
    readonly run: () => void;
  }
  let now = startAt;
  let order = 0;
  const planned = new Set<Planned>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const next = (until: number) => {
    let first: Planned | undefined;
    for (const one of planned) {
      if (one.at > until) continue;
      if (first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order)) first = one;
    }
    return first;
  };
  return {
    now: () => now,
    elapsed: () => now - startAt,
    after(ms, run) {
      const one = { at: now + Math.max(ms, 0), order: order++, run };
      planned.add(one);
      return () => planned.delete(one);
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let one = next(until); one !== undefined; one = next(until)) {
        planned.delete(one);
        now = one.at;
        one.run();
        await settle();
      }
      now = until;
      await settle();
    },
    get pending() {
      return planned.size;
    },
  };
}
