/** The scaling policies of jobs, as Nomad keeps them. Source: spec nomad-api.md §6. */
import { type Answer, type NomadClient, segment } from './client.ts';
import type { ScalingPolicy, ScalingPolicyStub } from './types.ts';

/** Policies of all jobs in the client's namespace. @param index  makes it a blocking query; at least 1. */
export function listScalingPolicies(
  client: NomadClient,
  index: number | undefined,
  signal: AbortSignal,
): Promise<Answer<readonly ScalingPolicyStub[]>> {
  return client.list('/v1/scaling/policies', { long: true, ...(index === undefined ? {} : { index }) }, signal);
}

/**
 * @param namespace  the policy's own, for tokens that may not read all of them; the client's when left out.
 * @throws NomadError 404 `policy not found`.
 */
export async function readScalingPolicy(
  client: NomadClient,
  id: string,
  signal: AbortSignal,
  namespace?: string,
): Promise<ScalingPolicy> {
  const options = namespace === undefined ? {} : { namespace };
  return (await client.object<ScalingPolicy>(`/v1/scaling/policy/${segment(id)}`, options, signal)).value;
}
