/** Nodes: the list, one node, its allocations, draining and purging. Source: spec nomad-api.md §7. */
import type { Allocation } from './allocation-types.ts';
import { type Answer, type NomadClient, segment } from './client.ts';
import type {
  Node,
  NodeDrainRequest,
  NodeDrainResponse,
  NodeEligibility,
  NodeEligibilityRequest,
  NodeListStub,
} from './node-types.ts';

export interface ReadOptions {
  /** Makes it a blocking query. */
  readonly index?: number;
  /** Any server may answer, not just the leader. */
  readonly stale?: boolean;
}

const pathOf = (id: string): string => `/v1/node/${segment(id)}`;
const optionsOf = ({ index, stale }: ReadOptions) => ({
  ...(index === undefined ? {} : { index }),
  ...(stale ? { query: { stale: '' } } : {}),
});

/** Every node, newest first. @param withResources  fills `NodeResources` and `ReservedResources`. */
export async function listNodes(
  client: NomadClient,
  withResources: boolean,
  signal: AbortSignal,
): Promise<readonly NodeListStub[]> {
  const options = { long: true, ...(withResources ? { query: { resources: 'true' } } : {}) };
  const { value } = await client.list<NodeListStub>('/v1/nodes', options, signal);
  return value.toSorted((one, other) => other.CreateIndex - one.CreateIndex);
}

/** @throws NomadError 404 `node not found`. */
export function readNode(
  client: NomadClient,
  id: string,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<Answer<Node>> {
  return client.object(pathOf(id), optionsOf(options), signal);
}

/** Allocations in full, ended ones too; none for an unknown node. */
export function nodeAllocations(
  client: NomadClient,
  id: string,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<Answer<readonly Allocation[]>> {
  return client.list(`${pathOf(id)}/allocations`, { ...optionsOf(options), long: true }, signal);
}

/** Starts a drain, changes it, or ends it (`DrainSpec` null). @returns with the index from which to watch it. */
export async function drainNode(
  client: NomadClient,
  request: NodeDrainRequest,
  signal: AbortSignal,
): Promise<Answer<NodeDrainResponse>> {
  const { value, index } = await client.write('PUT', `${pathOf(request.NodeID)}/drain`, request, {}, signal);
  return { value: value as NodeDrainResponse, index };
}

export async function setNodeEligibility(
  client: NomadClient,
  id: string,
  eligibility: NodeEligibility,
  signal: AbortSignal,
): Promise<void> {
  const request: NodeEligibilityRequest = { NodeID: id, Eligibility: eligibility };
  await client.write('PUT', `${pathOf(id)}/eligibility`, request, {}, signal);
}

/** Removes the node's record; its live allocations become lost. */
export async function purgeNode(client: NomadClient, id: string, signal: AbortSignal): Promise<void> {
  await client.write('PUT', `${pathOf(id)}/purge`, undefined, {}, signal);
}
