/** Deletes evaluations while nobody works on any. Compat: spec nomad-api.md §9 (E4). */
import type { Evaluation } from '../../nomad/evaluation-types.ts';
import { isTerminal } from '../allocation.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { StateStore } from '../state-store.ts';
import type { Call } from './call.ts';
import { compileFilter } from './filter.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';

export function deleteEvaluations({ store, world }: ApiParts, call: Call): ApiResponse {
  const input = new Input(call.json());
  const ids = input.texts('EvalIDs') ?? [];
  const filter = input.text('Filter');
  if ((ids.length === 0) === (filter === '')) {
    throw new Refusal(400, 'evals must be deleted by either ID or filter');
  }
  if (!store.schedulerConfiguration.PauseEvalBroker) {
    throw new Refusal(500, 'eval broker is enabled; eval broker must be paused to delete evals');
  }
  const doomed = filter === '' ? ids.map((id) => deletable(store, id)) : matching(store, filter);
  store.transact(world.clock.now(), (tx) => {
    for (const one of doomed) tx.deleteEvaluation(one);
  });
  const { index } = store;
  return jsonReply({ Count: doomed.length, Index: index }, call.isPretty, { 'X-Nomad-Index': String(index) });
}

function deletable(store: StateStore, id: string): Evaluation {
  const found = store.state.evaluations.get(id);
  if (found === undefined) throw new Refusal(500, 'eval not found');
  if (!isSafe(store, found)) throw new Refusal(500, `eval ${id} is not safe to delete`);
  return found;
}

function matching(store: StateStore, filter: string): readonly Evaluation[] {
  const matches = compileFilter(filter);
  return [...store.state.evaluations.values()].filter((one) => matches(one) && isSafe(store, one));
}

/** What failed and waits for its replacement still needs the evaluation that placed it. */
function isSafe(store: StateStore, evaluation: Evaluation): boolean {
  const job = store.job(evaluation.Namespace, evaluation.JobID);
  if (job === undefined || job.Stop || job.Status === 'dead') return true;
  for (const one of store.allocationsOfJob(evaluation.Namespace, evaluation.JobID)) {
    if (one.EvalID === evaluation.ID && isTerminal(one) && one.ClientStatus === 'failed' && !one.NextAllocation) {
      return false;
    }
  }
  return true;
}
