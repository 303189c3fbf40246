/** New evaluations, and which jobs a change of a node concerns. Compat: spec nomad-scheduler.md §3.1. */
import type { Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job } from '../nomad/types.ts';
import { isClientTerminal, isServerTerminal } from './allocation.ts';
import { allocationStub, plainStub } from './api/allocation-json.ts';
import { jobKey } from './identity.ts';
import { datacenterMatcher, isInPool } from './scheduler/feasible.ts';
import type { Decision } from './scheduler/plan.ts';
import type { StateStore } from './state-store.ts';

export type NewEvaluation = Partial<Evaluation> & Pick<Evaluation, 'TriggeredBy'>;

/** A pending evaluation of a job. */
export function evaluationOf(id: string, job: Job, facts: NewEvaluation): Evaluation {
  return {
    ID: id,
    ...{ Namespace: job.Namespace, Priority: job.Priority, Type: job.Type, JobID: job.ID, Status: 'pending' },
    ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
    ...facts,
  };
}

/** Whether something waits for room. */
export function isShort(decision: Decision): boolean {
  return Object.values(decision.queued).some((count) => count > 0);
}

/** The evaluation that waits for room for what `decision` could not place. */
export function blockedEvaluation(id: string, evaluation: Evaluation, decision: Decision): Evaluation {
  const { Namespace, Priority, Type, JobID, JobModifyIndex } = evaluation;
  return {
    ID: id,
    ...{ Namespace, Priority, Type, JobID, ...(JobModifyIndex === undefined ? {} : { JobModifyIndex }) },
    TriggeredBy: 'queued-allocs',
    Status: 'blocked',
    StatusDescription: 'created to place remaining allocations',
    PreviousEval: evaluation.ID,
    ...whyUnplaced(decision),
    ...(decision.blockedOn && { NodeID: decision.blockedOn.nodeId, FailedTGAllocs: decision.blockedOn.failed }),
    ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
  };
}

/** What an evaluation meant to do. */
export function annotationsOf(decision: Decision): NonNullable<Evaluation['PlanAnnotations']> {
  const preempted = decision.preempted.map((one) => ({ ...allocationStub(one, plainStub) }));
  return { DesiredTGUpdates: decision.desired, PreemptedAllocs: preempted.length === 0 ? null : preempted };
}

/** What an evaluation tells about placements that found no node. */
export function whyUnplaced(decision: Decision): Partial<Evaluation> {
  return {
    FailedTGAllocs: decision.failed,
    ...(decision.classEligibility === undefined ? {} : { ClassEligibility: decision.classEligibility }),
    ...(decision.escaped ? { EscapedComputedClass: true } : {}),
  };
}

/** Jobs with something alive on the node, and the system jobs that want to run there. */
export function jobsOfNode(store: StateStore, node: Node): readonly Job[] {
  const jobs = new Map<string, Job>();
  for (const one of store.allocationsOfNode(node.ID)) {
    const isOver = one.Job.Type === 'batch' ? isClientTerminal(one) : isServerTerminal(one) && isClientTerminal(one);
    if (!isOver) jobs.set(jobKey(one.Namespace, one.JobID), store.job(one.Namespace, one.JobID) ?? one.Job);
  }
  for (const job of store.systemJobs()) {
    if (job.Stop || !isInPool(node, job) || !datacenterMatcher(job.Datacenters)(node.Datacenter)) continue;
    jobs.set(jobKey(job.Namespace, job.ID), job);
  }
  return [...jobs.values()];
}
