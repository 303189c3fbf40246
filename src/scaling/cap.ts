/** Keeps an action within a policy's bounds, and turns it into a dry run. Pure. Source: spec plugins.md §1.1, policy.md §8.7. */
import { type Action, type Json, type Meta, metaKeys } from '../model/action.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** @returns the action itself when its count is within the bounds or it is a dry run. The direction stays as it is. */
export function cap(action: Action, { min, max }: Bounds): Action {
  if (action.dryRun) return action;
  const count = action.count < min ? min : action.count > max ? max : action.count;
  if (count === action.count) return action;
  const meta = { ...action.meta, [metaKeys.capped]: true, [metaKeys.original]: action.count };
  const reason = `capped count from ${action.count} to ${count} to stay within limits`;
  return pushReason({ ...action, count, meta }, reason);
}

/** Gives the action a new reason; the old one, if it said anything, is remembered in the meta. */
export function pushReason(action: Action, reason: string): Action {
  const history = historyOf(action.meta);
  const longer = action.reason === '' ? history : [...history, action.reason];
  return { ...action, reason, meta: { ...action.meta, [metaKeys.history]: longer } };
}

function historyOf(meta: Meta): readonly Json[] {
  const history = meta[metaKeys.history];
  return Array.isArray(history) && history.every((one) => typeof one === 'string') ? history : [];
}

/** What the target is told instead: record the count, change nothing. */
export function asDryRun(action: Action): Action {
  const meta = { ...action.meta, [metaKeys.dryRun]: true, [metaKeys.dryRunCount]: action.count };
  return { ...action, direction: 'none', meta, dryRun: true };
}

/** @returns what brings a count outside the bounds back to the nearest one; undefined when it is inside. */
export function backInBounds(count: number, { min, max }: Bounds, meta: Meta): Action | undefined {
  if (count < min)
    return { direction: 'up', count: min, reason: `current count (${count}) below limit (${min})`, meta };
  if (count > max)
    return { direction: 'down', count: max, reason: `current count (${count}) above limit (${max})`, meta };
  return undefined;
}
