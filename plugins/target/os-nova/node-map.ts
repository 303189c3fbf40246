/** Which server a node is. Source: spec os-nova.md §8.1. */
import { usageError } from 'nomad-autoscaler/sdk';
import type { RemoteIdOf } from 'nomad-autoscaler/sdk/nodepool';
import type { Server } from './cloud.ts';

/** How nodes and servers find each other. */
export interface NodeMap {
  readonly remoteIdOf: RemoteIdOf;
  /** What a node of this server tells. */
  readonly keyOf: (server: Pick<Server, 'id' | 'name'>) => string;
  readonly isByName: boolean;
}

/** Where a node tells its server. */
export interface MapConfig {
  readonly nameAttribute: string;
  readonly idAttribute?: string | undefined;
}

const metaPrefix = 'meta.';

export function nodeMap({ nameAttribute, idAttribute }: MapConfig): NodeMap {
  const written = idAttribute ?? nameAttribute;
  const isMeta = written.startsWith(metaPrefix);
  const attribute = isMeta ? written.slice(metaPrefix.length) : written;
  return {
    remoteIdOf({ Attributes, Meta }) {
      const value = (isMeta ? Meta : Attributes)?.[attribute];
      if (!value) throw usageError('node_not_mapped', `attribute "${attribute}" not found`);
      return value;
    },
    keyOf: idAttribute === undefined ? ({ name }) => name : ({ id }) => id,
    isByName: idAttribute === undefined,
  };
}

/**
 * The servers by what their nodes tell.
 *
 * @param fixedName  that of the policy, which all its servers share.
 * @throws           `ambiguous_servers` (usage) where a name may mean several servers: nobody could say which one a node is.
 */
export function serversByKey(
  { keyOf, isByName }: NodeMap,
  servers: readonly Server[],
  fixedName: string | undefined,
): ReadonlyMap<string, Server> {
  if (isByName && fixedName !== undefined) {
    throw ambiguous(`all servers are named "${fixedName}" by the policy`);
  }
  const found = new Map<string, Server>();
  for (const server of servers) {
    const key = keyOf(server);
    if (found.has(key)) throw ambiguous(`several servers are named "${key}"`);
    found.set(key, server);
  }
  return found;
}

const ambiguous = (why: string) =>
  usageError(
    'ambiguous_servers',
    `${why}, so a node does not tell which server it is; set id_attribute in the target's plugin block, or name_prefix in the policy`,
  );
