/** `distinct_property`: at most so many allocations where a node's property has one value. Spec nomad-scheduler.md §11, step 9. */
import type { Node } from '../../nomad/node-types.ts';
import type { Constraint, Job, TaskGroup } from '../../nomad/types.ts';
import { resolveTarget } from './constraint.ts';

/** A property of nodes by whose values allocations are counted. */
export interface CountedProperty {
  /** As the job names it: `${meta.rack}`. */
  readonly target: string;
  /** The group of which the allocations count; undefined for all of the job. */
  readonly group: string | undefined;
}

/** Counts by node. @param group  undefined for all of the job. */
export const countedByNode = (group: string | undefined): CountedProperty => ({ target: '${node.unique.id}', group });

export interface DistinctProperty extends CountedProperty {
  readonly most: number;
}

export function distinctPropertiesOf(job: Job, group: TaskGroup): readonly DistinctProperty[] {
  const read = (list: readonly Constraint[] | null, name: string | undefined) =>
    (list ?? [])
      .filter((one) => one.Operand === 'distinct_property')
      .map((one) => ({ target: one.LTarget, most: one.RTarget === '' ? 1 : Number(one.RTarget), group: name }));
  return [
    ...read(job.Constraints, undefined),
    ...read(group.Constraints, group.Name),
    ...group.Tasks.flatMap((task) => read(task.Constraints, group.Name)),
  ];
}

/** @returns why the node would make one too many, in the words of the metrics. */
export function whyNotDistinct(
  property: DistinctProperty,
  node: Node,
  counts: ReadonlyMap<string, number>,
): string | undefined {
  const value = resolveTarget(property.target, node);
  if (value === undefined) return `missing property "${property.target}"`;
  const used = counts.get(value) ?? 0;
  return used < property.most ? undefined : `distinct_property: ${property.target}=${value} used by ${used} allocs`;
}
