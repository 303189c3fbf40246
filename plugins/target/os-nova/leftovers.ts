/**
 * What is not as it should be in a pool that nobody works on: a process was killed in the middle of a scaling, or Nova broke a
 * server. Pure.
 */
import type { Server } from './cloud.ts';
import { isDeleted, isGoing } from './count.ts';
import { extrasOf, isOwn, isRemoving } from './mark.ts';

/** Servers by what is to be done with them; those in order are in none. */
export interface Leftovers {
  /** Were to go: finish it. */
  readonly removing: readonly Server[];
  /** Made by the target, and will never run. */
  readonly hopeless: readonly Server[];
  /** In `ERROR`. */
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
  const staying = servers.filter((server) => !isRemoving(server));
  const isHopeless = (server: Server) =>
    server.status === 'BUILD' && isOwn(server) && now - server.createdAt > hopelessAfterMs;
  return {
    removing: servers.filter(isRemoving),
    hopeless: staying.filter(isHopeless),
    broken: staying.filter(({ status }) => status === 'ERROR'),
  };
}

export const isClean = (left: Leftovers): boolean => Object.values(left).every((servers) => servers.length === 0);

/** Servers that have, or are to have, more than themselves; and whether all can be seen to by now. */
export interface Accompanied {
  /** Are to have it. */
  readonly running: readonly Server[];
  /** Are listed although they are gone, and may have it still. */
  readonly deleted: readonly Server[];
  /** Some are still being made or deleted. */
  readonly isInMotion: boolean;
}

export function accompaniedOf(all: readonly Server[]): Accompanied {
  const servers = all.filter((server) => {
    const { floatingNetwork, balancer } = extrasOf(server);
    return floatingNetwork !== undefined || balancer !== undefined;
  });
  const there = servers.filter((server) => !isGoing(server) && !isRemoving(server));
  return {
    running: there.filter(({ status }) => status === 'ACTIVE'),
    deleted: servers.filter(isDeleted),
    isInMotion: there.some(({ status }) => status === 'BUILD') || all.some((one) => isGoing(one) && !isDeleted(one)),
  };
}
