/** What requests and answers had when walkthroughs of old were written. Compat: spec nomad-api.md §12. */
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { Allocation } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { NetworkResource } from '../../nomad/types.ts';

interface OldResources {
  readonly CPU: number;
  readonly MemoryMB: number;
  readonly DiskMB: number;
  readonly IOPS: number;
  readonly Networks: readonly OldNetwork[] | null;
}

type OldNetwork = Pick<NetworkResource, 'Device' | 'CIDR' | 'IP' | 'MBits' | 'ReservedPorts' | 'DynamicPorts'>;

/** A node had its resources, and what of them is reserved, in one flat piece each. */
export function withOldResources(
  node: Node,
): Node & { readonly Resources: OldResources; readonly Reserved: OldResources } {
  const { NodeResources: whole, ReservedResources: reserved } = node;
  const host = (whole?.Networks ?? []).find(({ Mode, IP }) => Mode === 'host' && IP?.includes('.'));
  const network = host && {
    ...{ Device: host.Device ?? '', CIDR: host.CIDR ?? '', IP: host.IP ?? '', MBits: host.MBits ?? 0 },
    ...{ ReservedPorts: null, DynamicPorts: null },
  };
  return {
    ...node,
    Resources: { ...flat(whole), Networks: network === undefined ? null : [network] },
    Reserved: { ...flat(reserved), Networks: null },
  };
}

interface Sizes {
  readonly Cpu: { readonly CpuShares: number };
  readonly Memory: { readonly MemoryMB: number };
  readonly Disk: { readonly DiskMB: number };
}

const flat = (sizes: Sizes | null) => ({
  ...{ CPU: sizes?.Cpu.CpuShares ?? 0, MemoryMB: sizes?.Memory.MemoryMB ?? 0 },
  ...{ DiskMB: sizes?.Disk.DiskMB ?? 0, IOPS: 0 },
});

/** Networks were those of tasks: one of the group is told with each of its tasks. */
export function withOldNetworks(allocation: Allocation): Allocation {
  const shared = allocation.AllocatedResources?.Shared.Networks ?? null;
  if (shared === null || shared.length === 0) return allocation;
  const tasks = Object.entries(allocation.TaskResources ?? {});
  const told = tasks.map(([name, task]) => [name, { ...task, Networks: task.Networks ?? shared }] as const);
  return { ...allocation, TaskResources: Object.fromEntries(told) };
}

/** The time a task has to end was a text; the usual time holds. @param body  of a registration. */
export function withoutOldFields(body: unknown): unknown {
  if (!isJsonObject(body) || !isJsonObject(body['Job'])) return body;
  const job = body['Job'];
  const groups = eachOf(job['TaskGroups'], (group) => ({ ...group, Tasks: eachOf(group['Tasks'], withoutKillText) }));
  return { ...body, Job: { ...job, TaskGroups: groups } };
}

const withoutKillText = (task: JsonObject): JsonObject =>
  typeof task['KillTimeout'] === 'string' ? { ...task, KillTimeout: null } : task;

/** What is no list of objects is left to whoever reads it. */
const eachOf = (list: unknown, change: (one: JsonObject) => JsonObject): unknown =>
  Array.isArray(list) ? list.map((one) => (isJsonObject(one) ? change(one) : one)) : list;
