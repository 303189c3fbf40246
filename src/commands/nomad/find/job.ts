/** Finds the job that somebody means by its ID or the beginning of it. */

import type { JobListStub } from '../../../nomad/scaling-types.ts';
import { type AnyCall, attempt, CommandFailure } from '../cli/command.ts';
import { jobRows } from '../job/rows.ts';
import { table } from '../text/columns.ts';

export interface JobKind {
  /** ` parameterized`, with its blank in front. */
  readonly word: string;
  fits(job: JobListStub): boolean;
}

const anyJob: JobKind = { word: '', fits: () => true };
export const parameterizedJob: JobKind = { word: ' parameterized', fits: (job) => job.ParameterizedJob };
export const periodicJob: JobKind = { word: ' periodic', fits: (job) => job.Periodic };

/** @throws CommandFailure when there is none, or more than one and none of exactly this name. */
export async function findJob(call: AnyCall, prefix: string, kind: JobKind = anyJob): Promise<JobListStub> {
  const query = { prefix, per_page: '20' };
  const listing = call.client.list<JobListStub>('/v1/jobs', { query }, call.signal);
  const found = (await attempt('Error querying jobs', listing)).value.filter(kind.fits);
  const [first, second] = found;
  if (first === undefined) throw new CommandFailure(`No${kind.word} job(s) with prefix or ID "${prefix}" found`);
  if (second === undefined) return first;
  const exact = found.find(({ ID }) => ID === prefix);
  if (exact !== undefined) return exact;
  throw new CommandFailure(`Prefix "${prefix}" matched multiple jobs\n\n${table(jobRows(found))}`);
}

/** The path of a job in the API, and the namespace it is asked in. */
export const jobPath = (job: JobListStub): string => `/v1/job/${encodeURIComponent(job.ID)}`;
