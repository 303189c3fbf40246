/** What an allocation gets of its node. Spec nomad-api.md §4.8. */
import type { AllocatedResources, AllocatedTaskResources } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Task, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { askOf, clockMhz } from './ask.ts';
import type { AssignedPorts } from './ports.ts';

const plain = new WeakMap<TaskGroup, AllocatedResources>();

/** @param others  what else is on the node then. Without ports and cores all allocations of a group share one object. */
export function resourcesOn(
  node: Node,
  group: TaskGroup,
  ports: AssignedPorts | undefined,
  others: Iterable<Allocation>,
): AllocatedResources {
  if (ports !== undefined || askOf(group).cores > 0) {
    const cores = askOf(group).cores > 0 ? [...freeCores(node, others)] : [];
    return make(group, ports, (count) => ({ ids: cores.splice(0, count), mhz: count * clockMhz(node) }));
  }
  let shared = plain.get(group);
  if (shared === undefined) {
    shared = make(group, undefined, () => ({ ids: [], mhz: 0 }));
    plain.set(group, shared);
  }
  return shared;
}

/** The group changed under a running allocation: ports, devices and cores stay. */
export function resourcesKept(group: TaskGroup, before: AllocatedResources): AllocatedResources {
  const after = make(group, undefined, () => ({ ids: [], mhz: 0 }));
  const tasks = Object.entries(after.Tasks).map(([name, task]): [string, AllocatedTaskResources] => {
    const had = before.Tasks[name];
    const cpu = had?.Cpu.ReservedCores ? had.Cpu : task.Cpu;
    return [name, { ...task, Cpu: cpu, Networks: had?.Networks ?? null }];
  });
  const { Networks, Ports } = before.Shared;
  return { ...after, Tasks: Object.fromEntries(tasks), Shared: { ...after.Shared, Networks, Ports } };
}

/** The cores of the node that nobody has for himself. */
export function freeCores(node: Node, allocations: Iterable<Allocation>): readonly number[] {
  const taken = new Set<number>();
  for (const one of allocations) {
    for (const task of Object.values(one.AllocatedResources.Tasks)) {
      for (const core of task.Cpu.ReservedCores ?? []) taken.add(core);
    }
  }
  return (node.NodeResources?.Cpu.ReservableCpuCores ?? []).filter((core) => !taken.has(core));
}

type TakeCores = (count: number) => { readonly ids: readonly number[]; readonly mhz: number };

function make(group: TaskGroup, ports: AssignedPorts | undefined, takeCores: TakeCores): AllocatedResources {
  const taskResources = ({ Name: name, Resources: asked }: Task): AllocatedTaskResources => {
    const { ids, mhz } = asked.Cores > 0 ? takeCores(asked.Cores) : { ids: [], mhz: 0 };
    return {
      Cpu: asked.Cores > 0 ? { CpuShares: mhz, ReservedCores: ids } : { CpuShares: asked.CPU, ReservedCores: null },
      Memory: { MemoryMB: asked.MemoryMB, MemoryMaxMB: asked.MemoryMaxMB },
      Networks: ports?.ofTasks.get(name) ?? null,
      Devices: null,
    };
  };
  const networks = ports?.networks ?? [];
  return {
    Tasks: Object.fromEntries(group.Tasks.map((task) => [task.Name, taskResources(task)])),
    TaskLifecycles: Object.fromEntries(group.Tasks.map((task) => [task.Name, task.Lifecycle])),
    Shared: {
      DiskMB: askOf(group).diskMb,
      Networks: networks.length === 0 ? null : networks,
      Ports: ports?.ports ?? null,
    },
  };
}
