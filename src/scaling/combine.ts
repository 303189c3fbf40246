/** Many checks, one action: the one that leaves the most capacity. Pure. Source: spec policy.md §8.6. */
import type { Action, Direction } from '../model/action.ts';

/** What one check wants, and in which group it is judged; `""` is the group of the rest. */
export interface Vote {
  readonly group: string;
  readonly action: Action;
}

const rank: Readonly<Record<Direction, number>> = { down: -1, none: 0, up: 1, recommendation: 127 };

/** The stronger of two: the higher direction, then the higher count; otherwise the first. */
export function prefer(first: Action, second: Action): Action {
  const difference = rank[second.direction] - rank[first.direction];
  if (difference !== 0) return difference > 0 ? second : first;
  const isMove = first.direction === 'up' || first.direction === 'down';
  return isMove && second.count > first.count ? second : first;
}

/**
 * Judges the votes of each group, then the winners of the groups. In a named group a `none` gives way to whatever else
 * is said there; outside of groups it counts, and so forbids scaling in.
 *
 * @returns undefined when nobody voted.
 */
export function combine(votes: readonly Vote[]): Action | undefined {
  if (votes.length === 1) return votes[0]?.action; // the usual case
  const winners = new Map<string, Action>();
  for (const { group, action } of votes) {
    const before = winners.get(group);
    if (before === undefined) winners.set(group, action);
    else winners.set(group, group === '' ? prefer(before, action) : preferMoving(before, action));
  }
  let winner: Action | undefined;
  for (const action of winners.values()) winner = winner === undefined ? action : prefer(winner, action);
  return winner;
}

function preferMoving(first: Action, second: Action): Action {
  if (first.direction === 'none') return second.direction === 'none' ? first : second;
  return second.direction === 'none' ? first : prefer(first, second);
}
