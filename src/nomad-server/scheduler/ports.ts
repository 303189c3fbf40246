/** Ports and bandwidth of a group's and its tasks' networks. Compat: spec nomad-scheduler.md §12.2. */

import type { AllocatedResources } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { NetworkResource, Port, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';

/** All ports that were given out: those of the group, and those of the tasks' own networks. */
export function portsOf({ Shared, Tasks }: AllocatedResources): readonly Port[] {
  const networks = Object.values(Tasks).flatMap((task) => task.Networks ?? []);
  if (networks.length === 0) return Shared.Ports ?? [];
  const ofTasks = networks.flatMap(({ IP: HostIP = '', ReservedPorts, DynamicPorts }) =>
    [...(ReservedPorts ?? []), ...(DynamicPorts ?? [])].map((port) => ({ ...port, HostIP })),
  );
  return [...(Shared.Ports ?? []), ...ofTasks];
}

/** Ports and bandwidth that the unfinished allocations of a node use. */
export class InUse {
  /** Port numbers by host address. */
  readonly #ports = new Map<string, Set<number>>();
  #mbits = 0;

  constructor(allocations: Iterable<Allocation>) {
    for (const one of allocations) this.add(one);
  }

  get mbits(): number {
    return this.#mbits;
  }

  add({ AllocatedResources: resources }: Allocation): void {
    for (const { HostIP: address = '', Value: port = 0 } of portsOf(resources)) {
      const ports = this.#ports.get(address);
      if (ports === undefined) this.#ports.set(address, new Set([port]));
      else ports.add(port);
    }
    for (const { Networks: networks } of Object.values(resources.Tasks)) {
      for (const { MBits: mbits = 0 } of networks ?? []) this.#mbits += mbits;
    }
  }

  has(address: string, port: number): boolean {
    return this.#ports.get(address)?.has(port) ?? false;
  }
}

/** The ports of a node as one more allocation finds them: without those in use, and those that it was given already. */
class FreePorts {
  readonly #inUse: InUse;
  readonly #given: { readonly address: string; readonly port: number }[] = [];

  constructor(inUse: InUse) {
    this.#inUse = inUse;
  }

  has(address: string, port: number): boolean {
    if (this.#inUse.has(address, port)) return false;
    return !this.#given.some((one) => one.port === port && one.address === address);
  }

  take(address: string, port: number): void {
    this.#given.push({ address, port });
  }
}

export interface AssignedPorts {
  readonly networks: readonly NetworkResource[];
  /** By task: networks of its own, with their ports. */
  readonly ofTasks: ReadonlyMap<string, readonly NetworkResource[]>;
  /** Those of the group; null when only tasks ask for some. */
  readonly ports: readonly Port[] | null;
}

/** True when the group asks for ports or bandwidth at all; most do not. */
export function asksForPorts(group: TaskGroup): boolean {
  if (group.Tasks.some((task) => (task.Resources.Networks?.length ?? 0) > 0)) return true;
  return (group.Networks ?? []).some(
    (network) => (network.ReservedPorts?.length ?? 0) + (network.DynamicPorts?.length ?? 0) > 0,
  );
}

/** @returns the ports, or the exhausted dimension in the words of the metrics. */
export function assignPorts(node: Node, group: TaskGroup, inUse: InUse, random: () => number): AssignedPorts | string {
  const free = new FreePorts(inUse);
  const ports: Port[] = [];
  const networks: NetworkResource[] = [];
  for (const asked of group.Networks ?? []) {
    const found = assignNetwork(node, asked, free, random);
    if (typeof found === 'string') return found;
    networks.push({ ...(asked.Mode ? { Mode: asked.Mode } : {}), ...found.network });
    ports.push(...found.ports);
  }
  let mbits = inUse.mbits;
  const ofTasks = new Map<string, readonly NetworkResource[]>();
  for (const { Name: name, Resources: resources } of group.Tasks) {
    const [asked] = resources.Networks ?? [];
    if (asked === undefined) continue;
    mbits += asked.MBits ?? 0;
    const device = hostNetworks(node)[0];
    if (mbits > (device?.MBits ?? 0)) return 'network: bandwidth exceeded';
    const found = assignNetwork(node, asked, free, random);
    if (typeof found === 'string') return found;
    ofTasks.set(name, [
      {
        ...(device?.Device === undefined ? {} : { Device: device.Device }),
        ...found.network,
        ...(found.ports[0] === undefined ? {} : { IP: found.ports[0].HostIP ?? '' }),
        ...(asked.MBits ? { MBits: asked.MBits } : {}),
      },
    ]);
  }
  return { networks, ofTasks, ports: networks.length === 0 ? null : ports };
}

/** Gives one network its ports, and marks them as used. */
function assignNetwork(
  node: Node,
  asked: NetworkResource,
  free: FreePorts,
  random: () => number,
): { readonly network: NetworkResource; readonly ports: readonly Port[] } | string {
  const addresses = addressesOf(node);
  const ports: Port[] = [];
  const reserved: Port[] = [];
  const dynamic: Port[] = [];
  for (const port of asked.ReservedPorts ?? []) {
    const value = port.Value ?? 0;
    const address = addresses.find((one) => free.has(one, value));
    if (address === undefined) return `network: reserved port collision ${port.Label}=${value}`;
    free.take(address, value);
    reserved.push(port);
    ports.push(assigned(port, value, address));
  }
  for (const port of asked.DynamicPorts ?? []) {
    const address = addresses[0] ?? '';
    const value = dynamicPort(node, (port) => free.has(address, port), random);
    if (value === undefined) return 'network: dynamic port selection failed';
    free.take(address, value);
    const to = port.To === -1 ? value : port.To;
    dynamic.push({ ...port, Value: value, ...(to ? { To: to } : {}) });
    ports.push(assigned({ ...port, ...(to ? { To: to } : {}) }, value, address));
  }
  const network = {
    ...(addresses[0] === undefined ? {} : { IP: addresses[0] }),
    ...(reserved.length > 0 ? { ReservedPorts: reserved } : {}),
    ...(dynamic.length > 0 ? { DynamicPorts: dynamic } : {}),
  };
  return { network, ports };
}

function assigned(port: Port, value: number, address: string): Port {
  return { Label: port.Label, Value: value, ...(port.To ? { To: port.To } : {}), HostIP: address };
}

function hostNetworks(node: Node): readonly NetworkResource[] {
  return (node.NodeResources?.Networks ?? []).filter((network) => (network.Mode || 'host') === 'host');
}

const addressLists = new WeakMap<Node, readonly string[]>();

/** Of its host networks; gathered once per version of the node. */
function addressesOf(node: Node): readonly string[] {
  let found = addressLists.get(node);
  if (found === undefined) {
    found = hostNetworks(node).flatMap((network) => (network.IP ? [network.IP] : []));
    addressLists.set(node, found);
  }
  return found;
}

const randomPicks = 20;

/** A few random picks, then any free one. */
function dynamicPort(node: Node, isFree: (port: number) => boolean, random: () => number): number | undefined {
  const first = node.NodeResources?.MinDynamicPort ?? 20_000;
  const end = node.NodeResources?.MaxDynamicPort ?? 32_000;
  for (let pick = 0; pick < randomPicks; pick++) {
    const port = first + Math.floor(random() * (end - first));
    if (isFree(port)) return port;
  }
  const free: number[] = [];
  for (let port = first; port < end; port++) if (isFree(port)) free.push(port);
  return free[Math.floor(random() * free.length)];
}
