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
  /** Those of the nodes that were looked at. */
  readonly values: Map<string, Value>;
  /** By value; empty for an even spread. */
  readonly desired: ReadonlyMap<string, number>;
  /** For values without a target of their own; undefined when there is no room for them. */
  readonly rest: number | undefined;
}

/** One value of an attribute; all nodes that have it share this, and are rated alike. */
interface Value {
  readonly text: string;
  /** As of which search it is rated. */
  search: number;
  rate: number;
}

/** A node's value for each spread of a group; undefined where it has none. */
export type SpreadValues = readonly (Value | undefined)[];

/** Rates nodes for one group; the scores of one evaluation depend on those before. */
export class SpreadScorer {
  readonly #wishes: readonly Wish[];
  /** What a value gets of which nothing is wanted. */
  #lowest = -1;
  #searches = 0;

  constructor(job: Job, group: TaskGroup) {
    const spreads = [...(group.Spreads ?? []), ...(job.Spreads ?? [])];
    const weights = spreads.reduce((sum, one) => sum + one.Weight, 0);
    this.#wishes = spreads.map((one) => wishOf(one, weights, group));
  }

  valuesOf(node: Node): SpreadValues {
    return this.#wishes.map((wish) => valueOn(wish, node));
  }

  /**
   * Rates nodes by their values, as the allocations stand now.
   *
   * @returns a node's sum over all spreads, where 0 does not count as a score; undefined without spreads.
   */
  over(countsOf: Counts): ((values: SpreadValues) => number) | undefined {
    if (this.#wishes.length === 0) return undefined;
    this.#searches++;
    const rates = this.#wishes.map((wish) => this.#rate(wish, countsOf(wish.property)));
    return (values) => {
      let total = 0;
      for (let at = 0; at < rates.length; at++) total += rates[at]?.(values[at]) ?? 0;
      return total;
    };
  }

  #rate(wish: Wish, counts: ReadonlyMap<string, number>): (value: Value | undefined) => number {
    const search = this.#searches;
    const range = bounds(counts);
    return (value) => {
      if (value === undefined) return -1;
      if (value.search === search) return value.rate;
      const used = counts.get(value.text) ?? 0;
      const desired = wish.desired.get(value.text) ?? wish.rest;
      const isEven = wish.desired.size === 0;
      if (!isEven && desired === 0) return this.#lowest; // which the ratings of other values change
      value.search = search;
      if (isEven) value.rate = even(used, range);
      else value.rate = desired === undefined ? -1 : this.#boost(desired, used, wish.share);
      return value.rate;
    };
  }

  #boost(desired: number, used: number, share: number): number {
    const boost = ((desired - (used + 1)) / desired) * share;
    this.#lowest = Math.min(this.#lowest, boost);
    return boost;
  }
}

function valueOn({ property, values }: Wish, node: Node): Value | undefined {
  const text = resolveTarget(property.target, node);
  if (text === undefined) return undefined;
  let value = values.get(text);
  if (value === undefined) {
    value = { text, search: 0, rate: 0 };
    values.set(text, value);
  }
  return value;
}

function wishOf(spread: Spread, weights: number, group: TaskGroup): Wish {
  const desired = new Map(
    (spread.SpreadTarget ?? []).map((one) => [one.Value, (one.Percent / 100) * group.Count] as const),
  );
  const sum = [...desired.values()].reduce((total, one) => total + one, 0);
  const rest = sum < group.Count ? group.Count - sum : undefined;
  const property = { target: spread.Attribute, group: group.Name };
  const share = weights === 0 ? 0 : spread.Weight / weights;
  return { property, share, desired, rest, values: new Map() };
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** The smallest and the largest count of the values that have any; both 0 when none has. */
function bounds(counts: ReadonlyMap<string, number>): Range {
  let least = 0;
  let most = 0;
  for (const count of counts.values()) {
    if (count > 0 && (least === 0 || count < least)) least = count;
    if (count > most) most = count;
  }
  return { least, most };
}

/** The emptiest values are the best. */
function even(used: number, { least, most }: Range): number {
  if (least === 0) return 0;
  if (used !== least) return (least - used) / least;
  return least === most ? -1 : (most - least) / least;
}
