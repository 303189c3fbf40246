/** How well a node spreads a group over the values of an attribute. Compat: spec nomad-scheduler.md §12.4. */
import type { Node } from '../../nomad/node-types.ts';
import type { Job, Spread, TaskGroup } from '../../nomad/types.ts';
import { resolveTarget } from './constraint.ts';
import type { CountedProperty } from './distinct.ts';

type Counts = (property: CountedProperty) => ReadonlyMap<string, number>;

/** One spread block, with how many allocations it wants where. */
interface Wish {
  readonly property: CountedProperty;
  /** Its part of all spreads' weights. */
  readonly share: number;
  /** By value; empty for an even spread. */
  readonly desired: ReadonlyMap<string, number>;
  /** For values without a target of their own; undefined when there is no room for them. */
  readonly rest: number | undefined;
}

/** Rates nodes for one group; the scores of one evaluation depend on those before. */
export class SpreadScorer {
  readonly #wishes: readonly Wish[];
  /** What a value gets of which nothing is wanted. */
  #lowest = -1;

  constructor(job: Job, group: TaskGroup) {
    const spreads = [...(group.Spreads ?? []), ...(job.Spreads ?? [])];
    const weights = spreads.reduce((sum, one) => sum + one.Weight, 0);
    this.#wishes = spreads.map((one) => wishOf(one, weights, group));
  }

  get isUsed(): boolean {
    return this.#wishes.length > 0;
  }

  /** The sum over all spreads; 0 does not count as a score. */
  score(node: Node, countsOf: Counts): number {
    let total = 0;
    for (const wish of this.#wishes) {
      const value = resolveTarget(wish.property.target, node);
      const counts = countsOf(wish.property);
      if (value === undefined) total -= 1;
      else if (wish.desired.size === 0) total += even(counts.get(value) ?? 0, counts);
      else total += this.#boost(wish, value, counts.get(value) ?? 0);
    }
    return total;
  }

  #boost(wish: Wish, value: string, used: number): number {
    const desired = wish.desired.get(value) ?? wish.rest;
    if (desired === undefined) return -1;
    if (desired === 0) return this.#lowest;
    const boost = ((desired - (used + 1)) / desired) * wish.share;
    this.#lowest = Math.min(this.#lowest, boost);
    return boost;
  }
}

function wishOf(spread: Spread, weights: number, group: TaskGroup): Wish {
  const desired = new Map(
    (spread.SpreadTarget ?? []).map((one) => [one.Value, (one.Percent / 100) * group.Count] as const),
  );
  const sum = [...desired.values()].reduce((total, one) => total + one, 0);
  const rest = sum < group.Count ? group.Count - sum : undefined;
  const property = { target: spread.Attribute, group: group.Name };
  return { property, share: weights === 0 ? 0 : spread.Weight / weights, desired, rest };
}

/** The emptiest values are the best. */
function even(used: number, counts: ReadonlyMap<string, number>): number {
  const seen = [...counts.values()].filter((count) => count > 0);
  if (seen.length === 0) return 0;
  const least = Math.min(...seen);
  const most = Math.max(...seen);
  if (used !== least) return (least - used) / least;
  return least === most ? -1 : (most - least) / least;
}
