/**
 * Placing a group on the best of all nodes. A tournament: each node plays against its neighbour, the winners against one
 * another, and after a placement only the matches of one node are played again.
 */
import type { Placing } from './walk.ts';

export class Ranking {
  readonly #placing: Placing;
  readonly #order: readonly number[];
  /** Scores of the players in their order; `-Infinity` for those that cannot take one. */
  readonly #scores: Float64Array;
  /** The first half holds winners, the root at 1; the second half the players. -1 where nobody plays. */
  readonly #winners: Int32Array;
  readonly #size: number;

  /** @param order  places of the nodes; of equal scores the first one wins. */
  constructor(placing: Placing, order: readonly number[]) {
    this.#placing = placing;
    this.#order = order;
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(order.length, 1)));
    this.#winners = new Int32Array(this.#size * 2).fill(-1);
    this.#scores = new Float64Array(order.length);
    for (let player = 0; player < order.length; player++) {
      this.#winners[this.#size + player] = player;
      this.#rate(player);
    }
    for (let match = this.#size - 1; match > 0; match--) this.#play(match);
  }

  /** The best node and who it is in the order; undefined when none can take one. */
  best(): { readonly node: number; readonly player: number } | undefined {
    const player = this.#winners[1] ?? -1;
    if (player < 0 || this.#scores[player] === Number.NEGATIVE_INFINITY) return undefined;
    return { node: this.#order[player] ?? 0, player };
  }

  /** The node of this player changed. */
  changed(player: number): void {
    this.#rate(player);
    for (let match = (this.#size + player) >> 1; match > 0; match >>= 1) this.#play(match);
  }

  #rate(player: number): void {
    this.#scores[player] = this.#placing.score(this.#order[player] ?? 0) ?? Number.NEGATIVE_INFINITY;
  }

  #play(match: number): void {
    const one = this.#winners[match * 2] ?? -1;
    const other = this.#winners[match * 2 + 1] ?? -1;
    const otherWins = other >= 0 && (this.#scores[other] ?? 0) > (this.#scores[one] ?? 0);
    this.#winners[match] = one < 0 || otherWins ? other : one;
  }
}
