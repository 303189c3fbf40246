/**
 * Which nodes a group may run on at all. Compat: order and texts of spec nomad-scheduler.md §11.
 *
 * What depends on a node's class alone is worked out once per class and evaluation.
 */
import { goBool } from '../../lib/go-bool.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Constraint, Job, TaskGroup } from '../../nomad/types.ts';
import { constraintText, isDistinct, isEscaped, isMet } from './constraint.ts';
import { type CountedProperty, countedByNode, type DistinctProperty, distinctPropertiesOf } from './distinct.ts';
import type { Snapshot } from './plan.ts';

/** Nodes that take new allocations of a pool in these datacenters. */
export interface BaseSet {
  readonly nodes: readonly Node[];
  readonly byDatacenter: Readonly<Record<string, number>>;
}

const bases = new WeakMap<Snapshot, { readonly nodesIndex: number; readonly sets: Map<string, BaseSet> }>();

/** Ready, eligible nodes of the job's pool and datacenters; kept until a node changes. */
export function baseSet(snapshot: Snapshot, job: Job): BaseSet {
  let kept = bases.get(snapshot);
  if (kept === undefined || kept.nodesIndex !== snapshot.nodesIndex) {
    kept = { nodesIndex: snapshot.nodesIndex, sets: new Map() };
    bases.set(snapshot, kept);
  }
  const key = `${job.NodePool} ${job.Datacenters.join(' ')}`;
  let set = kept.sets.get(key);
  if (set === undefined) {
    set = findBaseSet(snapshot, job);
    kept.sets.set(key, set);
  }
  return set;
}

function findBaseSet(snapshot: Snapshot, job: Job): BaseSet {
  const isWanted = datacenterMatcher(job.Datacenters);
  const nodes: Node[] = [];
  const byDatacenter: Record<string, number> = {};
  for (const node of snapshot.nodes()) {
    if (!isReady(node) || !isInPool(node, job) || !isWanted(node.Datacenter)) continue;
    nodes.push(node);
    byDatacenter[node.Datacenter] = (byDatacenter[node.Datacenter] ?? 0) + 1;
  }
  return { nodes, byDatacenter };
}

export function isReady(node: Node): boolean {
  return node.Status === 'ready' && node.DrainStrategy === null && node.SchedulingEligibility === 'eligible';
}

export function isInPool(node: Node, job: Job): boolean {
  return job.NodePool === 'all' || job.NodePool === node.NodePool;
}

/** Patterns know `*` only. */
export function datacenterMatcher(patterns: readonly string[]): (datacenter: string) => boolean {
  if (patterns.includes('*')) return () => true;
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`),
  );
  return (datacenter) => expressions.some((expression) => expression.test(datacenter));
}

/** What a group demands of a node. */
export interface Demands {
  readonly job: readonly Constraint[];
  /** The group's and its tasks'. */
  readonly group: readonly Constraint[];
  readonly drivers: readonly string[];
  readonly networkMode: string;
  /** Ports that want a network of the node by its name. */
  readonly hostNetworks: readonly { readonly port: string; readonly network: string }[];
  /** `type`, `vendor/type` or `vendor/type/name`. */
  readonly devices: readonly string[];
  /** Names of the node's volumes. */
  readonly hostVolumes: readonly string[];
  /** The allocations of which a node may hold one only. */
  readonly distinctHosts: CountedProperty | undefined;
  readonly distinctProperties: readonly DistinctProperty[];
  /** Some constraint tells nodes of one class apart. */
  readonly escaped: boolean;
}

export function demandsOf(job: Job, group: TaskGroup): Demands {
  const ofJob = job.Constraints ?? [];
  const ofGroup = [...(group.Constraints ?? []), ...group.Tasks.flatMap((task) => task.Constraints ?? [])];
  const asksDistinct = (list: readonly Constraint[]) =>
    list.some((one) => one.Operand === 'distinct_hosts' && one.RTarget !== 'false');
  const ofWhom = asksDistinct(ofJob) ? undefined : group.Name;
  return {
    job: ofJob.filter((one) => !isDistinct(one)),
    group: ofGroup.filter((one) => !isDistinct(one)),
    drivers: [...new Set(group.Tasks.map((task) => task.Driver))],
    networkMode: group.Networks?.[0]?.Mode || 'host',
    hostNetworks: hostNetworksOf(group),
    devices: group.Tasks.flatMap((task) => (task.Resources.Devices ?? []).map((one) => String(one['Name']))),
    hostVolumes: Object.values(group.Volumes ?? {})
      .filter((one) => one['Type'] === 'host')
      .map((one) => String(one['Source'])),
    distinctHosts: asksDistinct([...ofJob, ...ofGroup]) ? countedByNode(ofWhom) : undefined,
    distinctProperties: distinctPropertiesOf(job, group),
    escaped: [...ofJob, ...ofGroup].some(isEscaped),
  };
}

function hostNetworksOf({ Networks }: TaskGroup): Demands['hostNetworks'] {
  return (Networks ?? [])
    .flatMap(({ DynamicPorts, ReservedPorts }) => [...(DynamicPorts ?? []), ...(ReservedPorts ?? [])])
    .map(({ Label, HostNetwork = 'default' }) => ({ port: Label, network: HostNetwork }))
    .filter(({ network }) => network !== 'default');
}

/** @returns why the node cannot take the group, in the words of the metrics; undefined when it can. */
export function whyFiltered(demands: Demands, node: Node): string | undefined {
  const unmet = (list: readonly Constraint[]) => list.find((constraint) => !isMet(constraint, node));
  const ofJob = unmet(demands.job);
  if (ofJob !== undefined) return constraintText(ofJob);
  if (!demands.drivers.every((driver) => hasDriver(node, driver))) return 'missing drivers';
  const ofGroup = unmet(demands.group);
  if (ofGroup !== undefined) return constraintText(ofGroup);
  if (!demands.devices.every((device) => hasDevice(node, device))) return 'missing devices';
  if (!hasNetwork(node, demands.networkMode)) return 'missing network';
  const missing = demands.hostNetworks.find(({ network }) => node.HostNetworks?.[network] === undefined);
  return missing && `missing host network "${missing.network}" for port "${missing.port}"`;
}

/** Volumes are the node's own, whatever its class. */
export function hasHostVolumes({ hostVolumes }: Demands, node: Node): boolean {
  return hostVolumes.every((name) => node.HostVolumes?.[name] !== undefined);
}

function hasDevice(node: Node, wanted: string): boolean {
  const parts = wanted.split('/');
  return (node.NodeResources?.Devices ?? []).some((device) => {
    const path = [device['Vendor'], device['Type'], device['Name']].slice(0, parts.length);
    const known = parts.length === 1 ? [device['Type']] : path;
    return known.every((one, at) => one === parts[at]);
  });
}

function hasDriver(node: Node, name: string): boolean {
  const driver = node.Drivers?.[name];
  if (driver !== undefined) return driver.Detected && driver.Healthy;
  return goBool(node.Attributes[`driver.${name}`] ?? '') ?? false;
}

function hasNetwork(node: Node, mode: string): boolean {
  return (
    mode === 'none' || (node.NodeResources?.Networks?.some((network) => (network.Mode || 'host') === mode) ?? false)
  );
}
