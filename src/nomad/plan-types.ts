/** Nomad's JSON of dry runs and of what changes between two versions of a job. See `types.ts`. */
import type { AllocationMetric } from './allocation-types.ts';
import type { Evaluation, PlanAnnotations } from './evaluation-types.ts';
import type { TimeText } from './types.ts';

export type DiffType = 'None' | 'Added' | 'Deleted' | 'Edited';

/** Values as text: durations are nanoseconds, nothing is ''. */
export interface FieldDiff {
  readonly Type: DiffType;
  readonly Name: string;
  readonly Old: string;
  readonly New: string;
  readonly Annotations: readonly string[] | null;
}

export interface ObjectDiff {
  readonly Type: DiffType;
  readonly Name: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
}

export interface TaskDiff extends ObjectDiff {
  readonly Annotations: readonly string[] | null;
}

export interface TaskGroupDiff extends ObjectDiff {
  readonly Tasks: readonly TaskDiff[] | null;
  /** Allocations by what happens to them: `create`, `destroy`, `in-place update` and so on. Only in dry runs. */
  readonly Updates: Readonly<Record<string, number>> | null;
}

export interface JobDiff {
  readonly Type: DiffType;
  readonly ID: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
  readonly TaskGroups: readonly TaskGroupDiff[] | null;
}

/** What a dry run answers. */
export interface JobPlan {
  readonly Annotations: PlanAnnotations;
  /** Those that the run would have made; they have no indexes. */
  readonly CreatedEvals: readonly Partial<Evaluation>[] | null;
  readonly Diff: JobDiff | null;
  readonly FailedTGAllocs: Readonly<Record<string, AllocationMetric>> | null;
  readonly Index: number;
  /** Of the stored job; 0 when there is none. */
  readonly JobModifyIndex: number;
  readonly NextPeriodicLaunch: TimeText | null;
  readonly Warnings: string;
}
