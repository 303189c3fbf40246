/** How a pool is. Source: spec os-nova.md §6. */
import { inContext, type Logger, type TargetStatus } from 'nomad-autoscaler/sdk';
import { areSettled, type ListedPool, listPool } from 'nomad-autoscaler/sdk/nodepool';
import { countServers, type PoolCount } from './count.ts';
import { whyNotJoined } from './joined.ts';
import { isDrainedFor } from './left-nodes.ts';
import { leftoversIn, needsMending } from './mend.ts';
import { inTime, serversOf, type Work } from './work.ts';

/**
 * @param mendLater  brings the pool in order while nobody waits for it.
 * @throws           `failed to run Nomad node readiness check` or `failed to count Nova servers`, with the cause.
 */
export function poolStatus(work: Work, mendLater: () => void, signal: AbortSignal): Promise<TargetStatus> {
  const { parts, settings } = work;
  return inTime(parts.clock, settings.statusTimeoutMs, signal, (within) => look(work, mendLater, within));
}

async function look(work: Work, mendLater: () => void, signal: AbortSignal): Promise<TargetStatus> {
  const { parts, settings, config, gate } = work;
  const isDrainedHere = gate.running?.isDraining; // no obstacle: the drain can be called off
  const pool = await listPool(parts, config, signal).catch((cause: unknown) => {
    throw inContext('failed to run Nomad node readiness check', cause);
  });
  const isSettled = areSettled(pool.members, config, parts.log, isDrainedHere);
  if (!isSettled && !areLeftDraining(work, pool)) return { ready: false, count: 0, meta: {} };
  const servers = await serversOf(work, signal);
  const count = countServers(servers, settings.ignoredStates);
  tellOdd(count, parts.log);
  if (!gate.isTaken && needsMending(work, leftoversIn(work, servers))) mendLater();
  const problem = whyNotJoined(work, count, pool);
  const draining = gate.running?.isDraining ? gate.running : undefined;
  return {
    ready: count.active === count.servers.length && isSettled,
    // What drains is on its way out: the load is on the others, and if that is too much the drain is called off.
    count: draining?.desired ?? count.servers.length,
    ...(draining && { desired: draining.desired }),
    ...(count.lastEventAt !== undefined && { lastEventAt: count.lastEventAt }),
    ...(problem !== undefined && { problem }),
    meta: {},
  };
}

/** Nodes that drain for nobody: an earlier process of this plugin began it. They are to be given back, not to be waited for. */
function areLeftDraining({ config, gate }: Work, { members }: ListedPool): boolean {
  if (gate.isTaken) return false;
  const areLeft = members.some((node) => node.Drain && isDrainedFor(node, config.poolName));
  if (areLeft) gate.isSwept = false;
  return areLeft;
}

/** Compat: the texts. */
function tellOdd({ ignored, unexpected }: PoolCount, log: Logger): void {
  for (const { id, status: state } of ignored) log.debug('Ignored server due to state', { id, state });
  for (const { id, status: state } of unexpected) log.warn('Detected server in unexpected status', { id, state });
}
