/** May we act now? Pure: it is told the time. Source: spec policy.md §8.3, §8.9. */
import type { Action } from '../model/action.ts';
import type { TargetStatus } from '../model/target.ts';

/** Where a policy stands with scaling its target. */
export interface Standing {
  /** `waiting` for a slot, `scaling` while the target works on it. */
  readonly phase: 'idle' | 'waiting' | 'scaling';
  /** End of the cooldown, epoch milliseconds; 0 when there was none yet. */
  readonly cooldownUntil: number;
  /** Calls off the scaling-in that the target works on; undefined when it does not scale in. */
  readonly abandon?: (() => void) | undefined;
}

export type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'no-change' | 'settling' | 'waiting' | 'scaling' | 'abandon'; readonly why: string }
  | { readonly kind: 'cooldown'; readonly why: string; readonly remainingMs: number };

const go: Verdict = { kind: 'go' };
const waiting: Verdict = { kind: 'waiting', why: 'still waiting for a slot; this action will be used' };
const scaling: Verdict = { kind: 'scaling', why: 'target still scaling' };
const abandon: Verdict = { kind: 'abandon', why: 'more is needed: the scaling in that is under way is called off' };
const alreadyThere: Verdict = { kind: 'no-change', why: 'the target has that count' };

export function gate(action: Action, status: TargetStatus, standing: Standing, now: number): Verdict {
  if (action.direction === 'none')
    return { kind: 'no-change', why: action.reason === '' ? 'no action needed' : action.reason };
  if (!isNeeded(action, status.count)) return alreadyThere;
  const { desired } = status;
  if (desired !== undefined && isUnderWay(action, status.count, desired)) {
    return { kind: 'settling', why: `already scaling to ${desired}` };
  }
  if (standing.phase === 'waiting') return waiting;
  if (standing.phase === 'scaling') {
    // A target that tells what it is on its way to knows how to turn back.
    const turnsBack = standing.abandon !== undefined && action.direction === 'up' && desired !== undefined;
    return turnsBack ? abandon : scaling;
  }
  const remainingMs = standing.cooldownUntil - now;
  if (remainingMs > 0) return { kind: 'cooldown', why: 'policy still on cooldown', remainingMs };
  return go;
}

/** Direction and count are not held against each other: an `up` to a lower count counts as a change. */
export function isNeeded(action: Action, count: number): boolean {
  return action.direction !== 'none' && action.count !== count;
}

/**
 * True when the target was already asked for as much as the action wants, so that writing it would undo that or
 * change nothing: instances that still start are no reason to ask for fewer, nor those that still stop for more.
 */
function isUnderWay(action: Action, count: number, desired: number): boolean {
  if (action.count === desired) return true;
  if (action.direction === 'up') return action.count < desired;
  return action.direction === 'down' && desired < count && action.count > desired;
}

/**
 * The cooldown of a scaling that somebody else did, or we before a restart. Its direction is not known; the time after
 * a scale-up is used. An event that seems to lie in the future counts as one of this moment.
 *
 * @returns its end, epoch milliseconds; it may have passed.
 */
export function cooldownOfEvent(lastEventAt: number, cooldownOnScaleUpMs: number, now: number): number {
  return Math.min(lastEventAt, now) + cooldownOnScaleUpMs;
}
