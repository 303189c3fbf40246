/** What a plugin was asked to confirm: who waits for it, and how long it counts. Knows neither the stream nor what is held. */
import type { Clock } from '../lib/clock.ts';
import { numbers } from './numbers.ts';

/** So long a confirmation counts, from when it was asked for. Nomad's own view trusts what it has read for as long. */
const countsForMs = 1_000;
/** While it counts and questions go on, the next one is asked for in time. */
const renewedAfterMs = 700;

interface Batch<Waiting> {
  askedAt: number;
  readonly waiting: Waiting[];
}

export class Confirmations<Waiting> {
  readonly #clock: Pick<Clock, 'elapsed'>;
  /** By number, in the order of asking. */
  readonly #asked = new Map<number, Batch<Waiting>>();
  #last = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** When the last one that came was asked for. */
  #countsFrom = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
  }

  /** Whether what holds may be answered now, without waiting for another confirmation. */
  get counts(): boolean {
    return this.#clock.elapsed() - this.#countsFrom < countsForMs;
  }

  get isDue(): boolean {
    return this.#clock.elapsed() - this.#askedAt >= renewedAfterMs;
  }

  /** To be called when one is asked for. @returns its number, never 0, and the list of those who wait for it. */
  ask(): { readonly number: number; readonly waiting: Waiting[] } {
    this.#last = (this.#last % (numbers - 1)) + 1;
    this.#askedAt = this.#clock.elapsed();
    const waiting: Waiting[] = [];
    this.#asked.set(this.#last, { askedAt: this.#askedAt, waiting });
    return { number: this.#last, waiting };
  }

  /** It came, and with it all that were asked for before. @returns who waited; nobody for a number that was not asked. */
  take(number: number): readonly Waiting[] {
    if (!this.#asked.has(number)) return [];
    const all: Waiting[] = [];
    for (const [one, { askedAt, waiting }] of this.#asked) {
      this.#asked.delete(one);
      this.#countsFrom = Math.max(this.#countsFrom, askedAt);
      all.push(...waiting);
      if (one === number) break;
    }
    return all;
  }

  /** Something may have changed just now: of what was asked for before, nothing counts beyond those who wait for it. */
  doubt(): void {
    this.#countsFrom = Number.NEGATIVE_INFINITY;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    for (const batch of this.#asked.values()) batch.askedAt = Number.NEGATIVE_INFINITY;
  }

  /** None will come any more. @returns who waits in vain. */
  end(): readonly Waiting[] {
    const left = [...this.#asked.values()].flatMap(({ waiting }) => waiting);
    this.#asked.clear();
    this.doubt();
    return left;
  }
}
