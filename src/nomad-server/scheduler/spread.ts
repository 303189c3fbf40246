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

/** A node's values for each spread of a group, in their order. */
export type SpreadValues = readonly (string | undefined)[];

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

  valuesOf(node: Node): SpreadValues {
    return this.#wishes.map(({ property }) => resolveTarget(property.target, node));
  }

  /**
   * Rates nodes by their values, as the allocations stand now.
   *
   * @returns a node's sum over all spreads, where 0 does not count as a score; undefined without spreads.
   */
  over(countsOf: Counts): ((values: SpreadValues) => number) | undefined {
    if (this.#wishes.length === 0) return undefined;
    const rates = this.#wishes.map((wish) => this.#rate(wish, countsOf(wish.property)));
    return (values) => {
      let total = 0;
      for (let at = 0; at < rates.length; at++) total += rates[at]?.(values[at]) ?? 0;
      return total;
    };
  }

  /** Nodes of one value are rated alike. */
  #rate(wish: Wish, counts: ReadonlyMap<string, number>): (value: string | undefined) => number {
    const isEven = wish.desired.size === 0;
    const { least, most } = bounds(counts);
    const known = new Map<string, number>();
    return (value) => {
      if (value === undefined) return -1;
      const before = known.get(value);
      if (before !== undefined) return before;
      const used = counts.get(value) ?? 0;
      if (isEven) return kept(known, value, even(used, least, most));
      const desired = wish.desired.get(value) ?? wish.rest;
      if (desired === 0) return this.#lowest; // which the ratings of other values change
      return kept(known, value, desired === undefined ? -1 : this.#boost(desired, used, wish.share));
    };
  }

  #boost(desired: number, used: number, share: number): number {
    const boost = ((desired - (used + 1)) / desired) * share;
    this.#lowest = Math.min(this.#lowest, boost);
    return boost;
  }
}

function kept(known: Map<string, number>, value: string, rate: number): number {
  known.set(value, rate);
  return rate;
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

/** The smallest and the largest count of the values that have any; both 0 when none has. */
function bounds(counts: ReadonlyMap<string, number>): { readonly least: number; readonly most: number } {
  let least = 0;
  let most = 0;
  for (const count of counts.values()) {
    if (count > 0 && (least === 0 || count < least)) least = count;
    if (count > most) most = count;
  }
  return { least, most };
}

/** The emptiest values are the best. */
function even(used: number, least: number, most: number): number {
  if (least === 0) return 0;
  if (used !== least) return (least - used) / least;
  return least === most ? -1 : (most - least) / least;
}
