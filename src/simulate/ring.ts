/** Places on a circle, some of which are passed over for good. Passing over many costs no more than passing over one. */
export class Ring {
  readonly #length: number;
  /** Each place leads to itself or, passed over, to one behind it; the last entry is the end. */
  readonly #next: Int32Array;

  constructor(length: number) {
    this.#length = length;
    this.#next = Int32Array.from({ length: length + 1 }, (_, place) => place);
  }

  pass(place: number): void {
    this.#next[place] = place + 1;
  }

  /** How many places lie between this one and the next that is not passed over, over the end and on; at least the length when there is none. */
  stepsFrom(place: number): number {
    const ahead = this.#follow(place);
    return ahead < this.#length ? ahead - place : this.#length - place + this.#follow(0);
  }

  /** On its way it makes the way shorter. */
  #follow(place: number): number {
    const next = this.#next;
    let at = place;
    for (let to = next[at] ?? at; to !== at; to = next[at] ?? at) {
      const beyond = next[to] ?? to;
      next[at] = beyond;
      at = beyond;
    }
    return at;
  }
}
