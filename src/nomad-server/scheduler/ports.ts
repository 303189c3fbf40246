/** Ports of a group's network. Compat: spec nomad-scheduler.md §12.2. */
import type { AllocatedResources } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { NetworkResource, Port, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isClientTerminal } from '../allocation.ts';

/** Used port numbers by host address. */
export type PortsInUse = Map<string, Set<number>>;

export interface AssignedPorts {
  readonly networks: readonly NetworkResource[];
  readonly ports: readonly Port[];
}

/** True when the group asks for ports at all; most do not. */
export function asksForPorts(group: TaskGroup): boolean {
  return (group.Networks ?? []).some(
    (network) => (network.ReservedPorts?.length ?? 0) + (network.DynamicPorts?.length ?? 0) > 0,
  );
}

/** What the unfinished allocations use. */
export function portsInUse(allocations: Iterable<Allocation>): PortsInUse {
  const used: PortsInUse = new Map();
  for (const allocation of allocations) {
    if (!isClientTerminal(allocation)) markPorts(used, allocation.AllocatedResources);
  }
  return used;
}

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
export function assignPorts(
  node: Node,
  group: TaskGroup,
  inUse: PortsInUse,
  random: () => number,
): AssignedPorts | string {
  const addresses = hostAddresses(node);
  const used: PortsInUse = new Map([...inUse].map(([address, ports]) => [address, new Set(ports)]));
  const ports: Port[] = [];
  const networks: NetworkResource[] = [];
  for (const asked of group.Networks ?? []) {
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
    networks.push({
      ...(asked.Mode ? { Mode: asked.Mode } : {}),
      ...(addresses[0] === undefined ? {} : { IP: addresses[0] }),
      ...(reserved.length > 0 ? { ReservedPorts: reserved } : {}),
      ...(dynamic.length > 0 ? { DynamicPorts: dynamic } : {}),
    });
  }
  return { networks, ports };
}

function assigned(port: Port, value: number, address: string): Port {
  return { Label: port.Label, Value: value, ...(port.To ? { To: port.To } : {}), HostIP: address };
}

function hostAddresses(node: Node): readonly string[] {
  return (node.NodeResources?.Networks ?? []).flatMap((network) =>
    (network.Mode || 'host') === 'host' && network.IP ? [network.IP] : [],
  );
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
