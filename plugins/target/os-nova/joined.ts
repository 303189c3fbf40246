/** Notices a pool whose servers run and never show up in Nomad, or show up as nodes of something else. */
import { type ListedPool, poolOf, whyEmpty } from 'nomad-autoscaler/sdk/nodepool';
import type { PoolCount } from './count.ts';
import type { Work } from './work.ts';

/** So long after its creation a server should be a node. */
const joinsWithinMs = 5 * 60_000;

/**
 * Looked for only until a node of the pool was seen.
 *
 * @returns a sentence that names both what the policy asks for and what the nodes have; undefined when all is well.
 */
export function whyNotJoined(
  { parts, config, gate }: Work,
  count: PoolCount,
  { all, members }: ListedPool,
): string | undefined {
  if (count.servers.length === 0) gate.hasJoined = false;
  if (gate.hasJoined) return undefined;
  const now = parts.clock.now();
  const late = count.servers.filter(({ status, createdAt }) => status === 'ACTIVE' && now - createdAt > joinsWithinMs);
  if (late.length === 0) return undefined;
  gate.hasJoined = members.length > 0;
  if (gate.hasJoined) return undefined;
  const own = new Set(late.map(({ name }) => name));
  const strays = all.filter(({ Name }) => own.has(Name));
  const why = whyEmpty(strays.length > 0 ? strays : all, poolOf(config));
  const runs = late.length === 1 ? '1 server runs' : `${late.length} servers run`;
  const problem = `pool ${config.poolName}: ${runs} for more than ${joinsWithinMs / 60_000} minutes, and none is its node in Nomad: ${why}`;
  if (problem !== gate.toldProblem) parts.log.warn(problem);
  gate.toldProblem = problem;
  return problem;
}
