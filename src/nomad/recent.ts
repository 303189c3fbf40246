/** Answers that stay good for a moment. */
import type { Clock } from '../lib/clock.ts';

/**
 * Who asks for the same key within `freshMs` of an answer gets that answer; who asks while it is on its way waits for
 * it. So many checks that look at one thing at the same moment cost one request. Failures are not kept.
 */
export class Recent<T> {
  readonly #clock: Clock;
  readonly #freshMs: number;
  readonly #pending = new Map<string, Promise<T>>();
  // Two generations, so that what nobody asks for again goes without a timer and without a walk over all of it.
  #young = new Map<string, Dated<T>>();
  #old = new Map<string, Dated<T>>();
  #turnedAt = 0;

  constructor(clock: Clock, freshMs: number) {
    this.#clock = clock;
    this.#freshMs = freshMs;
  }

  /** @returns the value itself when it is fresh, without a promise. */
  get(key: string, load: () => Promise<T>): T | Promise<T> {
    const now = this.#clock.now();
    this.#turn(now);
    const found = this.#young.get(key) ?? this.#old.get(key);
    if (found !== undefined && now - found.at < this.#freshMs) return found.value;
    return this.#pending.get(key) ?? this.#load(key, load);
  }

  async #load(key: string, load: () => Promise<T>): Promise<T> {
    const pending = load();
    this.#pending.set(key, pending);
    try {
      const value = await pending;
      this.#young.set(key, { value, at: this.#clock.now() });
      return value;
    } finally {
      this.#pending.delete(key);
    }
  }

  #turn(now: number): void {
    if (now - this.#turnedAt < this.#freshMs) return;
    this.#old = now - this.#turnedAt < 2 * this.#freshMs ? this.#young : new Map();
    this.#young = new Map();
    this.#turnedAt = now;
  }
}

interface Dated<T> {
  readonly value: T;
  readonly at: number;
}
