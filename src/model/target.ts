/** The thing that is scaled, as its plugin sees it. */

/** How a target is. */
export interface TargetStatus {
  /** False while it must be left alone: a deployment runs, a node drains, the job is stopped. */
  readonly ready: boolean;
  /** Instances that run now. */
  readonly count: number;
  /** Instances that are asked for, when the target knows: more than `count` while some still start. */
  readonly desired?: number;
  /** The last scaling by anybody, epoch milliseconds. */
  readonly lastEventAt?: number;
  /** Why a write would be refused just now although the target is ready, such as an active deployment. */
  readonly blockedBy?: string;
  /** One sentence about what is wrong beside or beyond this moment, for people: nothing is decided by it. */
  readonly problem?: string;
  /** Further facts, as upstream's plugins send them. */
  readonly meta: Readonly<Record<string, string>>;
}

/** What `scale` did. A no-op is no error and starts no cooldown. */
export type Outcome = { readonly kind: 'scaled' } | { readonly kind: 'no-op'; readonly reason: string };

/** The target has the count, or is on its way there. */
export const scaled: Outcome = { kind: 'scaled' };

/** Nothing was done, on purpose. @param reason  for the operator. */
export const noOp = (reason: string): Outcome => ({ kind: 'no-op', reason });

/** Keys of a status' meta. The first is upstream's; the others are ours and ignored by upstream's agents. */
export const statusMetaKeys = {
  /** Decimal Unix nanoseconds. */
  lastEvent: 'nomad_autoscaler.last_event',
  desired: 'nomad_autoscaler.desired_count',
  blockedBy: 'nomad_autoscaler.blocked_by',
  problem: 'nomad_autoscaler.problem',
} as const;
