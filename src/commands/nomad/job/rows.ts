/** Lists of jobs. */
import type { JobListStub } from '../../../nomad/scaling-types.ts';
import { timeOfNs } from '../text/times.ts';

/** @param withNamespace  for lists of several namespaces. */
export function jobRows(jobs: readonly JobListStub[], withNamespace = false): readonly (readonly string[])[] {
  const head = ['ID', ...(withNamespace ? ['Namespace'] : []), 'Type', 'Priority', 'Status', 'Submit Date'];
  const rows = jobs.map((job) => [
    job.ID,
    ...(withNamespace ? [job.Namespace] : []),
    typeText(job),
    String(job.Priority),
    statusText(job.Status, job.Stop),
    timeOfNs(job.SubmitTime),
  ]);
  return [head, ...rows];
}

/** `dead (stopped)` for a job that somebody stopped. */
export const statusText = (status: string, isStopped: boolean): string => (isStopped ? `${status} (stopped)` : status);

function typeText({ Type, Periodic, ParameterizedJob }: JobListStub): string {
  return `${Type}${Periodic ? '/periodic' : ''}${ParameterizedJob ? '/parameterized' : ''}`;
}
