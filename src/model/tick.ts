/** The record of one round of one policy: what it saw, what each check said, what was decided and done, or why not. */
import type { Blame } from '../lib/error.ts';
import type { Action } from './action.ts';
import type { Metric } from './metric.ts';
import type { TargetStatus } from './target.ts';

export interface CheckReport {
  readonly check: string;
  readonly group: string;
  readonly source: string;
  readonly query: string;
  readonly strategy: string;
  /** Points of the APM that could be used, and the newest of them. */
  readonly points?: number;
  readonly newest?: Metric;
  /** Older points that were no finite numbers and so were left out. */
  readonly dropped?: number;
  /** Why the APM's answer may be less than the whole: then the check may only scale out. */
  readonly partial?: string;
  /** What it voted, capped; absent when it took no part. */
  readonly action?: Action;
  /** `outside-schedule`: left out by its schedule; `ignored`: failed, left out by on_error; `barred`: failed, forbids scaling in. */
  readonly leftOut?: 'outside-schedule' | 'ignored' | 'barred';
  readonly error?: string;
  /** Who can mend the error, where that is known: `usage` is a mistake in the policy or the configuration. */
  readonly blame?: Blame;
}

/**
 * `scaled` and `dry-run`: the target took it. `no-op`: the target declined. `hold`: nothing was to be done, or not now.
 * `skipped`: outside the schedule or the target is not ready. `failed`: an error ended the tick.
 */
export type TickResult = 'scaled' | 'dry-run' | 'no-op' | 'hold' | 'skipped' | 'failed';

export interface TickReport {
  readonly policyId: string;
  /** When it began, epoch milliseconds. */
  readonly at: number;
  readonly tookMs: number;
  readonly result: TickResult;
  /** One sentence: why this result. */
  readonly why: string;
  readonly status?: TargetStatus;
  readonly checks: readonly CheckReport[];
  /** The winning action, bounds kept. */
  readonly decision?: Action;
  readonly from?: number;
  readonly to?: number;
  /** End of the cooldown that is in force after the tick, epoch milliseconds. */
  readonly cooldownUntil?: number;
}
