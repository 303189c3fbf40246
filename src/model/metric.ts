/** What an APM answers. */

/** One measured value. */
export interface Metric {
  /** Epoch milliseconds, whole. */
  readonly at: number;
  /** Nanoseconds beyond `at`, 0 to 999,999; only set where a source is that fine. */
  readonly atNanos?: number;
  /** NaN and infinities can occur; a check turns them into its error. */
  readonly value: number;
}

/** The time a query asks about, epoch milliseconds; `from` equal to `to` asks for one instant. */
export interface TimeRange {
  readonly from: number;
  readonly fromNanos?: number;
  readonly to: number;
  readonly toNanos?: number;
}
