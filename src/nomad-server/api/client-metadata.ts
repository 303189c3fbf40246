/** Metadata of nodes, as their clients were given it and as it was changed since. Compat: spec nomad-api.md §8. */
import type { Node } from '../../nomad/node-types.ts';
import type { Strings } from '../../nomad/types.ts';
import { Input } from '../jobspec/input.ts';
import { computedClass } from '../node-record.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { nodeOf } from './client-lookup.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

type Changes = Readonly<Record<string, string | null>>;

interface Known {
  readonly initial: Strings;
  /** null takes a key away. */
  readonly changes: Changes;
}

export function clientMetadataRoutes(parts: ApiParts): Routes {
  const known = new Map<string, Known>();
  const knownOf = (node: Node): Known => known.get(node.ID) ?? { initial: node.Meta ?? {}, changes: {} };
  return {
    exact: {
      '/v1/client/metadata': (call) =>
        byMethod(call, {
          read: () => {
            const node = nodeOf(parts.store, call.query.get('node_id') ?? '');
            return reply(node, knownOf(node), call);
          },
          write: () => {
            const input = new Input(call.json());
            const node = nodeOf(parts.store, input.text('NodeID') || (call.query.get('node_id') ?? ''));
            const { initial, changes } = knownOf(node);
            const next = { initial, changes: { ...changes, ...changesIn(input) } };
            known.set(node.ID, next);
            const changed = { ...node, Meta: merged(next) };
            const after = { ...changed, ComputedClass: computedClass(changed) };
            parts.store.transact(parts.world.clock.now(), (tx) => tx.putNode(after));
            return reply(after, next, call);
          },
        }),
    },
  };
}

const reply = (node: Node, { initial, changes }: Known, call: Call): ApiResponse =>
  jsonReply({ Dynamic: changes, Meta: node.Meta, Static: initial }, call.isPretty);

function changesIn(input: Input): Changes {
  const entries = Object.entries(input.opaque('Meta') ?? {});
  if (entries.length === 0) throw new Refusal(400, 'missing required Meta object');
  return Object.fromEntries(entries.map(([key, value]) => [key, value === null ? null : String(value)]));
}

function merged({ initial, changes }: Known): Strings {
  const all = Object.entries({ ...initial, ...changes });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}
