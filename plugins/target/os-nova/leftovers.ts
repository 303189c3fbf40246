/**
 * What is not as it should be in a pool that nobody works on: a process was killed in the middle of a scaling, or Nova broke a
 * server. Pure.
 */
import type { Server } from './cloud.ts';
import { isGoing } from './count.ts';
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

/** Servers that are to have more than themselves, by whether that can be looked at by now. */
export function withExtras(all: readonly Server[]): {
  readonly running: readonly Server[];
  readonly coming: readonly Server[];
} {
  const servers = all.filter((server) => {
    const { floatingNetwork, balancer } = extrasOf(server);
    return (floatingNetwork !== undefined || balancer !== undefined) && !isGoing(server) && !isRemoving(server);
  });
  return {
    running: servers.filter(({ status }) => status === 'ACTIVE'),
    coming: servers.filter(({ status }) => status === 'BUILD'),
  };
}
