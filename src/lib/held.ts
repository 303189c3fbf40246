/** Something in use that may be replaced at any time. */

/**
 * Holds a value while calls use it. Replacing takes effect for the next call at once; the old value is released when its
 * last call has ended.
 */
export class Held<T> {
  readonly #release: (value: T) => void | Promise<void>;
  #lease: Lease<T> | undefined;

  constructor(release: (value: T) => void | Promise<void>) {
    this.#release = release;
  }

  get value(): T | undefined {
    return this.#lease?.value;
  }

  /**
   * Runs `work` on the value. What is known at once comes back at once, without a promise.
   *
   * @param absent  makes the error for when nothing is held.
   */
  use<R>(work: (value: T) => R | Promise<R>, absent: () => Error): R | Promise<R> {
    const lease = this.#lease;
    if (lease === undefined) throw absent();
    const answer = work(lease.value);
    if (!(answer instanceof Promise)) return answer;
    lease.users++;
    return answer.finally(() => lease.leave());
  }

  /** @returns once the old value, if there was one, is released. A failing release rejects it. */
  async replace(next: T | undefined): Promise<void> {
    const old = this.#lease;
    this.#lease = next === undefined ? undefined : new Lease(next);
    if (old === undefined) return;
    await old.unused();
    await this.#release(old.value);
  }
}

class Lease<T> {
  readonly value: T;
  users = 0;
  #onUnused: (() => void) | undefined;

  constructor(value: T) {
    this.value = value;
  }

  leave(): void {
    this.users--;
    if (this.users === 0) this.#onUnused?.();
  }

  unused(): Promise<void> {
    return this.users === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onUnused = resolve));
  }
}
