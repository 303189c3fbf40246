/** What a change of a job does to its allocations, written into the diff. Source: spec nomad-api.md J8. */
import type { DesiredUpdates } from '../../nomad/evaluation-types.ts';
import type { FieldDiff, JobDiff, TaskDiff, TaskGroupDiff } from '../../nomad/plan-types.ts';
import { isChange, orNull } from './compare.ts';

export function annotate(diff: JobDiff, desired: Readonly<Record<string, DesiredUpdates>>): JobDiff {
  return { ...diff, TaskGroups: diff.TaskGroups?.map((group) => annotateGroup(group, desired[group.Name])) ?? null };
}

const updates = [
  ['Ignore', 'ignore'],
  ['Place', 'create'],
  ['Migrate', 'migrate'],
  ['Stop', 'destroy'],
  ['InPlaceUpdate', 'in-place update'],
  ['DestructiveUpdate', 'create/destroy update'],
  ['Canary', 'canary'],
] as const;

function annotateGroup(group: TaskGroupDiff, desired: DesiredUpdates | undefined): TaskGroupDiff {
  const counts = desired === undefined ? [] : updates.map(([key, name]) => [name, desired[key]] as const);
  const told = counts.filter(([, count]) => count > 0);
  return {
    ...group,
    Fields: group.Fields?.map(annotateCount) ?? null,
    Tasks: orNull((group.Tasks ?? []).map((task) => annotateTask(task, group))),
    Updates: told.length === 0 ? null : Object.fromEntries(told),
  };
}

function annotateCount(field: FieldDiff): FieldDiff {
  if (field.Name !== 'Count' || Number(field.Old) === Number(field.New)) return field;
  const isMore = Number(field.New) > Number(field.Old);
  return { ...field, Annotations: [isMore ? 'forces create' : 'forces destroy'] };
}

function annotateTask(task: TaskDiff, group: TaskGroupDiff): TaskDiff {
  if (task.Type === 'None') return task;
  if (group.Type === 'Added') return { ...task, Annotations: ['forces create'] };
  if (group.Type === 'Deleted') return { ...task, Annotations: ['forces destroy'] };
  const isInPlace = task.Type === 'Edited' && !replaces(task);
  return { ...task, Annotations: [isInPlace ? 'forces in-place update' : 'forces create/destroy update'] };
}

/** Changes of these leave the task as it runs. */
const fieldsInPlace = new Set(['KillTimeout']);
const objectsInPlace = new Set(['LogConfig', 'Service', 'Constraint', 'Affinity']);

function replaces({ Fields, Objects }: TaskDiff): boolean {
  return (
    (Fields ?? []).some((one) => isChange(one) && !fieldsInPlace.has(one.Name)) ||
    (Objects ?? []).some((one) => isChange(one) && !objectsInPlace.has(one.Name))
  );
}
