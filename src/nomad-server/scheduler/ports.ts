/** Ports and bandwidth of a group's and its tasks' networks. Compat: spec nomad-scheduler.md §12.2. */
import type { AllocatedResources } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { NetworkResource, Port, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';

/** Used port numbers by host address. */
export type PortsInUse = Map<string, Set<number>>;

/** What allocations use of a node's network. */
export interface InUse {
  readonly ports: PortsInUse;
  readonly mbits: number;
}

export interface AssignedPorts {
  readonly networks: readonly NetworkResource[];
  /** By task: networks of its own. */
  readonly ofTasks: ReadonlyMap<string, readonly NetworkResource[]>;
  readonly ports: readonly Port[];
}

/** True when the group asks for ports or bandwidth at all; most do not. */
export function asksForPorts(group: TaskGroup): boolean {
  if (group.Tasks.some((task) => (task.Resources.Networks?.length ?? 0) > 0)) return true;
  return (group.Networks ?? []).some(
    (network) => (network.ReservedPorts?.length ?? 0) + (network.DynamicPorts?.length ?? 0) > 0,
  );
}

/** What the unfinished allocations use. */
export function inUse(allocations: Iterable<Allocation>): InUse {
  const ports: PortsInUse = new Map();
  let mbits = 0;
  for (const { AllocatedResources: resources } of allocations) {
    markPorts(ports, resources);
    for (const task of Object.values(resources.Tasks)) mbits += mbitsOf(task.Networks);
  }
  return { ports, mbits };
}

const mbitsOf = (networks: readonly NetworkResource[] | null) =>
  (networks ?? []).reduce((sum, one) => sum + (one.MBits ?? 0), 0);

function markPorts(used: PortsInUse, resources: AllocatedResources): void {
  for (const port of resources.Shared.Ports ?? []) mark(used, port.HostIP ?? '', port.Value ?? 0);
}

function mark(used: PortsInUse, address: string, port: number): void {
  let ports = used.get(address);
  if (ports === undefined) {
    ports = new Set();
    used.set(address, ports);
  }
  ports.add(port);
}

/** @returns the ports, or the exhausted dimension in the words of the metrics. */
export function assignPorts(node: Node, group: TaskGroup, inUse: InUse, random: () => number): AssignedPorts | string {
  const used: PortsInUse = new Map([...inUse.ports].map(([address, ports]) => [address, new Set(ports)]));
  const ports: Port[] = [];
  const networks: NetworkResource[] = [];
  for (const asked of group.Networks ?? []) {
    const found = assignNetwork(node, asked, used, random);
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
    const found = assignNetwork(node, asked, used, random);
    if (typeof found === 'string') return found;
    ofTasks.set(name, [
      {
        ...(device?.Device === undefined ? {} : { Device: device.Device }),
        ...found.network,
        ...(asked.MBits ? { MBits: asked.MBits } : {}),
      },
    ]);
    ports.push(...found.ports);
  }
  return { networks, ofTasks, ports };
}

/** Gives one network its ports, and marks them as used. */
function assignNetwork(
  node: Node,
  asked: NetworkResource,
  used: PortsInUse,
  random: () => number,
): { readonly network: NetworkResource; readonly ports: readonly Port[] } | string {
  const addresses = hostNetworks(node).flatMap((network) => (network.IP ? [network.IP] : []));
  const ports: Port[] = [];
  const reserved: Port[] = [];
  const dynamic: Port[] = [];
  for (const port of asked.ReservedPorts ?? []) {
    const value = port.Value ?? 0;
    const address = addresses.find((one) => !used.get(one)?.has(value));
    if (address === undefined) return `network: reserved port collision ${port.Label}=${value}`;
    mark(used, address, value);
    reserved.push(port);
    ports.push(assigned(port, value, address));
  }
  for (const port of asked.DynamicPorts ?? []) {
    const address = addresses[0] ?? '';
    const value = dynamicPort(node, used.get(address), random);
    if (value === undefined) return 'network: dynamic port selection failed';
    mark(used, address, value);
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

const randomPicks = 20;

/** A few random picks, then any free one. */
function dynamicPort(node: Node, used: ReadonlySet<number> | undefined, random: () => number): number | undefined {
  const first = node.NodeResources?.MinDynamicPort ?? 20_000;
  const end = node.NodeResources?.MaxDynamicPort ?? 32_000;
  for (let pick = 0; pick < randomPicks; pick++) {
    const port = first + Math.floor(random() * (end - first));
    if (!used?.has(port)) return port;
  }
  const free: number[] = [];
  for (let port = first; port < end; port++) if (!used?.has(port)) free.push(port);
  return free[Math.floor(random() * free.length)];
}
