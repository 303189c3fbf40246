/** What Nomad's clients do when they are asked: restarts, signals, clearing away. Compat: spec nomad-api.md §8. */
import { type Allocation, isTerminal } from '../allocation.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import { groupOf } from '../scheduler/ask.ts';
import type { Call } from './call.ts';
import { allocationOf } from './client-lookup.ts';
import { allocationStats, hostStats } from './client-stats.ts';
import { type ApiResponse, emptyReply, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

export function clientRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/client/stats': (call) => hostStats(parts, call),
      '/v1/client/gc': (call) => collect(parts, call),
    },
    families: {
      '/v1/client/allocation/': (call, rest) => {
        const [id = '', action] = rest.split('/');
        if (action === 'stats') return byMethod(call, { read: () => allocationStats(parts, call, id) });
        if (action === 'checks') return byMethod(call, { read: () => jsonReply(null, call.isPretty) });
        if (action === 'restart') return restart(parts, call, id);
        if (action === 'signal') return byMethod(call, { write: () => signal(parts, call, id) });
        if (action === 'gc') return collectAllocation(parts, id);
        return emptyReply(404);
      },
    },
  };
}

function collect({ store, clients }: ApiParts, call: Call): ApiResponse {
  const asked = call.query.get('node_id') ?? '';
  if (asked !== '' && store.node(asked) === undefined) throw new Refusal(500, `Unknown node ${asked}`);
  const [first] = store.nodes();
  for (const one of store.allocationsOfNode(asked === '' ? (first?.ID ?? '') : asked)) clients.collect(one);
  return emptyReply(200);
}

function collectAllocation({ store, clients }: ApiParts, id: string): ApiResponse {
  clients.collect(allocationOf(store, id));
  return emptyReply(200);
}

const isTaskOf = ({ Job, TaskGroup }: Allocation, name: string) =>
  groupOf(Job, TaskGroup)?.Tasks.some((task) => task.Name === name) ?? false;

/** Compat: any method will do, and a body is not needed. It answers once the tasks have ended. */
async function restart(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const input = new Input(call.request.body === '' ? {} : call.json());
  const allocation = allocationOf(parts.store, id);
  const name = input.text('TaskName');
  const isAll = input.flag('AllTasks');
  if (isAll && name !== '') throw new Refusal(500, 'task name cannot be set when restarting all tasks');
  if (isTerminal(allocation)) throw new Refusal(500, 'restart of an alloc that should not run');
  if (name !== '' && !isTaskOf(allocation, name)) {
    throw new Refusal(500, `Could not find task runner for task: ${name}`);
  }
  const whom = isAll ? 'all tasks' : name === '' ? 'running tasks' : 'task';
  await parts.clients.restart(allocation, (task) => name === '' || task === name, `User requested ${whom} to restart`);
  return jsonReply({ Index: 0 }, call.isPretty);
}

function signal(parts: ApiParts, call: Call, id: string): ApiResponse {
  const input = new Input(call.json());
  const allocation = allocationOf(parts.store, id);
  const name = input.text('Task');
  if (name !== '' && !isTaskOf(allocation, name)) throw new Refusal(500, 'Task not found');
  parts.clients.signal(allocation, (task) => name === '' || task === name, input.text('Signal'));
  return jsonReply({ Index: 0 }, call.isPretty);
}
