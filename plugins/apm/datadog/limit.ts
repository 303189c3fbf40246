/** A limit on requests. Compat: the bucket of upstream's limiter, whose size is what can be asked at once, not the rate. */
import { AutoscalerError, type Clock, inContext, sleep, usageError } from 'nomad-autoscaler/sdk';

export interface TokenBucket {
  /**
   * Takes a token, waiting for one if it comes in time.
   *
   * @throws `rate_limited` at once when it does not; usage for a bucket that never holds one, else retryable.
   */
  take(longestMs: number, signal: AbortSignal): Promise<void>;
}

const everyMs = 1000;

/** Begins with `size` tokens, and gains one each second up to that. */
export function tokenBucket(clock: Clock, size: number): TokenBucket {
  /** When all tokens will be back: each one that is taken moves it on. */
  let fullAt = clock.elapsed();
  return {
    async take(longestMs, signal) {
      if (size < 1) throw unable(usageError('rate_limited', `rate: Wait(n=1) exceeds limiter's burst ${size}`));
      const now = clock.elapsed();
      const next = Math.max(fullAt, now) + everyMs;
      const waitMs = next - now - size * everyMs;
      if (waitMs > longestMs) throw unable(tooLate());
      fullAt = next;
      if (waitMs <= 0) return;
      try {
        await sleep(clock, waitMs, signal);
      } catch (cause) {
        fullAt -= everyMs; // it was not used
        throw cause;
      }
    },
  };
}

const tooLate = (): AutoscalerError =>
  new AutoscalerError('rate_limited', 'rate: Wait(n=1) would exceed context deadline', {
    blame: 'remote',
    retryable: true,
  });

const unable = (cause: AutoscalerError): Error => inContext('transport: unable to ratelimit', cause);
