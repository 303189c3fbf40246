/** What changes between two jobs, as `job plan` and `job history` show it. Source: spec nomad-api.md J8. */
import { isDeepStrictEqual } from 'node:util';
import type { JobDiff, ObjectDiff, TaskDiff, TaskGroupDiff } from '../../nomad/plan-types.ts';
import type { Job, Task, TaskGroup } from '../../nomad/types.ts';
import { byCode, compareFields, compareParts, isChange, orNull, typeOf } from './compare.ts';
import type { Piece } from './piece.ts';
import { groupPiece, jobPiece, taskPiece } from './views.ts';

/** @param before  undefined for a new job. */
export function diffJobs(before: Job | undefined, after: Job): JobDiff {
  const { Fields, Objects } = sides(before && jobPiece(before), jobPiece(after));
  const groups = byName(before?.TaskGroups ?? [], after.TaskGroups).map(([old, now]) => diffGroups(old, now));
  const isChanged = [...(Fields ?? []), ...(Objects ?? []), ...groups].some(isChange);
  return {
    Type: before === undefined ? 'Added' : isChanged ? 'Edited' : 'None',
    ID: after.ID,
    ...{ Fields, Objects, TaskGroups: orNull(groups) },
  };
}

function diffGroups(before: TaskGroup | undefined, after: TaskGroup | undefined): TaskGroupDiff {
  const tasks = byName(before?.Tasks ?? [], after?.Tasks ?? []).map(([old, now]) => diffTasks(old, now));
  return {
    ...named(before, after),
    ...sides(before && groupPiece(before), after && groupPiece(after)),
    ...{ Tasks: orNull(tasks), Updates: null },
  };
}

function diffTasks(before: Task | undefined, after: Task | undefined): TaskDiff {
  return {
    ...named(before, after),
    ...sides(before && taskPiece(before), after && taskPiece(after)),
    Annotations: null,
  };
}

/** A group or task is edited when anything in it is, shown or not. */
function named(before: { readonly Name: string } | undefined, after: { readonly Name: string } | undefined) {
  const type = isDeepStrictEqual(before, after) ? 'None' : typeOf(before, after);
  return { Type: type, Name: (after ?? before)?.Name ?? '' } as const;
}

function sides(before: Piece | undefined, after: Piece | undefined): Pick<ObjectDiff, 'Fields' | 'Objects'> {
  return {
    Fields: compareFields(before?.fields ?? [], after?.fields ?? [], false),
    Objects: compareParts(before?.parts ?? [], after?.parts ?? []),
  };
}

/** Pairs by name, in the order of the names. */
function byName<T extends { readonly Name: string }>(before: readonly T[], after: readonly T[]) {
  const names = [...new Set([...before, ...after].map((one) => one.Name))].sort(byCode);
  const find = (list: readonly T[], name: string) => list.find((one) => one.Name === name);
  return names.map((name) => [find(before, name), find(after, name)] as const);
}
