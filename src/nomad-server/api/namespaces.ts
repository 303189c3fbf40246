/** Namespaces. Compat: spec nomad-api.md §11. */
import { errorList } from '../../lib/error.ts';
import { isTerminal } from '../allocation.ts';
import { blake2b, sortedPairs } from '../blake2b.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Namespace } from '../state.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { type ApiResponse, emptyReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const nameRule = /^[a-zA-Z0-9-]{1,128}$/;
const longestDescription = 256;

export function namespaceRoutes(parts: ApiParts): Routes {
  const { namespaces } = parts.store.state;
  return {
    exact: {
      '/v1/namespaces': (call) =>
        byMethod(call, {
          read: () => {
            const isShown = ({ Name }: Namespace) => Name.startsWith(call.prefix) && call.access.seesNamespace(Name);
            return answer(parts.reader, call, {
              keys: ['namespaces'],
              index: () => namespaces.index,
              read: () => ({ value: [...namespaces.sorted()].filter(isShown) }),
            });
          },
        }),
      '/v1/namespace': (call) => byMethod(call, { write: () => write(parts, call, undefined) }),
    },
    families: {
      '/v1/namespace/': (call, rest) => {
        const name = decodeURIComponent(rest);
        return byMethod(call, {
          read: () => read(parts, call, name),
          write: () => write(parts, call, name),
          remove: () => remove(parts, name),
        });
      },
    },
  };
}

function read({ reader, store }: ApiParts, call: Call, name: string): Promise<ApiResponse> {
  const { namespaces } = store.state;
  return answer(reader, call, {
    keys: ['namespaces'],
    index: () => namespaces.get(name)?.ModifyIndex ?? namespaces.index,
    read: () => {
      const value = namespaces.get(name);
      return value === undefined ? { missing: 'Namespace not found' } : { value };
    },
  });
}

function write({ store, world }: ApiParts, call: Call, path: string | undefined): ApiResponse {
  const input = new Input(call.json());
  const name = input.text('Name');
  if (path !== undefined && path !== name) throw new Refusal(400, 'Namespace name does not match request path');
  const problems: string[] = [];
  if (!nameRule.test(name)) problems.push(`invalid name "${name}". Must match regex ^[a-zA-Z0-9-]{1,128}$`);
  if (input.text('Description').length > longestDescription) {
    problems.push(`description longer than ${longestDescription}`);
  }
  if (problems.length > 0) throw new Refusal(500, `Invalid namespace "${name}": ${errorList(problems)}`);
  store.putNamespace(world.clock.now(), namespaceOf(input));
  return emptyReply(200, { 'X-Nomad-Index': String(store.state.namespaces.index) });
}

function namespaceOf(input: Input): Namespace {
  const capabilities = input.object('Capabilities');
  const written = {
    ...{ Name: input.text('Name'), Description: input.text('Description'), Quota: input.text('Quota') },
    Capabilities:
      capabilities === undefined
        ? null
        : {
            EnabledTaskDrivers: capabilities.texts('EnabledTaskDrivers'),
            DisabledTaskDrivers: capabilities.texts('DisabledTaskDrivers'),
            EnabledNetworkModes: capabilities.texts('EnabledNetworkModes'),
            DisabledNetworkModes: capabilities.texts('DisabledNetworkModes'),
          },
    Meta: input.strings('Meta'),
    ...{ NodePoolConfiguration: null, VaultConfiguration: null, ConsulConfiguration: null },
    ...{ OptionalExtraClaims: null, RequiredExtraClaims: null },
  };
  return { ...written, Hash: hashOf(written), CreateIndex: 0, ModifyIndex: 0 };
}

function hashOf({
  Name,
  Description,
  Quota,
  Capabilities,
  Meta,
}: Omit<Namespace, 'Hash' | 'CreateIndex' | 'ModifyIndex'>) {
  const capabilities = Object.values(Capabilities ?? {}).flatMap((one) => (Array.isArray(one) ? one.map(String) : []));
  return blake2b(Name, Description, Quota, ...capabilities, ...sortedPairs(Meta));
}

function remove({ store, world }: ApiParts, name: string): ApiResponse {
  if (name === 'default') throw new Refusal(500, 'can not delete default namespace');
  if (store.state.namespaces.get(name) === undefined) throw new Refusal(500, 'namespace not found');
  const problems: string[] = [];
  const where = 'in regions: [global]';
  for (const job of store.state.jobs.values()) {
    if (job.Namespace !== name || job.Status === 'dead') continue;
    problems.push(`namespace "${name}" has non-terminal jobs ${where}`);
    break;
  }
  for (const allocation of store.state.allocations.values()) {
    if (allocation.Namespace !== name || isTerminal(allocation)) continue;
    problems.push(`namespace "${name}" has non-terminal allocations ${where}`);
    break;
  }
  if (problems.length > 0) throw new Refusal(500, errorList(problems));
  store.deleteNamespace(world.clock.now(), name);
  return emptyReply(200, { 'X-Nomad-Index': String(store.state.namespaces.index) });
}
