/** Which zone takes a server: pure. */
import type { FlavorSpec, ServerGroupSpec, ZoneSpec } from './config.ts';
import type { ServerRecord } from './state.ts';

export interface Placing {
  readonly zones: readonly ZoneSpec[];
  /** All there are, with and without a zone. */
  readonly servers: Iterable<ServerRecord>;
  readonly flavor: FlavorSpec | undefined;
  readonly group: ServerGroupSpec | undefined;
}

/** A host of the real test bed has fewer. */
const mostCores = 1000;

/** @returns the emptiest zone that takes it; undefined when none does. */
export function zoneFor(server: ServerRecord, { zones, servers, flavor, group }: Placing): string | undefined {
  if ((flavor?.cores ?? 0) > mostCores) return undefined;
  const placed = [...servers].filter((other) => other.zone !== '' && other.id !== server.id);
  const members = group === undefined ? [] : placed.filter((other) => other.groupId === group.id);
  const inZone = (list: readonly ServerRecord[], zone: string) => list.filter((other) => other.zone === zone).length;
  const takes = (zone: ZoneSpec) =>
    zone.isAvailable !== false &&
    (server.wantedZone ?? zone.name) === zone.name &&
    inZone(placed, zone.name) < (zone.capacity ?? Number.POSITIVE_INFINITY) &&
    (group?.policy !== 'anti-affinity' || inZone(members, zone.name) < (zone.hosts ?? 1)) &&
    (group?.policy !== 'affinity' || members.length === 0 || inZone(members, zone.name) > 0);
  const [first] = zones
    .filter(takes)
    .map(({ name }) => ({ name, count: inZone(placed, name) }))
    .sort((a, b) => a.count - b.count);
  return first?.name;
}
