/** Which servers of a pool count, and how many run. Pure. Source: spec os-nova.md §5. */
import { usageError } from 'nomad-autoscaler/sdk';
import type { Server } from './cloud.ts';
import { isRemoving } from './mark.ts';
import type { ZoneCounts } from './zones.ts';

/** A pool as its servers show it. */
export interface PoolCount {
  /** Those that count, in the order of the list. */
  readonly servers: readonly Server[];
  /** Of these, those that run and are not about to go. */
  readonly active: number;
  /** Of these, those in a state that neither is good nor passes by itself. */
  readonly unexpected: readonly Server[];
  /** Left out because of `ignored_states`. */
  readonly ignored: readonly Server[];
  readonly zones: ZoneCounts;
  /** When any of them was made or last changed, epoch milliseconds; undefined when there are none. */
  readonly lastEventAt: number | undefined;
}

const passing: ReadonlySet<string> = new Set(['BUILD', 'REBOOT', 'HARD_REBOOT']);

/** Such servers stay in the list for days where deletion is deferred. */
export const isDeleted = ({ status }: Server): boolean => status === 'SOFT_DELETED' || status === 'DELETED';

export const isGoing = (server: Server): boolean =>
  isDeleted(server) || server.taskState === 'deleting' || server.taskState === 'soft-deleting';

export function countServers(all: readonly Server[], ignoredStates: ReadonlySet<string>): PoolCount {
  const there = all.filter((server) => !isGoing(server));
  const servers = there.filter(({ status }) => !ignoredStates.has(status));
  const zones = new Map<string, number>();
  for (const { zone } of servers) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  const times = all.flatMap(({ createdAt, updatedAt }) => [createdAt, updatedAt]);
  return {
    servers,
    active: servers.filter((server) => server.status === 'ACTIVE' && !isRemoving(server)).length,
    unexpected: servers.filter(
      (server) => server.status !== 'ACTIVE' && !passing.has(server.status) && !isRemoving(server),
    ),
    ignored: there.filter(({ status }) => ignoredStates.has(status)),
    zones,
    lastEventAt: times.length === 0 ? undefined : Math.max(...times),
  };
}

/** @throws `invalid_config` (usage) for a state that every server passes through. Compat: the text. */
export function readIgnoredStates(text: string | undefined): ReadonlySet<string> {
  const states = (text ?? '')
    .split(',')
    .map((state) => state.trim().toUpperCase())
    .filter((state) => state !== '');
  const needed = states.find((state) => state === 'ACTIVE' || passing.has(state));
  if (needed === undefined) return new Set(states);
  throw usageError('invalid_config', `error setting ignored_states: state '${needed}' can't be ignored`);
}
