/** Search by prefix and by name. Compat: spec nomad-api.md §11 (search). */
import type { Access } from '../acl-access.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import { type ContextName, contextNames, type Sees, searchByName, searchByPrefix, searchContexts } from '../search.ts';
import type { StateStore } from '../state-store.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply, readHeaders } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const leastFuzzyText = 2;

export function searchRoutes({ store }: ApiParts): Routes {
  return {
    exact: {
      '/v1/search': (call) => byMethod(call, { write: () => byPrefix(store, call) }),
      '/v1/search/fuzzy': (call) => byMethod(call, { write: () => byName(store, call) }),
    },
  };
}

function byPrefix(store: StateStore, call: Call): ApiResponse {
  const input = new Input(call.json());
  const wanted = allowed(call, contextsOf(input));
  return reply(store, call, wanted, searchByPrefix(store.state, wanted, input.text('Prefix'), seenBy(call)));
}

function byName(store: StateStore, call: Call): ApiResponse {
  const input = new Input(call.json());
  const text = input.text('Text');
  if (text.length < leastFuzzyText) {
    throw new Refusal(500, `fuzzy search query must be at least ${leastFuzzyText} characters, got ${text.length}`);
  }
  const wanted = allowed(call, contextsOf(input));
  return reply(store, call, wanted, searchByName(store.state, wanted, text, seenBy(call)));
}

function reply({ state }: StateStore, call: Call, wanted: readonly ContextName[], found: object): ApiResponse {
  const index = Math.max(...wanted.map((name) => searchContexts[name].index(state)));
  const value = { ...found, Index: index, KnownLeader: true, LastContact: 0, NextToken: '' };
  return jsonReply(value, call.isPretty, readHeaders(index));
}

function contextsOf(input: Input): readonly ContextName[] {
  const asked = input.text('Context');
  if (asked === 'all') return contextNames;
  const known = contextNames.find((one) => one === asked);
  if (known !== undefined) return [known];
  throw new Refusal(
    500,
    `context must be one of [${contextNames.join(' ')}] or 'all' for all contexts; got "${asked}"`,
  );
}

/** @throws  a refusal when none of them may be searched. */
function allowed({ access, namespace }: Call, wanted: readonly ContextName[]): readonly ContextName[] {
  const found = wanted.filter((one) => maySearch(access, one, namespace));
  if (found.length === 0) throw new Refusal(403, 'Permission denied');
  return found;
}

function maySearch(access: Access, context: ContextName, namespace: string): boolean {
  switch (context) {
    case 'nodes':
      return access.node('read');
    case 'node_pools':
      return access.node('read');
    case 'namespaces':
      return access.isManagement || access.seesNamespace('*');
    case 'vars':
      return access.variable(namespace, '*', 'list');
    case 'plugins':
    case 'volumes':
    case 'host_volumes':
      return access.namespace(namespace, 'csi-list-volume', 'read-job');
    default:
      return access.namespace(namespace, 'read-job');
  }
}

/** What belongs to the namespace that was asked for, and may be seen. */
const seenBy =
  ({ namespace: asked, access }: Call): Sees =>
  (context, { id, namespace }) => {
    if (context === 'namespaces') return access.seesNamespace(id);
    if (context === 'node_pools') return access.nodePool(id, 'read');
    if (namespace === undefined) return true;
    if (asked !== '*' && asked !== namespace) return false;
    return context === 'vars' ? access.variable(namespace, id, 'list') : access.namespace(namespace, 'read-job');
  };
