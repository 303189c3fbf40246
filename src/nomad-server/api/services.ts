/** Services that allocations offer: of all, by name, of one job, of one allocation. Compat: spec nomad-api.md A7. */
import type { Allocation } from '../allocation.ts';
import { jobKey } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import { registrationsOf, type ServiceRegistration } from '../services.ts';
import { watchKey } from '../watch.ts';
import { newest } from './allocations-answer.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import type { ApiResponse } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

export function serviceRoutes(parts: ApiParts): Routes {
  return {
    exact: { '/v1/services': (call) => byMethod(call, { read: () => list(parts, call) }) },
    families: { '/v1/service/': (call, name) => byMethod(call, { read: () => byName(parts, call, name) }) },
  };
}

/** What one allocation offers. */
export function servicesOf(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { reader, store } = parts;
  const rows = () => offeredBy(parts, store.allocation(id));
  return answer(reader, call, {
    keys: [watchKey.allocation(id)],
    index: () => (store.allocation(id) === undefined ? 0 : newest(rows(), 1)),
    read: () => (store.allocation(id) === undefined ? { missing: 'allocation not found' } : { value: rows() }),
  });
}

/** What the allocations of one job offer. */
export function servicesOfJob(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { reader, store } = parts;
  const rows = () => [...store.allocationsOfJob(call.namespace, id)].flatMap((one) => offeredBy(parts, one));
  return answer(reader, call, {
    keys: [watchKey.allocationsOfJob(jobKey(call.namespace, id))],
    index: () => newest(rows(), 1),
    read: () => ({ value: rows() }),
  });
}

function list(parts: ApiParts, call: Call): Promise<ApiResponse> {
  return answer(parts.reader, call, {
    keys: ['allocations'],
    index: () => newest(offered(parts, call.namespace), 1),
    read: () => ({ value: byNamespace(offered(parts, call.namespace)) }),
  });
}

function byName(parts: ApiParts, call: Call, name: string): Promise<ApiResponse> {
  if (name === '') throw new Refusal(404, 'resource not found');
  const all = () => offered(parts, call.namespace);
  return answer(parts.reader, call, {
    keys: ['allocations'],
    index: () => newest(all(), 1),
    read: () => ({ value: all().filter((one) => one.ServiceName === decodeURIComponent(name)) }),
  });
}

function offered(parts: ApiParts, namespace: string): readonly ServiceRegistration[] {
  const all = [...parts.store.state.allocations.values()].flatMap((one) => offeredBy(parts, one));
  return namespace === '*' ? all : all.filter((one) => one.Namespace === namespace);
}

function offeredBy({ store }: ApiParts, allocation: Allocation | undefined): readonly ServiceRegistration[] {
  if (allocation === undefined) return [];
  return registrationsOf(allocation, store.node(allocation.NodeID)?.Datacenter ?? '');
}

/** Each name once, with all tags that it goes by. */
function byNamespace(registrations: readonly ServiceRegistration[]) {
  const namespaces = new Map<string, Map<string, Set<string>>>();
  for (const { Namespace, ServiceName, Tags } of registrations) {
    const names = namespaces.get(Namespace) ?? new Map<string, Set<string>>();
    namespaces.set(Namespace, names);
    names.set(ServiceName, new Set([...(names.get(ServiceName) ?? []), ...Tags]));
  }
  return [...namespaces].map(([Namespace, names]) => ({
    Namespace,
    Services: [...names].map(([ServiceName, tags]) => ({ ServiceName, Tags: [...tags] })),
  }));
}
