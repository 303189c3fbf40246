/** Spreading a pool over availability zones, on the way out and in. Pure. Source: spec os-nova.md §7.2, §8.2. */
import type { Zone } from './cloud.ts';
import { defaultZones } from './openstack/zones.ts';

/** Servers of the pool in each zone. */
export type ZoneCounts = ReadonlyMap<string, number>;

/** Where new servers may go. */
export interface UsableZones {
  /** In the order of the policy, else in the cloud's. */
  readonly usable: readonly string[];
  /** Those of the policy that the cloud does not have or that are out of order. */
  readonly passedOver: readonly string[];
}

/** @param listed  those of the policy; none means all that the cloud has. */
export function usableZones(listed: readonly string[], zones: readonly Zone[]): UsableZones {
  const available = new Set(zones.filter(({ isAvailable }) => isAvailable).map(({ name }) => name));
  const wanted = listed.length > 0 ? listed : defaultZones(zones);
  return {
    usable: wanted.filter((zone) => available.has(zone)),
    passedOver: wanted.filter((zone) => !available.has(zone)),
  };
}

/**
 * A zone for each new server: always the one with the fewest, the first of the list among equals.
 *
 * Compat: gives what upstream's walk over the sorted zones gives.
 *
 * @returns nothing when there are no zones: then none is set.
 */
export function distribute(zones: readonly string[], counts: ZoneCounts, servers: number): readonly string[] {
  const filled = zones
    .map((zone) => ({ zone, count: counts.get(zone) ?? 0 }))
    .sort((one, other) => one.count - other.count);
  if (filled.length === 0) return [];
  return Array.from({ length: servers }, () => {
    const emptiest = filled.reduce((least, one) => (one.count < least.count ? one : least));
    emptiest.count++;
    return emptiest.zone;
  });
}

/** The other zones, emptiest first: where else a server may go when there is no room in its zone. */
export const otherZones = (zones: readonly string[], counts: ZoneCounts, full: string): readonly string[] =>
  zones.filter((zone) => zone !== full).sort((one, other) => (counts.get(one) ?? 0) - (counts.get(other) ?? 0));

/**
 * Orders what may be removed so that each next one comes from the zone that is fullest by then.
 *
 * @param items   in order of preference, which is kept within a zone.
 * @param counts  of all servers of the pool, also those that may not be removed.
 */
export function fullestFirst<T>(items: readonly T[], zoneOf: (item: T) => string, counts: ZoneCounts): readonly T[] {
  const left = new Map(counts);
  const waiting = [...items];
  const ordered: T[] = [];
  while (waiting.length > 0) {
    const fullness = waiting.map((item) => left.get(zoneOf(item)) ?? 0);
    const [next] = waiting.splice(fullness.indexOf(Math.max(...fullness)), 1);
    if (next === undefined) break;
    left.set(zoneOf(next), (left.get(zoneOf(next)) ?? 0) - 1);
    ordered.push(next);
  }
  return ordered;
}
