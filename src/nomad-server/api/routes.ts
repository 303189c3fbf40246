/** Everything that the HTTP API serves. */
import { aclRoutes } from './acl.ts';
import { agentRoutes } from './agent.ts';
import { allocationRoutes } from './allocations.ts';
import { clientRoutes } from './client.ts';
import { clientFileRoutes } from './client-fs.ts';
import { clientMetadataRoutes } from './client-metadata.ts';
import { clusterRoutes } from './cluster.ts';
import { deploymentRoutes } from './deployments.ts';
import { evaluationRoutes } from './evaluations.ts';
import { eventRoutes } from './event-stream.ts';
import { jobRoutes } from './jobs.ts';
import { metricsRoutes } from './metrics.ts';
import { namespaceRoutes } from './namespaces.ts';
import { nodePoolRoutes } from './node-pools.ts';
import { nodeRoutes } from './nodes.ts';
import { operatorRoutes } from './operator.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './router.ts';
import { scalingRoutes } from './scaling.ts';
import { searchRoutes } from './search.ts';
import { serviceRoutes } from './services.ts';
import { simulationRoutes } from './simulation.ts';
import { statusRoutes } from './status.ts';
import { variableRoutes } from './variables.ts';

export function routesOf(parts: ApiParts): readonly Routes[] {
  return [
    jobRoutes(parts),
    scalingRoutes(parts),
    nodeRoutes(parts),
    allocationRoutes(parts),
    serviceRoutes(parts),
    clientRoutes(parts),
    clientMetadataRoutes(parts),
    clientFileRoutes(parts),
    evaluationRoutes(parts),
    deploymentRoutes(parts),
    statusRoutes(parts),
    metricsRoutes(parts),
    namespaceRoutes(parts),
    nodePoolRoutes(parts),
    operatorRoutes(parts),
    variableRoutes(parts),
    searchRoutes(parts),
    eventRoutes(parts),
    agentRoutes(parts),
    clusterRoutes(parts),
    aclRoutes(parts),
    simulationRoutes(parts),
  ];
}
