/** Deployments: list, read, allocations; what is decided about them is in `deployment-writes.ts`. Compat: spec nomad-api.md §9. */
import { jobKey } from '../identity.ts';
import { watchKey } from '../watch.ts';
import { answerAllocations } from './allocations-answer.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import { deploymentWrites } from './deployment-writes.ts';
import type { ApiResponse } from './http.ts';
import { checkId, checkIdPrefix, isListed, pageByCreation, perPage } from './listing.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

export function deploymentRoutes(parts: ApiParts): Routes {
  return {
    exact: { '/v1/deployments': (call) => byMethod(call, { read: () => list(parts, call) }) },
    families: {
      '/v1/deployment/': (call, id) => byMethod(call, { read: () => read(parts, call, id) }),
      '/v1/deployment/allocations/': (call, id) => byMethod(call, { read: () => allocations(parts, call, id) }),
      ...deploymentWrites(parts),
    },
  };
}

function list({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const { deployments } = store.state;
  checkIdPrefix(call.prefix, '');
  perPage(call);
  const isWanted = isListed(call);
  return answer(reader, call, {
    keys: ['deployments'],
    index: () => deployments.index,
    read: () => {
      const listed = [...deployments.values()].filter((one) => isWanted(one.Namespace, one.ID));
      const page = pageByCreation(call, listed);
      return { value: page.rows, nextToken: page.nextToken };
    },
  });
}

function read({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  checkId(id, 'deployment lookup failed: ');
  return answer(reader, call, {
    keys: [watchKey.deployment(id)],
    index: () => store.state.deployments.get(id)?.ModifyIndex ?? store.state.deployments.index,
    read: () => {
      const value = store.state.deployments.get(id);
      return value === undefined ? { missing: 'deployment not found' } : { value };
    },
  });
}

function allocations(parts: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const { store } = parts;
  const rows = () => {
    const deployment = store.state.deployments.get(id);
    if (deployment === undefined) return [];
    const ofJob = store.state.allocationsByJob.of(jobKey(deployment.Namespace, deployment.JobID));
    return [...ofJob.values()].filter((one) => one.DeploymentID === id);
  };
  return answerAllocations(parts, call, 'allocations', rows);
}
