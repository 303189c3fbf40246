/** Allocations: list, read, stop. Compat: spec nomad-api.md §8. */
import { evaluationOf } from '../evaluations.ts';
import { newId } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import { watchKey } from '../watch.ts';
import { allocationJson, allocationStub, singleAllocationJson } from './allocation-json.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply, textReply } from './http.ts';
import { checkId, checkIdPrefix, isListed, pageByCreation, perPage } from './listing.ts';
import { withOldNetworks } from './older-forms.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';
import { servicesOf } from './services.ts';

const lead = 'alloc lookup failed: ';

export function allocationRoutes(parts: ApiParts): Routes {
  return {
    exact: { '/v1/allocations': (call) => byMethod(call, { read: () => list(parts, call) }) },
    families: {
      '/v1/allocation/': (call, rest) => {
        const [id = '', action] = rest.split('/');
        if (action === undefined) return byMethod(call, { read: () => read(parts, call, id) });
        if (action === 'stop') return byMethod(call, { write: () => stop(parts, call, id) });
        if (action === 'services') return byMethod(call, { read: () => services(parts, call, id) });
        return textReply(404, 'resource not found');
      },
    },
  };
}

function list({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const { allocations } = store.state;
  const options = {
    resources: call.flag('resources'),
    taskStates: !call.query.has('task_states') || call.flag('task_states'),
  };
  checkIdPrefix(call.prefix, 'alloc');
  perPage(call);
  const isWanted = isListed(call);
  return answer(reader, call, {
    keys: ['allocations'],
    index: () => allocations.index,
    read: () => {
      const listed = [...allocations.values()].filter((one) => isWanted(one.Namespace, one.ID));
      const page = pageByCreation(call, listed, allocationJson);
      return { value: page.rows.map((one) => allocationStub(one, options)), nextToken: page.nextToken };
    },
  });
}

function read({ reader, store, identity }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  checkId(id, lead);
  return answer(reader, call, {
    keys: [watchKey.allocation(id)],
    index: () => store.allocation(id)?.ModifyIndex ?? store.state.allocations.index,
    read: () => {
      const found = store.allocation(id);
      if (found === undefined) return { missing: 'alloc not found' };
      const value = singleAllocationJson(found);
      return { value: identity.legacy ? withOldNetworks(value) : value };
    },
  });
}

function services(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  checkId(id, lead);
  return servicesOf(parts, call, id);
}

function stop({ store, world }: ApiParts, call: Call, id: string): ApiResponse {
  const noDelay = call.flag('no_shutdown_delay');
  const reschedule = call.flag('reschedule');
  checkId(id, lead);
  const allocation = store.allocation(id);
  if (allocation === undefined) throw new Refusal(404, 'allocation not found');
  const job = store.job(allocation.Namespace, allocation.JobID) ?? allocation.Job;
  const evaluation = evaluationOf(newId(world.random), job, {
    TriggeredBy: 'alloc-stop',
    JobModifyIndex: job.JobModifyIndex,
  });
  const index = store.transact(world.clock.now(), (tx) => {
    const wish = {
      ...allocation.DesiredTransition,
      Migrate: true,
      NoShutdownDelay: noDelay,
      Reschedule: reschedule,
    };
    tx.putAllocation({ ...allocation, DesiredTransition: wish }, 'server');
    tx.putEvaluation(evaluation);
    return tx.index;
  });
  return jsonReply({ EvalID: evaluation.ID, Index: index }, false, { 'X-Nomad-Index': String(index) });
}
