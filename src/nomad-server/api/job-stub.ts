/** A row of the list of jobs. Compat: spec nomad-api.md §4.6. */
import type { JobListStub, JobSummary } from '../../nomad/scaling-types.ts';
import type { Job } from '../../nomad/types.ts';

export function jobStub(job: Job, summary: JobSummary | undefined, withMeta: boolean): JobListStub {
  return {
    ...{ ID: job.ID, ParentID: job.ParentID, Name: job.Name, Namespace: job.Namespace },
    ...{ Datacenters: job.Datacenters, NodePool: job.NodePool, Multiregion: job.Multiregion, Type: job.Type },
    ...{ Priority: job.Priority, Periodic: job.Periodic !== null },
    ParameterizedJob: job.ParameterizedJob !== null && !job.Dispatched,
    ...{ Stop: job.Stop, Status: job.Status, StatusDescription: job.StatusDescription, JobSummary: summary ?? null },
    ...{ CreateIndex: job.CreateIndex, ModifyIndex: job.ModifyIndex, JobModifyIndex: job.JobModifyIndex },
    SubmitTime: job.SubmitTime,
    ...(withMeta && job.Meta !== null ? { Meta: job.Meta } : {}),
  };
}
