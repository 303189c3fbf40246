/** Variables and locks over HTTP. Compat: spec nomad-api.md §10. */
import { formatDuration, parseDuration } from '../../lib/duration.ts';
import { explain } from '../../lib/error.ts';
import { toMilliseconds } from '../identity.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Variable } from '../state.ts';
import { type Conflict, type LockWish, type VariableId, variableKey } from '../variables.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply, jsonReply } from './http.ts';
import { pageOf } from './listing.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const defaultMs = 15_000;
const lockOperations = ['lock-acquire', 'lock-renew', 'lock-release'] as const;

export function variableRoutes(parts: ApiParts): Routes {
  return {
    exact: {
      '/v1/vars': (call) => byMethod(call, { read: () => list(parts, call) }),
      '/v1/var': () => emptyReply(307, { Location: '/v1/var/' }),
    },
    families: { '/v1/var/': (call, rest) => oneVariable(parts, call, decodeURIComponent(rest)) },
  };
}

function list({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const { variables } = store.state;
  return answer(reader, call, {
    keys: ['variables'],
    index: () => Math.max(variables.index, 1),
    read: () => {
      const rows = [...variables.sorted()].filter(
        (one) =>
          (call.namespace === '*' || one.Namespace === call.namespace) &&
          one.Path.startsWith(call.prefix) &&
          call.access.variable(one.Namespace, one.Path, 'list'),
      );
      const token = (one: Variable) => `${one.Namespace}.${one.Path}`;
      const page = pageOf(call, { rows, token, subject: ({ Path, ...rest }) => rest });
      return { value: page.rows.map(metadataJson), nextToken: page.nextToken };
    },
  });
}

function oneVariable(parts: ApiParts, call: Call, path: string): ApiResponse | Promise<ApiResponse> {
  if (!['GET', 'PUT', 'POST', 'DELETE'].includes(call.method)) throw new Refusal(400, 'Invalid method');
  if (path === '') throw new Refusal(400, 'missing variable path');
  return byMethod(call, {
    read: () => read(parts, call, { namespace: call.namespace, path }),
    write: () => write(parts, call, path),
    remove: () => remove(parts, call, { namespace: call.namespace, path }),
  });
}

function read({ reader, store }: ApiParts, call: Call, id: VariableId): Promise<ApiResponse> {
  const { variables } = store.state;
  return answer(reader, call, {
    keys: ['variables'],
    index: () => variables.get(variableKey(id))?.ModifyIndex ?? variables.index,
    read: () => {
      const found = variables.get(variableKey(id));
      return found === undefined ? { missing: 'variable not found' } : { value: variableJson(found) };
    },
  });
}

function write({ variables }: ApiParts, call: Call, path: string): ApiResponse {
  const operations = lockOperations.filter((one) => call.query.has(one));
  if (operations.length > 1) throw new Refusal(400, 'multiple lock operations');
  if (operations.length > 0 && call.query.has('cas')) throw new Refusal(400, "CAS can't be used with lock operations");
  const cas = readCas(call);
  const input = new Input(call.json());
  const id = { namespace: input.text('Namespace') || call.namespace, path };
  const items = readItems(input);
  const lock = input.object('Lock');
  switch (operations[0]) {
    case 'lock-acquire':
      return lockReply(variables.acquire(id, items, lockWish(lock)), id, items);
    case 'lock-renew':
      return jsonReply(metadataJson(variables.renew(id, lock?.text('ID') ?? '')), false);
    case 'lock-release':
      return lockReply(variables.release(id, releasedLock(lock, items)), id, null);
    default:
      if (items === null || Object.keys(items).length === 0) {
        throw new Refusal(400, 'variable missing required Items object');
      }
      return reply(variables.put(id, items, lock && lockWish(lock), cas), id);
  }
}

function releasedLock(lock: Input | undefined, items: Readonly<Record<string, string>> | null): string {
  const index = { 'X-Nomad-Index': '0' };
  if (!lock?.text('ID')) throw new Refusal(400, 'RPC Error:: 400,missing lock information', index);
  if (items !== null)
    throw new Refusal(400, "RPC Error:: 400,lock release operation doesn't take variable items", index);
  return lock.text('ID');
}

function remove({ variables }: ApiParts, call: Call, id: VariableId): ApiResponse {
  const outcome = variables.delete(id, readCas(call));
  if ('conflict' in outcome) return conflictReply(outcome, id, true);
  return emptyReply(204, { 'X-Nomad-Index': String(outcome.index) });
}

function readCas(call: Call): number | undefined {
  const text = call.query.get('cas');
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Refusal(400, `can not parse cas: strconv.ParseUint: parsing "${text}": invalid syntax`);
}

function readItems(input: Input): Readonly<Record<string, string>> | null {
  const items = input.opaque('Items');
  for (const value of Object.values(items ?? {})) {
    if (typeof value === 'string') continue;
    const into = 'Go struct field VariableDecrypted.Items of type string';
    throw new Refusal(400, `json: cannot unmarshal ${typeof value} into ${into}`);
  }
  return input.strings('Items');
}

function lockWish(lock: Input | undefined): LockWish {
  return { id: lock?.text('ID') ?? '', ttlMs: readMs(lock, 'TTL'), delayMs: readMs(lock, 'LockDelay') };
}

/** Text, or nanoseconds. */
function readMs(lock: Input | undefined, name: string): number {
  const value = lock?.value(name);
  if (typeof value === 'number') return toMilliseconds(value) || defaultMs;
  if (typeof value !== 'string' || value === '') return defaultMs;
  try {
    return parseDuration(value) || defaultMs;
  } catch (error) {
    throw new Refusal(400, explain(error));
  }
}

/** Only the items that the request itself brought are told back; a conflict is told without an index. */
function lockReply(outcome: Variable | Conflict, id: VariableId, items: Variable['Items']): ApiResponse {
  return 'conflict' in outcome ? conflictReply(outcome, id, false) : reply({ ...outcome, Items: items }, id);
}

function reply(outcome: Variable | Conflict, id: VariableId): ApiResponse {
  if ('conflict' in outcome) return conflictReply(outcome, id, true);
  return jsonReply(variableJson(outcome), false, { 'X-Nomad-Index': String(outcome.ModifyIndex) });
}

function conflictReply({ conflict }: Conflict, { namespace, path }: VariableId, tellsIndex: boolean): ApiResponse {
  const nothing = { CreateIndex: 0, CreateTime: 0, ModifyIndex: 0, ModifyTime: 0, Namespace: namespace, Path: path };
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(tellsIndex ? { 'X-Nomad-Index': String(conflict?.ModifyIndex ?? 0) } : {}),
  };
  return { status: 409, headers, body: JSON.stringify(conflict === undefined ? nothing : variableJson(conflict)) };
}

function metadataJson({ Items, Lock, ...metadata }: Variable) {
  const lock = Lock && { ID: Lock.ID, TTL: formatDuration(Lock.ttlMs), LockDelay: formatDuration(Lock.delayMs) };
  return { ...metadata, ...(lock === null ? {} : { Lock: lock }) };
}

function variableJson(variable: Variable) {
  return { ...metadataJson(variable), ...(variable.Items === null ? {} : { Items: variable.Items }) };
}
