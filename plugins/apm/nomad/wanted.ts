/** What of all that waits for room a pool is to make room for. Pure. */
import { classOfNone, type Pool } from 'nomad-autoscaler/sdk/nodepool';
import type { NodeCapacity, NodeListStub, WaitingGroup } from 'nomad-autoscaler/sdk/nomad';

/** What is known of a pool's nodes; those to come are taken to be like them. An empty list says nothing. */
export interface Place {
  readonly classes: readonly string[];
  readonly datacenters: readonly string[];
  readonly nodePools: readonly string[];
  /** Nomad's names for nodes that are alike: `v1:<number>`. */
  readonly computedClasses: readonly string[];
  /** Most of each that one node has to give; undefined while there is no node. */
  readonly largest: NodeCapacity | undefined;
}

/** What the members have in common, or else what the pool's keys say of members to come. */
export function placeOf(members: readonly NodeListStub[], pool: Pool): Omit<Place, 'computedClasses' | 'largest'> {
  const known = (read: (node: NodeListStub) => string | undefined, key: Pool[number]['key']) => {
    const values = new Set(members.map(read).filter((value) => value !== undefined));
    if (values.size > 0) return [...values];
    return pool.filter((one) => one.key === key).map(({ value }) => value);
  };
  return {
    classes: known(({ NodeClass }) => NodeClass, 'node_class').map((name) => (name === classOfNone ? '' : name)),
    datacenters: known(({ Datacenter }) => Datacenter, 'datacenter'),
    nodePools: known(({ NodePool }) => NodePool, 'node_pool'),
  };
}

/** What all that waits and may run there asks for together. */
export interface Wanted extends NodeCapacity {
  /** Allocations. */
  readonly count: number;
}

/**
 * A group counts unless it is sure that no node of the pool could ever take it: by its datacenters, its node pool, a
 * constraint on class, datacenter or node pool, by what Nomad found out about nodes like those of the pool, or because it
 * asks for more than the largest of them has. What could never run there must not make the pool grow without end.
 */
export function wantedIn(place: Place, groups: readonly WaitingGroup[]): Wanted {
  const counted = groups.filter((group) => mayRun(group, place));
  const sum = (read: (group: WaitingGroup) => number) => counted.reduce((total, group) => total + read(group), 0);
  return {
    count: sum(({ count }) => count),
    cpuMhz: sum(({ count, each }) => count * each.cpuMhz),
    memoryMb: sum(({ count, each }) => count * each.memoryMb),
  };
}

export function mayRun(group: WaitingGroup, place: Place): boolean {
  const { each, classes, datacenters, nodePool, constraints } = group;
  const { largest } = place;
  return (
    some(place.datacenters, (one) => datacenters.some((pattern) => matches(pattern, one))) &&
    some(place.nodePools, (one) => nodePool === 'all' || nodePool === one) &&
    some(place.computedClasses, (one) => classes[one] !== false) &&
    (largest === undefined || (each.cpuMhz <= largest.cpuMhz && each.memoryMb <= largest.memoryMb)) &&
    constraints.every((constraint) => mayHold(constraint, place))
  );
}

/** Of what is unknown all is possible. */
const some = (known: readonly string[], holds: (one: string) => boolean): boolean =>
  known.length === 0 || known.some(holds);

/** Datacenters of a job may hold `*` for any text. */
function matches(pattern: string, datacenter: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(datacenter);
}

/** Only being equal and being unequal are judged; other operands, and targets of which a pool knows nothing, may hold. */
function mayHold({ LTarget, Operand, RTarget }: WaitingGroup['constraints'][number], place: Place): boolean {
  return some(valuesOf(LTarget, place), (value) => {
    if (Operand === '=' || Operand === '==' || Operand === 'is') return value === RTarget;
    if (Operand === '!=' || Operand === 'not') return value !== RTarget;
    return true;
  });
}

function valuesOf(target: string, place: Place): readonly string[] {
  switch (/^\$\{node\.(\w+)\}$/.exec(target)?.[1]) {
    case 'class':
      return place.classes;
    case 'datacenter':
      return place.datacenters;
    case 'pool':
      return place.nodePools;
    default:
      return [];
  }
}
