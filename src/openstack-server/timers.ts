/** Calls at later moments that all end with the cloud. */
import type { Cancel, Clock } from '../lib/clock.ts';

export class Timers {
  readonly #clock: Clock;
  readonly #planned = new Set<Cancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, run: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#planned.delete(cancel);
      run();
    });
    this.#planned.add(cancel);
  }

  close(): void {
    for (const cancel of this.#planned) cancel();
    this.#planned.clear();
  }
}
