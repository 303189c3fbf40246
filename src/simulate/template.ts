/** What a simulation is made of when nobody has it yet: nodes that are alike, and jobs that are no more than a size. */
import type { Node } from '../nomad/node-types.ts';
import type { Job, JobType } from '../nomad/types.ts';
import { canonicalJob } from '../nomad-server/jobspec/canonicalize.ts';
import { type NodeSpec, nodeRecord } from '../nomad-server/node-record.ts';
import { roomOf } from '../nomad-server/scheduler/rank.ts';

/** A node that could join: Nomad's usual one unless told otherwise. @param version  of Nomad. */
export function templateNode(spec: Omit<NodeSpec, 'name'>, version: string): Node {
  return nodeRecord('template', { ...spec, name: 'template' }, { httpAddress: '', version, nowMs: 0 });
}

/** What differs from a node that is the model of the template. */
export type TemplateChanges = Pick<
  NodeSpec,
  'cpuMhz' | 'memoryMb' | 'diskMb' | 'datacenter' | 'nodeClass' | 'nodePool' | 'attributes' | 'meta'
>;

/** A node like this one, empty and ready, with changes. */
export function templateLike(node: Node, changes: TemplateChanges): Node {
  const { cpuMhz, memoryMb, diskMb, datacenter, nodeClass, nodePool, attributes, meta } = changes;
  const has = node.NodeResources;
  const isOtherClass = [datacenter, nodeClass, nodePool, attributes, meta].some((one) => one !== undefined);
  return {
    ...node,
    ...{ Status: 'ready', SchedulingEligibility: 'eligible', Drain: false, DrainStrategy: null },
    Datacenter: datacenter ?? node.Datacenter,
    NodeClass: nodeClass ?? node.NodeClass,
    NodePool: nodePool ?? node.NodePool,
    Attributes: { ...node.Attributes, ...attributes },
    Meta: { ...node.Meta, ...meta },
    // Only whether two are equal counts.
    ComputedClass: isOtherClass ? 'template' : node.ComputedClass,
    NodeResources: has && {
      ...has,
      Cpu: { ...has.Cpu, CpuShares: cpuMhz ?? has.Cpu.CpuShares },
      Memory: { MemoryMB: memoryMb ?? has.Memory.MemoryMB },
      Disk: { DiskMB: diskMb ?? has.Disk.DiskMB },
    },
  };
}

/** The kind of node of which there are most, by class and size. */
export function mostCommon(nodes: readonly Node[]): Node | undefined {
  const counts = new Map<string, number>();
  let most: Node | undefined;
  let highest = 0;
  for (const node of nodes) {
    const { cpuMhz, memoryMb, diskMb } = roomOf(node);
    const kind = `${node.ComputedClass} ${cpuMhz} ${memoryMb} ${diskMb}`;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > highest) [most, highest] = [node, count];
  }
  return most;
}

/** Nodes like this one that differ in ID and name only. @param name  what their names begin with: `extra` for `extra-1`. */
export function copiesOf(template: Node, count: number, name: string): readonly Node[] {
  return Array.from({ length: count }, (_, at) => {
    const own = `${name}-${at + 1}`;
    return { ...template, ID: own, Name: own };
  });
}

/** What every allocation of a job asks for, and how many there are. */
export interface SizeAsk {
  readonly id: string;
  readonly type: JobType;
  readonly count: number;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly diskMb: number;
}

/** A job of one group `group` that is this size and runs wherever there is room. */
export function jobOfSize({ id, type, count, cpuMhz, memoryMb, diskMb }: SizeAsk): Job {
  const task = { Name: 'task', Driver: 'docker', Resources: { CPU: cpuMhz, MemoryMB: memoryMb } };
  const group = { Name: 'group', Count: count, EphemeralDisk: { SizeMB: diskMb }, Tasks: [task] };
  return canonicalJob({ ID: id, Type: type, TaskGroups: [group] }, { region: 'global', namespace: 'default' });
}
