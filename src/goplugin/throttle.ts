/** Keeps a plugin that prints without end from taking all of its host's time. */
import type { Cancel, Clock } from '../lib/clock.ts';

/** What can be stopped for a moment. */
export interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/** At most this much is read in one slot; the pipe then fills and slows the plugin down. */
const reading = { slotMs: 100, mostPerSlot: 4 * 2 ** 20 };

export class Throttle {
  readonly #source: Pausable;
  readonly #clock: Clock;
  #readInSlot = 0;
  #slotBeganAt: number;
  #endSlot: Cancel | undefined;

  constructor(source: Pausable, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#slotBeganAt = clock.elapsed();
  }

  /** So many bytes were read just now. Pauses the source when that is enough for a while. */
  read(bytes: number): void {
    const now = this.#clock.elapsed();
    if (now - this.#slotBeganAt >= reading.slotMs) {
      this.#slotBeganAt = now;
      this.#readInSlot = 0;
    }
    this.#readInSlot += bytes;
    if (this.#readInSlot <= reading.mostPerSlot || this.#endSlot !== undefined) return;
    this.#source.pause();
    this.#endSlot = this.#clock.after(reading.slotMs, () => {
      this.#endSlot = undefined;
      this.#source.resume();
    });
  }

  /** The source is over. */
  end(): void {
    this.#endSlot?.();
  }
}
