/** What registering a job would lead to: one run of the scheduler over the state as it would be. Writes nothing. */
import type { Evaluation } from '../nomad/evaluation-types.ts';
import type { JobPlan } from '../nomad/plan-types.ts';
import type { Job } from '../nomad/types.ts';
import { annotationsOf, blockedEvaluation, evaluationOf, isShort } from './evaluations.ts';
import { toNanoseconds } from './identity.ts';
import { annotate } from './job-diff/annotate.ts';
import { diffJobs } from './job-diff/diff.ts';
import { sameSpec } from './jobs.ts';
import { nextLaunch } from './periodic.ts';
import type { Context, Snapshot } from './scheduler/plan.ts';
import { schedule } from './scheduler/schedule.ts';

/** Index of a job that is not there yet. */
const imagined = 100;

/**
 * Compat: spec nomad-api.md J8.
 *
 * @param submitted  canonical and valid.
 * @param withDiff   also what would change in the job.
 */
export function dryRun(
  snapshot: Snapshot,
  submitted: Job,
  withDiff: boolean,
  context: Context,
): Omit<JobPlan, 'Warnings'> {
  const before = snapshot.job(submitted.Namespace, submitted.ID);
  const job = imaginedJob(submitted, before);
  const facts = {
    TriggeredBy: 'job-register',
    ...(before === undefined ? {} : { JobModifyIndex: job.JobModifyIndex }),
  };
  const evaluation = evaluationOf(context.newId(), job, facts);
  const decision = schedule(withJob(snapshot, job), evaluation, context);
  const isFailing = Object.keys(decision.failed).length > 0;
  const blocked = isShort(decision)
    ? [{ ...blockedEvaluation(context.newId(), evaluation, decision), FailedTGAllocs: decision.failed }]
    : [];
  const created = [...blocked, ...decision.followUps].map((one) => unstored(one, context.nowMs));
  const launch = job.Periodic?.Enabled ? nextLaunch(job.Periodic, context.nowMs) : undefined;
  return {
    Annotations: annotationsOf(decision),
    CreatedEvals: created.length === 0 ? null : created,
    Diff: withDiff ? annotate(diffJobs(before, submitted), decision.desired) : null,
    FailedTGAllocs: isFailing ? decision.failed : null,
    Index: before?.JobModifyIndex ?? 0,
    JobModifyIndex: before?.JobModifyIndex ?? 0,
    NextPeriodicLaunch: launch === undefined ? null : new Date(launch).toISOString().replace('.000Z', 'Z'),
  };
}

/** The job as it would be stored; the stored one when nothing in it changes. */
function imaginedJob(submitted: Job, before: Job | undefined): Job {
  if (before === undefined) {
    return { ...submitted, CreateIndex: imagined, ModifyIndex: imagined, JobModifyIndex: imagined };
  }
  if (sameSpec(submitted, before)) return before;
  const { CreateIndex, Status, Version, JobModifyIndex } = before;
  const index = JobModifyIndex + 1;
  return { ...submitted, CreateIndex, Status, Version: Version + 1, ModifyIndex: index, JobModifyIndex: index };
}

function withJob(snapshot: Snapshot, job: Job): Snapshot {
  return {
    ...{ index: snapshot.index, nodesIndex: snapshot.nodesIndex },
    schedulerConfiguration: snapshot.schedulerConfiguration,
    job: (namespace, id) => (namespace === job.Namespace && id === job.ID ? job : snapshot.job(namespace, id)),
    nodes: () => snapshot.nodes(),
    node: (id) => snapshot.node(id),
    allocation: (id) => snapshot.allocation(id),
    allocationsOfJob: (namespace, id) => snapshot.allocationsOfJob(namespace, id),
    allocationsOfNode: (id) => snapshot.allocationsOfNode(id),
    usage: (id) => snapshot.usage(id),
    latestDeployment: (namespace, id) => snapshot.latestDeployment(namespace, id),
  };
}

function unstored(evaluation: Evaluation, nowMs: number): Partial<Evaluation> {
  const { CreateIndex: _, ModifyIndex: __, ...rest } = evaluation;
  const time = toNanoseconds(nowMs);
  return { ...rest, CreateTime: time, ModifyTime: time };
}
