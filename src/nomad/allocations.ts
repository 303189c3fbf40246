/** What allocations use. Source: spec nomad-api.md §8. */
import type { AllocResourceUsage } from './allocation-types.ts';
import { type NomadClient, segment } from './client.ts';

/**
 * What a running allocation uses now. Nomad asks the allocation's client for it.
 *
 * @throws NomadError 404 for an unknown allocation and for one whose client cannot be reached.
 */
export async function allocationStats(
  client: NomadClient,
  id: string,
  namespace: string,
  signal: AbortSignal,
): Promise<AllocResourceUsage> {
  const path = `/v1/client/allocation/${segment(id)}/stats`;
  return (await client.object<AllocResourceUsage>(path, { namespace }, signal)).value;
}
