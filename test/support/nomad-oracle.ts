/**
 * The rules of placement, written a second time in the plainest way, straight from spec nomad-scheduler.md §11–12.
 * Nothing here calls the scheduler: tests hold its plans against this.
 */
import type { Node } from '../../src/nomad/node-types.ts';
import type { Constraint, Job, TaskGroup } from '../../src/nomad/types.ts';
import type { Allocation } from '../../src/nomad-server/allocation.ts';

/** It still takes up room on its node. */
export const isThere = ({ ClientStatus: status }: Allocation) =>
  status === 'pending' || status === 'running' || status === 'unknown';

/** It is there and nobody asked it to go. */
export const isWanted = (one: Allocation) => isThere(one) && one.DesiredStatus === 'run';

export const groupIn = (job: Job, name: string): TaskGroup | undefined =>
  job.TaskGroups.find((group) => group.Name === name);

/**
 * @param isNew  of two that have one port, or one core, at least one is new; any unless given.
 * @returns what these allocations take that the node does not have, or take twice; nothing when all is well.
 */
export function overfilled(
  node: Node,
  allocations: readonly Allocation[],
  isNew: (one: Allocation) => boolean = () => true,
): readonly string[] {
  const has = node.NodeResources;
  const keeps = node.ReservedResources;
  const sums = { cpu: 0, memory: 0, disk: 0 };
  const taken = new Map<string, Allocation>();
  const problems: string[] = [];
  const take = (what: string, who: Allocation) => {
    const other = taken.get(what);
    if (other !== undefined && (isNew(who) || isNew(other))) {
      problems.push(`${what} of ${node.Name} is taken by ${other.Name} and by ${who.Name}`);
    }
    taken.set(what, who);
  };
  for (const one of allocations) {
    const { AllocatedResources: resources } = one;
    sums.disk += resources.Shared.DiskMB;
    for (const port of resources.Shared.Ports ?? []) take(`port ${port.HostIP} ${port.Value}`, one);
    for (const task of Object.values(resources.Tasks)) {
      sums.cpu += task.Cpu.CpuShares;
      sums.memory += task.Memory.MemoryMB;
      for (const core of task.Cpu.ReservedCores ?? []) take(`core ${core}`, one);
    }
  }
  const most = {
    cpu: (has?.Cpu.CpuShares ?? 0) - (keeps?.Cpu.CpuShares ?? 0),
    memory: (has?.Memory.MemoryMB ?? 0) - (keeps?.Memory.MemoryMB ?? 0),
    disk: (has?.Disk.DiskMB ?? 0) - (keeps?.Disk.DiskMB ?? 0),
  };
  for (const key of ['cpu', 'memory', 'disk'] as const) {
    if (sums[key] > most[key]) problems.push(`${node.Name} has ${most[key]} of ${key}, and ${sums[key]} are taken`);
  }
  if (node.NodeMaxAllocs > 0 && allocations.length > node.NodeMaxAllocs) {
    problems.push(`${node.Name} takes ${node.NodeMaxAllocs} allocations, and has ${allocations.length}`);
  }
  return problems;
}

/** @returns whether one more allocation of the group finds its room beside these. */
export function hasRoom(node: Node, group: TaskGroup, others: readonly Allocation[]): boolean {
  const has = node.NodeResources;
  if (has === null || overfilled(node, others).length > 0) return false;
  const cores = new Set(has.Cpu.ReservableCpuCores ?? []);
  const ports = new Set<string>();
  for (const { AllocatedResources: resources } of others) {
    for (const port of resources.Shared.Ports ?? []) ports.add(`${port.HostIP} ${port.Value}`);
    for (const task of Object.values(resources.Tasks))
      for (const one of task.Cpu.ReservedCores ?? []) cores.delete(one);
  }
  const asked = group.Tasks.reduce((sum, task) => sum + task.Resources.Cores, 0);
  if (asked > cores.size) return false;
  const addresses = (has.Networks ?? []).filter((one) => one.Mode === 'host').map((one) => one.IP ?? '');
  const statics = (group.Networks ?? []).flatMap((network) => network.ReservedPorts ?? []);
  if (statics.some(({ Value }) => addresses.every((one) => ports.has(`${one} ${Value}`)))) return false;
  return overfilled(node, [...others, imagined(node, group)]).length === 0;
}

/** An allocation of the group as it would be on the node, without ports and names of cores. */
function imagined(node: Node, group: TaskGroup): Allocation {
  const mhz = Number((node.NodeResources?.Processors as unknown as Cores | null)?.Topology.Cores[0]?.BaseSpeed ?? 0);
  const tasks = group.Tasks.map(({ Name, Resources: { CPU, Cores, MemoryMB } }) => [
    Name,
    { Cpu: { CpuShares: Cores > 0 ? Cores * mhz : CPU, ReservedCores: null }, Memory: { MemoryMB } },
  ]);
  const resources = { Tasks: Object.fromEntries(tasks), Shared: { DiskMB: group.EphemeralDisk.SizeMB, Ports: null } };
  return { Name: 'one more', AllocatedResources: resources } as unknown as Allocation;
}

interface Cores {
  readonly Topology: { readonly Cores: readonly { readonly BaseSpeed: number }[] };
}

/** @returns why the node is no place for the group, whatever else runs there; undefined when it is one. */
export function unsuited(node: Node, job: Job, group: TaskGroup): string | undefined {
  if (node.Status !== 'ready') return `is ${node.Status}`;
  if (node.DrainStrategy !== null) return 'is draining';
  if (node.SchedulingEligibility !== 'eligible') return 'is ineligible';
  if (job.NodePool !== 'all' && node.NodePool !== job.NodePool) return `is in pool ${node.NodePool}`;
  if (!job.Datacenters.some((pattern) => matches(pattern, node.Datacenter))) return `is in ${node.Datacenter}`;
  const lacking = group.Tasks.find((task) => node.Drivers?.[task.Driver]?.Healthy !== true);
  if (lacking !== undefined) return `lacks driver ${lacking.Driver}`;
  const unmet = constraintsOf(job, group).find((one) => !isMet(node, one));
  return unmet && `does not meet ${unmet.LTarget} ${unmet.Operand} ${unmet.RTarget}`;
}

/** @returns what of `distinct_hosts` and `distinct_property` the allocation breaks. @param others  of its job. */
export function indistinct(
  one: Allocation,
  others: readonly Allocation[],
  nodeOf: (id: string) => Node | undefined,
): string | undefined {
  const group = groupIn(one.Job, one.TaskGroup);
  const node = nodeOf(one.NodeID);
  if (group === undefined || node === undefined) return undefined;
  const scopes: readonly (readonly [readonly Constraint[] | null, boolean])[] = [
    [one.Job.Constraints, true],
    [group.Constraints, false],
    ...group.Tasks.map((task) => [task.Constraints, false] as const),
  ];
  for (const [list, isWide] of scopes) {
    const counted = others.filter((other) => isWide || other.TaskGroup === group.Name);
    for (const { LTarget, Operand, RTarget } of list ?? []) {
      if (Operand === 'distinct_hosts' && counted.some((other) => other.NodeID === node.ID)) {
        return `distinct_hosts: ${node.Name} has another one`;
      }
      if (Operand !== 'distinct_property') continue;
      const value = target(node, LTarget);
      if (value === undefined) return `distinct_property: ${node.Name} lacks ${LTarget}`;
      const same = counted.filter((other) => {
        const place = nodeOf(other.NodeID);
        return place !== undefined && target(place, LTarget) === value;
      });
      if (same.length + 1 > (RTarget === '' ? 1 : Number(RTarget))) return `distinct_property: ${LTarget} is ${value}`;
    }
  }
  return undefined;
}

function constraintsOf(job: Job, group: TaskGroup): readonly Constraint[] {
  return [job.Constraints, group.Constraints, ...group.Tasks.map((task) => task.Constraints)]
    .flatMap((list) => list ?? [])
    .filter((one) => !one.Operand.startsWith('distinct_'));
}

function matches(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  return rest.length === 0 ? head === name : name.startsWith(head);
}

function target(node: Node, text: string): string | undefined {
  const name = text.slice('${'.length, -'}'.length);
  const [kind, ...path] = name.split('.');
  if (kind === 'attr') return node.Attributes[path.join('.')];
  if (kind === 'meta') return node.Meta?.[path.join('.')];
  const ofNode: Readonly<Record<string, string>> = {
    ...{ datacenter: node.Datacenter, class: node.NodeClass, pool: node.NodePool },
    ...{ 'unique.name': node.Name, 'unique.id': node.ID },
  };
  return ofNode[path.join('.')];
}

/** The operands and values that the generated constraints use; no other. */
function isMet(node: Node, { LTarget, Operand, RTarget }: Constraint): boolean {
  const left = target(node, LTarget);
  const isNumeric = /^\d+$/.test(RTarget);
  const order = (text: string) =>
    isNumeric ? Number(text) - Number(RTarget) : text < RTarget ? -1 : Number(text > RTarget);
  switch (Operand) {
    case 'is_set':
      return left !== undefined;
    case 'is_not_set':
      return left === undefined;
    case '!=':
      return left !== RTarget;
    case '=':
      return left === RTarget;
    case '>=':
      return left !== undefined && order(left) >= 0;
    case '>':
      return left !== undefined && order(left) > 0;
    case 'regexp':
      return left !== undefined && left.search(RTarget) >= 0;
    case 'set_contains':
      return left !== undefined && RTarget.split(',').every((item) => left.split(',').includes(item));
    case 'set_contains_any':
      return left !== undefined && RTarget.split(',').some((item) => left.split(',').includes(item));
    case 'version':
    case 'semver':
      return left !== undefined && meets(left, RTarget);
    default:
      throw new Error(`the oracle does not know ${Operand}`);
  }
}

function meets(version: string, wanted: string): boolean {
  const [operator, than = ''] = wanted.split(' ');
  const parts = (text: string) => text.split('.').map(Number);
  const other = parts(than);
  const difference = parts(version).map((part, at) => part - (other[at] ?? 0));
  const order = difference.find((one) => one !== 0) ?? 0;
  return operator === '<' ? order < 0 : order >= 0;
}
