/** Copies of a periodic or parameterized job, each a job of its own. Compat: spec nomad-scheduler.md §17. */
import type { World } from '../lib/world.ts';
import type { Job } from '../nomad/types.ts';
import { evaluationOf } from './evaluations.ts';
import { newId, toNanoseconds } from './identity.ts';
import type { StateStore } from './state-store.ts';

export interface ChildWrite {
  readonly jobId: string;
  /** '' when the child was there already. */
  readonly evaluationId: string;
  readonly evaluationIndex: number;
  readonly jobCreateIndex: number;
  readonly index: number;
}

/** @param differences  what the child has instead of what its parent has. */
export function childOf(parent: Job, id: string, differences: Partial<Job>): Job {
  return {
    ...parent,
    ...{ ID: id, Name: id, ParentID: parent.ID, Status: 'pending' },
    ...{ Version: 0, Stable: false, VersionTag: null, CreateIndex: 0, ModifyIndex: 0, JobModifyIndex: 0 },
    ...differences,
  };
}

/** Stores a child and evaluates it, in one write. */
export function putChild({ random }: World, store: StateStore, child: Job, trigger: string, nowMs: number): ChildWrite {
  return store.transact(nowMs, (tx) => {
    tx.putJobVersion({ ...child, SubmitTime: toNanoseconds(nowMs) }, []);
    const facts = { TriggeredBy: trigger, JobModifyIndex: tx.index };
    const evaluation = evaluationOf(newId(random), child, facts);
    tx.putEvaluation(evaluation);
    const { index } = tx;
    return { jobId: child.ID, evaluationId: evaluation.ID, evaluationIndex: index, jobCreateIndex: index, index };
  });
}

export function childrenOf(store: StateStore, parent: Job): readonly Job[] {
  return [...store.state.jobs.values()].filter(
    (one) => one.ParentID === parent.ID && one.Namespace === parent.Namespace,
  );
}
