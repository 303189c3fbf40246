/** Evaluations that wait for room. Source: spec nomad-api.md §9. */
import type { NomadClient } from './client.ts';
import type { Evaluation } from './evaluation-types.ts';

/** Of every namespace that the token may see. */
export async function blockedEvaluations(client: NomadClient, signal: AbortSignal): Promise<readonly Evaluation[]> {
  const options = { namespace: '*', query: { status: 'blocked' }, long: true };
  const { value } = await client.list<Evaluation>('/v1/evaluations', options, signal);
  // Older servers list all of them.
  return value.filter(({ Status }) => Status === 'blocked');
}
