/** What an APM answers. */

/** One measured value. */
export interface Metric {
  /** Epoch milliseconds, whole. */
  readonly at: number;
  /** Nanoseconds beyond `at`, 0 to 999,999; only set where a source is that fine. */
  readonly atNanos?: number;
  /** NaN and infinities can occur; a check leaves them out, and the newest one is its error. */
  readonly value: number;
  /** Which of several series in one answer it belongs to, by the labels that tell them apart: `instance="web-1"`. */
  readonly series?: string;
  /**
   * Why the answer may be less than the whole, in the words of its source: some of its data was out of reach. One point that
   * says so is enough. Such an answer takes no capacity away.
   */
  readonly partial?: string;
}

/** The time a query asks about, epoch milliseconds; `from` equal to `to` asks for one instant. */
export interface TimeRange {
  readonly from: number;
  readonly fromNanos?: number;
  readonly to: number;
  readonly toNanos?: number;
}
