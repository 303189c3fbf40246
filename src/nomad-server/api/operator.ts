/** The scheduler's settings, clearing up, and kinds of things that this server never has. Compat: spec nomad-api.md §11. */
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { SchedulerConfiguration } from '../state.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply, jsonReply, readHeaders } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Handler, type Routes } from './router.ts';

export function operatorRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/operator/scheduler/configuration': (call) =>
        byMethod(call, { read: () => readConfiguration(parts, call), write: () => writeConfiguration(parts, call) }),
      '/v1/system/gc': putOnly(() => parts.gc.force()),
      // Summaries are kept right with every write: there is nothing to mend.
      '/v1/system/reconcile/summaries': putOnly(() => undefined),
      '/v1/volumes': noneOfType,
      '/v1/plugins': noneOfType,
      '/': () => ({
        status: 307,
        headers: { 'Content-Type': 'text/html; charset=utf-8', Location: '/ui/' },
        body: '<a href="/ui/">Temporary Redirect</a>.\n\n',
      }),
    },
  };
}

/** Compat: without a type nothing is read, so there is no index to tell. */
function noneOfType(call: Call): ApiResponse | Promise<ApiResponse> {
  const headers = call.query.get('type') ? readHeaders(1) : {};
  return byMethod(call, { read: () => jsonReply([], call.isPretty, headers) });
}

function putOnly(act: () => void): Handler {
  return (call) => {
    if (call.method !== 'PUT') throw new Refusal(405, 'Invalid method');
    act();
    return emptyReply(200);
  };
}

function readConfiguration({ store }: ApiParts, call: Call): ApiResponse {
  const SchedulerConfig = store.schedulerConfiguration;
  const index = SchedulerConfig.ModifyIndex;
  const reply = { SchedulerConfig, Index: index, KnownLeader: true, LastContact: 0, NextToken: '' };
  return jsonReply(reply, call.isPretty, readHeaders(index));
}

function writeConfiguration({ store, world }: ApiParts, call: Call): ApiResponse {
  const configuration = configurationOf(call);
  const cas = call.query.get('cas');
  if (cas !== null && !/^\d+$/.test(cas)) {
    throw new Refusal(400, `Error parsing cas value: strconv.ParseUint: parsing "${cas}": invalid syntax`);
  }
  const { SchedulerAlgorithm: algorithm } = configuration;
  if (algorithm !== 'binpack' && algorithm !== 'spread')
    throw new Refusal(400, `invalid scheduler algorithm: ${algorithm}`);
  const isCurrent = cas === null || Number(cas) === store.schedulerConfiguration.ModifyIndex;
  if (isCurrent) store.putSchedulerConfiguration(world.clock.now(), configuration);
  const { index } = store;
  return jsonReply({ Updated: isCurrent, Index: index }, false, { 'X-Nomad-Index': String(index) });
}

/** What is left out becomes false or empty, even the preemption of system jobs. */
function configurationOf(call: Call): SchedulerConfiguration {
  const input = readBody(call);
  const preemption = input.object('PreemptionConfig');
  return {
    SchedulerAlgorithm: input.text('SchedulerAlgorithm') || 'binpack',
    PreemptionConfig: {
      SystemSchedulerEnabled: preemption?.flag('SystemSchedulerEnabled') ?? false,
      SysBatchSchedulerEnabled: preemption?.flag('SysBatchSchedulerEnabled') ?? false,
      BatchSchedulerEnabled: preemption?.flag('BatchSchedulerEnabled') ?? false,
      ServiceSchedulerEnabled: preemption?.flag('ServiceSchedulerEnabled') ?? false,
    },
    MemoryOversubscriptionEnabled: input.flag('MemoryOversubscriptionEnabled'),
    RejectJobRegistration: input.flag('RejectJobRegistration'),
    PauseEvalBroker: input.flag('PauseEvalBroker'),
    NodeLimitForFeasibilityChecks: input.number('NodeLimitForFeasibilityChecks'),
    ...{ CreateIndex: 0, ModifyIndex: 0 },
  };
}

function readBody(call: Call): Input {
  try {
    return new Input(call.json());
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(400, `Error parsing scheduler config: ${error.message}`);
    throw error;
  }
}
