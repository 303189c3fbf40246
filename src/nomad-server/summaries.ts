/** The summaries of jobs: how many allocations of each group are where, and how many children. Compat: spec nomad-scheduler.md §2.5. */
import type { ClientStatus } from '../nomad/allocation-types.ts';
import type { JobSummary, TaskGroupSummary } from '../nomad/scaling-types.ts';
import type { Job, JobStatus } from '../nomad/types.ts';
import type { Placing } from './derive.ts';
import { jobKey } from './identity.ts';
import type { Table } from './table.ts';
import { watchKey } from './watch.ts';

/** Keeps them up to date within one write. */
export class Summaries {
  /** By `jobKey`. */
  readonly #table: Table<JobSummary>;
  readonly #index: number;
  readonly #touch: (...keys: readonly string[]) => void;

  /** @param touch  names what waiting readers look at. */
  constructor(table: Table<JobSummary>, index: number, touch: (...keys: readonly string[]) => void) {
    this.#table = table;
    this.#index = index;
    this.#touch = touch;
  }

  /** A new version of the job: all of its groups are counted. */
  putVersion(key: string, job: Job): void {
    const before = this.#table.get(key);
    const { ID: JobID, Namespace } = job;
    const made = { JobID, Namespace, Summary: {}, Children: noChildren, CreateIndex: this.#index };
    this.#put(key, { ...(before ?? made), Summary: summaryOfJob(job, before) });
  }

  /** What an evaluation could not place, by group. */
  queue(key: string, queued: Readonly<Record<string, number>>): void {
    this.#change(key, (summary) => withQueued(summary, queued));
  }

  /** Changes of the job's allocations. */
  count(key: string, job: Job, changes: readonly Placing[]): void {
    this.#change(key, (summary) => countAllocations(summary, job, changes));
  }

  /** A parent knows how many of its children are alive, and how many are not. */
  countChild(before: Job | undefined, after: Job | undefined): void {
    const child = after ?? before;
    if (child === undefined || child.ParentID === '' || before?.Status === after?.Status) return;
    const key = jobKey(child.Namespace, child.ParentID);
    const summary = this.#table.get(key);
    if (summary === undefined) return;
    this.#put(key, { ...summary, Children: countChild(summary.Children, before?.Status, after?.Status) });
  }

  #change(key: string, change: (summary: JobSummary['Summary']) => JobSummary['Summary']): void {
    const before = this.#table.get(key);
    if (before === undefined) return;
    const Summary = change(before.Summary);
    if (Summary !== before.Summary) this.#put(key, { ...before, Summary });
  }

  #put(key: string, summary: Omit<JobSummary, 'ModifyIndex'>): void {
    this.#table.put(this.#index, key, { ...summary, ModifyIndex: this.#index });
    this.#touch('job summaries', watchKey.job(key));
  }
}

const noChildren = { Pending: 0, Running: 0, Dead: 0 };

const emptyGroupSummary: TaskGroupSummary = {
  Queued: 0,
  Complete: 0,
  Failed: 0,
  Running: 0,
  Starting: 0,
  Lost: 0,
  Unknown: 0,
};

const counterOf: Readonly<Record<ClientStatus, keyof TaskGroupSummary>> = {
  pending: 'Starting',
  running: 'Running',
  complete: 'Complete',
  failed: 'Failed',
  lost: 'Lost',
  unknown: 'Unknown',
};

/** The summary with every group of the job; those of former versions stay. */
function summaryOfJob(job: Job, before: JobSummary | undefined): JobSummary['Summary'] {
  const groups: Record<string, TaskGroupSummary> = { ...before?.Summary };
  for (const group of job.TaskGroups) groups[group.Name] ??= emptyGroupSummary;
  return groups;
}

/**
 * Counts changes of a job's allocations. Finished ones stay counted: complete and failed only grow. One of a job that
 * was purged since counts for nothing, until the job that has its name takes it over.
 */
function countAllocations(
  summary: JobSummary['Summary'],
  job: Job,
  changes: readonly Placing[],
): JobSummary['Summary'] {
  return changes.reduce((sum, change) => countAllocation(sum, job, change), summary);
}

function countAllocation(
  summary: JobSummary['Summary'],
  job: Job,
  { before: former, after }: Placing,
): JobSummary['Summary'] {
  const before = former?.Job.CreateIndex === job.CreateIndex ? former : undefined;
  if (after.Job.CreateIndex !== job.CreateIndex || before?.ClientStatus === after.ClientStatus) return summary;
  const counts = { ...(summary[after.TaskGroup] ?? emptyGroupSummary) };
  counts[counterOf[after.ClientStatus]]++;
  if (before === undefined) counts.Queued = Math.max(counts.Queued - 1, 0);
  else if (before.ClientStatus !== 'complete' && before.ClientStatus !== 'failed') {
    const counter = counterOf[before.ClientStatus];
    counts[counter] = Math.max(counts[counter] - 1, 0);
  }
  return { ...summary, [after.TaskGroup]: counts };
}

/** The summary with what an evaluation could not place. @returns the same object when nothing differs. */
function withQueued(summary: JobSummary['Summary'], queued: Readonly<Record<string, number>>): JobSummary['Summary'] {
  let after = summary;
  for (const [group, count] of Object.entries(queued)) {
    const counts = after[group];
    if (counts !== undefined && counts.Queued !== count) after = { ...after, [group]: { ...counts, Queued: count } };
  }
  return after;
}

const childCount = { pending: 'Pending', running: 'Running', dead: 'Dead' } as const;

/** The counts of a parent after a child changed its status. The dead are counted on when they are cleared away. */
function countChild(
  children: JobSummary['Children'],
  before: JobStatus | undefined,
  after: JobStatus | undefined,
): JobSummary['Children'] {
  const counts = { ...(children ?? noChildren) };
  if (before !== undefined && !(before === 'dead' && after === undefined)) counts[childCount[before]]--;
  if (after !== undefined) counts[childCount[after]]++;
  return counts;
}
