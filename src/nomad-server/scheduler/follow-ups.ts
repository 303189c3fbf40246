/** Evaluations that run later: to try failures again, and to give up on clients that stay away. Spec nomad-scheduler.md §3.1, §7.2–7.3. */
import type { Evaluation } from '../../nomad/evaluation-types.ts';
import type { Job } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { toTimestamp } from '../identity.ts';
import type { Context } from './plan.ts';
import type { GroupResult } from './reconcile.ts';

/** Failures to try again within this time share one evaluation. */
const sharedWindowMs = 5000;

interface Running {
  readonly evaluation: Evaluation;
  readonly context: Context;
  readonly job: Job | undefined;
}

export interface FollowUps {
  readonly followUps: readonly Evaluation[];
  /** Allocations that change no further than that: they wait, became unknown, or came back. */
  readonly marked: readonly Allocation[];
}

/** @param updated  an allocation as the same plan updates it; undefined when it stops it. */
export function followUpsOf(
  running: Running,
  results: readonly GroupResult[],
  updated: (one: Allocation) => Allocation | undefined,
): FollowUps {
  const asUpdated = <T extends { readonly allocation: Allocation }>(waits: readonly T[]): readonly T[] =>
    waits.flatMap((one) => {
      const allocation = updated(one.allocation);
      return allocation === undefined ? [] : [{ ...one, allocation }];
    });
  const { nowMs } = running.context;
  const leaving = asUpdated(results.flatMap((result) => result.disconnecting));
  const later = asUpdated(results.flatMap((result) => result.later));
  const away = shared(
    running,
    'max-disconnect-timeout',
    'created for delayed disconnect timeout',
    leaving.map(({ allocation, lostAtMs }) => ({ allocation, atMs: lostAtMs })),
  );
  const retries = leaving.flatMap(({ allocation, retryAtMs }) =>
    retryAtMs === undefined ? [] : [{ allocation, atMs: retryAtMs }],
  );
  const again = shared(running, 'alloc-reschedule', 'created for delayed rescheduling', [...later, ...retries]);
  const evaluationOf = new Map([...away.evaluationOf, ...again.evaluationOf]);
  const unknown = new Set(leaving.map(({ allocation }) => allocation.ID));
  const waiting = [...later, ...leaving].map(({ allocation }) => ({
    ...(unknown.has(allocation.ID) ? becomeUnknown(allocation, nowMs) : allocation),
    FollowupEvalID: evaluationOf.get(allocation.ID) ?? '',
  }));
  const back = results
    .flatMap((result) => result.reconnected.flatMap((one) => updated(one) ?? []))
    .map((one) => backAgain(one, nowMs));
  return { followUps: [...again.evaluations, ...away.evaluations], marked: [...waiting, ...back] };
}

function shared(
  { evaluation, context, job }: Running,
  trigger: string,
  description: string,
  waits: readonly { readonly allocation: Allocation; readonly atMs: number }[],
) {
  const evaluations: Evaluation[] = [];
  const evaluationOf = new Map<string, string>();
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { allocation, atMs } of waits.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs > untilMs) {
      untilMs = atMs + sharedWindowMs;
      evaluations.push({
        ID: context.newId(),
        Namespace: evaluation.Namespace,
        Priority: evaluation.Priority,
        Type: evaluation.Type,
        TriggeredBy: trigger,
        JobID: evaluation.JobID,
        JobModifyIndex: job?.JobModifyIndex ?? 0,
        Status: 'pending',
        StatusDescription: description,
        WaitUntil: toTimestamp(atMs),
        PreviousEval: evaluation.ID,
        ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
      });
    }
    evaluationOf.set(allocation.ID, evaluations.at(-1)?.ID ?? '');
  }
  return { evaluations, evaluationOf };
}

function becomeUnknown(allocation: Allocation, nowMs: number): Allocation {
  const state = { Field: 0, Value: 'unknown', Time: toTimestamp(nowMs) } as const;
  return {
    ...allocation,
    ClientStatus: 'unknown',
    ClientDescription: 'alloc is unknown since its node is disconnected',
    AllocStates: [...(allocation.AllocStates ?? []), state],
  };
}

function backAgain(allocation: Allocation, nowMs: number): Allocation {
  const { FollowupEvalID: _, ...rest } = allocation;
  const state = { Field: 0, Value: allocation.ClientStatus, Time: toTimestamp(nowMs) };
  return { ...rest, AllocStates: [...(allocation.AllocStates ?? []), state] };
}
