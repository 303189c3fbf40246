/** One rule of a suite: a title and a function, for whichever test runner. */

/** A rule, ready to be tried. */
export interface ConformanceCase {
  /** A sentence. */
  readonly title: string;
  /** Why the sample cannot judge it; `run` then does nothing. */
  readonly skip?: string;
  /** True for the one rule without which no later one means anything. */
  readonly isBasis?: true;
  /** Rejects with an AssertionError, or with the plugin's own error, when the plugin does something else. */
  run(): Promise<void>;
}

/** A rule that the sample says too little for. */
export const leftOut = (title: string, why: string): ConformanceCase => ({
  title,
  skip: why,
  run: async () => undefined,
});
