/** What is remembered of a policy from tick to tick. It outlives updates of the policy, and its removal for a while. */
import type { Action } from '../model/action.ts';
import type { Standing } from './gate.ts';
import type { ReadyPolicy } from './prepare.ts';

/** An action on its way to the target. */
export interface Pending {
  /** The policy that wants it. */
  readonly ready: ReadyPolicy;
  readonly action: Action;
  /** The count that it started from. */
  readonly from: number;
}

/** Changed in place by the ticks of its policy, by nobody else. */
export interface PolicyState extends Standing {
  phase: Standing['phase'];
  cooldownUntil: number;
  abandon: Standing['abandon'];
  /** What is done once there is a slot: the newest decision, or nothing any more. */
  pending: Pending | undefined;
  /** Whether the target's own memory of its last scaling was looked at; that is done once. */
  hasSeenTarget: boolean;
  /** Whether the last look found no target. */
  isTargetMissing: boolean;
}

export const freshState = (): PolicyState => ({
  phase: 'idle',
  cooldownUntil: 0,
  abandon: undefined,
  pending: undefined,
  hasSeenTarget: false,
  isTargetMissing: false,
});

/** Starts a cooldown; a later one that is in force stays. */
export function coolDown(state: PolicyState, until: number): void {
  state.cooldownUntil = Math.max(state.cooldownUntil, until);
}
