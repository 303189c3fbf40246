/** Evaluations. Compat: spec nomad-api.md §9. */
import type { Evaluation, EvaluationStub } from '../../nomad/evaluation-types.ts';
import { jobKey } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { StateStore } from '../state-store.ts';
import { watchKey } from '../watch.ts';
import { answerAllocations } from './allocations-answer.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { deleteEvaluations } from './evaluations-delete.ts';
import type { ApiResponse } from './http.ts';
import { checkId, checkIdPrefix, creationToken, isListed, pageByCreation, pageOf, perPage } from './listing.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

export function evaluationRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/evaluations': (call) =>
        byMethod(call, { read: () => list(parts, call), remove: () => deleteEvaluations(parts, call) }),
      '/v1/evaluations/count': (call) => byMethod(call, { read: () => count(parts, call) }),
    },
    families: {
      '/v1/evaluation/': (call, rest) => {
        const [id = '', part] = rest.split('/');
        const isList = part === 'allocations';
        return byMethod(call, { read: () => (isList ? allocations(parts, call, id) : read(parts, call, id)) });
      },
    },
  };
}

function rowsFor(store: StateStore, call: Call): readonly Evaluation[] {
  const isWanted = isListed(call);
  return [...store.state.evaluations.values()].filter((one) => isWanted(one.Namespace, one.ID));
}

function list({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const status = call.query.get('status');
  const job = call.query.get('job');
  if (call.query.get('filter') && (status || job)) {
    throw new Refusal(400, 'Filter expression cannot be used with other filter parameters');
  }
  checkIdPrefix(call.prefix, 'eval');
  perPage(call);
  return answer(reader, call, {
    keys: ['evaluations'],
    index: () => store.state.evaluations.index,
    read: () => {
      const rows = rowsFor(store, call).filter(
        (one) => (!status || one.Status === status) && (!job || one.JobID === job),
      );
      const page = pageByCreation(call, rows);
      return { value: page.rows, nextToken: page.nextToken };
    },
  });
}

function count({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const index = () => store.state.evaluations.index;
  return answer(reader, call, {
    keys: ['evaluations'],
    index,
    read: () => {
      const { rows } = pageOf(call, { rows: rowsFor(store, call), token: creationToken });
      return { value: { Count: rows.length, Index: index(), KnownLeader: true, LastContact: 0, NextToken: '' } };
    },
  });
}

function read({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  checkId(id, 'failed to lookup eval: eval lookup failed: ');
  const withRelated = call.query.get('related') === 'true';
  return answer(reader, call, {
    keys: [watchKey.evaluation(id)],
    index: () => store.state.evaluations.get(id)?.ModifyIndex ?? store.state.evaluations.index,
    read: () => {
      const found = store.state.evaluations.get(id);
      if (found === undefined) return { missing: 'eval not found' };
      return { value: withRelated ? { ...found, RelatedEvals: relatedTo(store, found) } : found };
    },
  });
}

/** Everything that can be reached over next, previous and blocked evaluations. */
function relatedTo(store: StateStore, evaluation: Evaluation): readonly EvaluationStub[] {
  const seen = new Set([evaluation.ID]);
  const related: EvaluationStub[] = [];
  const open = [evaluation];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const id of [one.NextEval, one.PreviousEval, one.BlockedEval]) {
      const next = id === undefined || seen.has(id) ? undefined : store.state.evaluations.get(id);
      if (next === undefined) continue;
      seen.add(next.ID);
      related.push(evaluationStub(next));
      open.push(next);
    }
  }
  return related;
}

function evaluationStub(one: Evaluation): EvaluationStub {
  return {
    ...{ ID: one.ID, Namespace: one.Namespace, Priority: one.Priority, Type: one.Type, TriggeredBy: one.TriggeredBy },
    ...{ JobID: one.JobID, NodeID: one.NodeID ?? '', DeploymentID: one.DeploymentID ?? '', Status: one.Status },
    ...{ StatusDescription: one.StatusDescription ?? '', WaitUntil: one.WaitUntil ?? null },
    ...{ NextEval: one.NextEval ?? '', PreviousEval: one.PreviousEval ?? '', BlockedEval: one.BlockedEval ?? '' },
    ...{ CreateIndex: one.CreateIndex, ModifyIndex: one.ModifyIndex },
    ...{ CreateTime: one.CreateTime, ModifyTime: one.ModifyTime },
  };
}

function allocations(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { store } = parts;
  const rows = () => {
    const evaluation = store.state.evaluations.get(id);
    if (evaluation === undefined) return [];
    const ofJob = store.state.allocationsByJob.of(jobKey(evaluation.Namespace, evaluation.JobID));
    return [...ofJob.values()].filter((one) => one.EvalID === id);
  };
  return answerAllocations(parts, call, 'allocations', rows);
}
