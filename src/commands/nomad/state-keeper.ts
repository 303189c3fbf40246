/** Keeps the state of an embedded Nomad while it runs: a while after a change, and once more at the end. */
import type { Cancel, Clock } from '../../lib/clock.ts';
import { explain } from '../../lib/error.ts';
import type { Logger } from '../../lib/log.ts';
import type { SavedState } from '../../nomad-server/saved-state.ts';
import type { NomadServer } from '../../nomad-server/server.ts';

/** Milliseconds from a change until it is kept, at least. */
const leastPauseMs = 5000;
/** A state that takes long to write is written less often: between two times lies so many times as long. */
const pauseRatio = 10;
const mostRounds = 3;

export interface KeeperParts {
  readonly server: Pick<NomadServer, 'savedState' | 'store'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** @throws when it cannot be kept; the next change is the next try. */
  readonly write: (state: SavedState) => Promise<void>;
}

export interface Keeper {
  /** Keeps what there is by now. @throws when it cannot be kept. */
  close(): Promise<void>;
}

/** @param keptIndex  of the state that the file holds already; -1 without one. */
export function keepState({ server, clock, log, write }: KeeperParts, keptIndex = -1): Keeper {
  let planned: Cancel | undefined;
  let writing: Promise<void> | undefined;
  let pauseMs = leastPauseMs;
  let isClosed = false;

  const hasChanged = () => server.store.index !== keptIndex;
  const save = async () => {
    const state = server.savedState();
    const sinceMs = clock.elapsed();
    await write(state);
    keptIndex = state.index;
    pauseMs = Math.max(leastPauseMs, pauseRatio * (clock.elapsed() - sinceMs));
  };
  const plan = () => {
    if (isClosed || planned !== undefined || writing !== undefined || !hasChanged()) return;
    planned = clock.after(pauseMs, () => {
      planned = undefined;
      writing = save()
        .catch((error: unknown) => log.error('the state is not kept', { error: explain(error) }))
        .finally(() => {
          writing = undefined;
          plan();
        });
    });
  };
  const stopListening = server.store.onCommit(plan);
  return {
    async close() {
      isClosed = true;
      stopListening();
      planned?.();
      await writing;
      // What is written to the server meanwhile is kept by another round; whoever never pauses is not waited for.
      for (let round = 0; round < mostRounds && hasChanged(); round++) await save();
    },
  };
}
