/** A long list of whole numbers below 2^31, four bytes each. */
export class Column {
  #values = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(place: number): number | undefined {
    return place < this.#length ? this.#values[place] : undefined;
  }

  push(value: number, times = 1): void {
    const length = this.#length + times;
    if (length > this.#values.length) this.#grow(length);
    this.#values.fill(value, this.#length, length);
    this.#length = length;
  }

  copy(): Column {
    const copy = new Column();
    copy.#values = this.#values.slice();
    copy.#length = this.#length;
    return copy;
  }

  #grow(least: number): void {
    const values = new Int32Array(Math.max(least, this.#values.length * 2));
    values.set(this.#values);
    this.#values = values;
  }
}
