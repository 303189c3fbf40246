/** What a strategy wants, and what is handed to a target. */

/** Where an action leads: fewer, as many as there are, or more. A recommendation is of the Enterprise edition only. */
export type Direction = 'down' | 'none' | 'up' | 'recommendation';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What an action carries for people and programs behind it: any JSON. */
export type Meta = Readonly<Record<string, Json>>;

/** What a strategy wants, or what a target is told to do. */
export interface Action {
  readonly direction: Direction;
  /** The absolute count that is wanted, a whole number of 0 or more. For `none` it says nothing. */
  readonly count: number;
  /** For people: why. */
  readonly reason: string;
  /** True when the reason tells of an error. */
  readonly error?: boolean;
  readonly meta: Meta;
  /** Tell the target to record `count` without changing anything. On the wire this is count -1. */
  readonly dryRun?: true;
}

/** Keys of `meta` that upstream's agents and targets know. Source: spec policy.md §8.7. */
export const metaKeys = {
  policyId: 'nomad_policy_id',
  capped: 'nomad_autoscaler.count.capped',
  original: 'nomad_autoscaler.count.original',
  history: 'nomad_autoscaler.reason_history',
  dryRun: 'nomad_autoscaler.dry_run',
  dryRunCount: 'nomad_autoscaler.dry_run.count',
} as const;

/** An action that changes nothing. */
export const noAction: Action = { direction: 'none', count: 0, reason: '', meta: {} };
