/**
 * What is not as it should be in a pool that nobody works on: a process was killed in the middle of a scaling, or Nova broke a
 * server. Pure.
 */

import type { Server } from './cloud.ts';
import { isGoing } from './count.ts';
import { stateOf } from './mark.ts';

/** Servers by what is to be done with them; those in order are in none. */
export interface Leftovers {
  /** Were to go: finish it. */
  readonly removing: readonly Server[];
  /** Their nodes were being emptied: give them back. */
  readonly draining: readonly Server[];
  /** Run, but have not all that they are to have. */
  readonly incomplete: readonly Server[];
  /** Will never be complete. */
  readonly hopeless: readonly Server[];
  /** Served once, and are broken now. */
  readonly broken: readonly Server[];
}

/** @param hopelessAfterMs  so long a server may take to be created. */
export function leftoversOf(
  all: readonly Server[],
  ignoredStates: ReadonlySet<string>,
  hopelessAfterMs: number,
  now: number,
): Leftovers {
  const servers = all.filter((server) => !isGoing(server) && !ignoredStates.has(server.status));
  const inState = (state: ReturnType<typeof stateOf>) => servers.filter((server) => stateOf(server) === state);
  const creating = inState('creating');
  const isOld = ({ createdAt }: Server) => now - createdAt > hopelessAfterMs;
  return {
    removing: inState('removing'),
    draining: inState('draining'),
    incomplete: creating.filter(({ status }) => status === 'ACTIVE'),
    hopeless: creating.filter((server) => server.status === 'ERROR' || (server.status === 'BUILD' && isOld(server))),
    broken: inState('in-service').filter(({ status }) => status === 'ERROR'),
  };
}

export const isClean = (left: Leftovers): boolean => Object.values(left).every((servers) => servers.length === 0);
