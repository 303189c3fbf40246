/** The last events, and who waits for the next. Followers read at their own pace: a slow one loses the oldest. */
import type { Cancel } from '../lib/clock.ts';
import type { Allocation } from './allocation.ts';
import { type EventSource, eventsOf, type NomadEvent, plannedBy } from './events.ts';
import type { StateStore } from './state-store.ts';

/** Writes kept. Compat: Nomad's `event_buffer_size`. */
const mostKept = 100;

interface Entry {
  readonly sequence: number;
  readonly source: EventSource;
  /** Made when the first follower asks. */
  events: readonly NomadEvent[] | undefined;
}

export class EventLog {
  readonly #store: StateStore;
  readonly #tell: (allocation: Allocation) => unknown;
  #entries: Entry[] = [];
  #sequence = 0;
  readonly #waiting = new Set<() => void>();

  /** @param tell  an allocation as the stream tells it. */
  constructor(store: StateStore, tell: (allocation: Allocation) => unknown) {
    this.#store = store;
    this.#tell = tell;
    store.onCommit((commit) => {
      if (!commit.isTakenUp) this.#keep({ commit, planned: plannedBy(commit, store.state) });
    });
  }

  /** @returns the kept writes after `position`, each with its events, and the position behind them. 0 is the start. */
  after(position: number): { readonly writes: readonly (readonly NomadEvent[])[]; readonly position: number } {
    const entries = this.#entries.filter((one) => one.sequence > position);
    const writes = entries.map((entry) => {
      entry.events ??= eventsOf(entry.source, this.#store.state, this.#tell);
      return entry.events;
    });
    return { writes, position: this.#sequence };
  }

  /** Calls `wake` once, at the next write. */
  onNext(wake: () => void): Cancel {
    this.#waiting.add(wake);
    return () => {
      this.#waiting.delete(wake);
    };
  }

  #keep(source: EventSource): void {
    this.#sequence++;
    this.#entries.push({ sequence: this.#sequence, source, events: undefined });
    // Cut in large steps: moving the whole list at each write would cost more than keeping some.
    if (this.#entries.length >= 2 * mostKept) this.#entries = this.#entries.slice(-mostKept);
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }
}
