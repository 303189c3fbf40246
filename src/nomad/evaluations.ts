/** Evaluations and deployments. Source: spec nomad-api.md §9. */
import { type Answer, type NomadClient, segment } from './client.ts';
import type { Deployment, Evaluation } from './evaluation-types.ts';

/** Oldest first. @param filter  Nomad's filter expression, such as `Status == "blocked"`. */
export function listEvaluations(
  client: NomadClient,
  filter: string | undefined,
  signal: AbortSignal,
): Promise<Answer<readonly Evaluation[]>> {
  return client.list('/v1/evaluations', { long: true, ...(filter === undefined ? {} : { query: { filter } }) }, signal);
}

/** @throws NomadError 404 `eval not found`. */
export async function readEvaluation(client: NomadClient, id: string, signal: AbortSignal): Promise<Evaluation> {
  return (await client.object<Evaluation>(`/v1/evaluation/${segment(id)}`, {}, signal)).value;
}

/** @throws NomadError 404 `deployment not found`. */
export async function readDeployment(client: NomadClient, id: string, signal: AbortSignal): Promise<Deployment> {
  return (await client.object<Deployment>(`/v1/deployment/${segment(id)}`, {}, signal)).value;
}
