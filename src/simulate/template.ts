/** What a simulation is made of when nobody has it yet: nodes that are alike, and jobs that are no more than a size. */
import type { Node } from '../nomad/node-types.ts';
import type { Job, JobType } from '../nomad/types.ts';
import { canonicalJob } from '../nomad-server/jobspec/canonicalize.ts';
import { type NodeSpec, nodeRecord } from '../nomad-server/node-record.ts';

/** A node that could join: Nomad's usual one unless told otherwise. @param version  of Nomad. */
export function templateNode(spec: Omit<NodeSpec, 'name'>, version: string): Node {
  return nodeRecord('template', { ...spec, name: 'template' }, { httpAddress: '', version, nowMs: 0 });
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
