/** How a pool is. Source: spec os-nova.md §6. */
import { inContext, type Logger, type TargetStatus } from 'nomad-autoscaler/sdk';
import { drainMarker, isPoolReady, listPool } from 'nomad-autoscaler/sdk/nodepool';
import { countServers, type PoolCount } from './count.ts';
import { whyNotJoined } from './joined.ts';
import { leftoversIn, needsMending } from './mend.ts';
import { inTime, type Work } from './work.ts';

/** Where the meta of a status says why no node of the pool is in Nomad. */
export const problemKey = 'nomad_autoscaler.target.os-nova.problem';

/**
 * @param mendLater  brings the pool in order while nobody waits for it.
 * @throws           `failed to run Nomad node readiness check` or `failed to count Nova servers`, with the cause.
 */
export function poolStatus(work: Work, mendLater: () => void, signal: AbortSignal): Promise<TargetStatus> {
  const { parts, settings } = work;
  return inTime(parts.clock, settings.statusTimeoutMs, signal, (within) => look(work, mendLater, within));
}

async function look(work: Work, mendLater: () => void, signal: AbortSignal): Promise<TargetStatus> {
  const { cloud, parts, settings, gate, tag } = work;
  if (!(await areNodesSettled(work, signal))) return { ready: false, count: 0, meta: {} };
  const servers = await cloud.servers(tag, signal).catch((cause: unknown) => {
    throw inContext('failed to count Nova servers', cause);
  });
  const count = countServers(servers, settings.ignoredStates);
  tellOdd(count, parts.log);
  const left = leftoversIn(work, servers);
  if (!gate.isTaken && needsMending(work, left)) mendLater();
  const problem = await whyNotJoined(work, count, signal);
  // What this process drains is no obstacle: the drain can be called off. What another one left behind has to be given back.
  const draining = gate.running?.isDraining ? gate.running : undefined;
  return {
    ready: count.active === count.servers.length && (left.draining.length === 0 || draining !== undefined),
    count: count.servers.length,
    ...(draining && { desired: draining.desired }),
    ...(count.lastEventAt !== undefined && { lastEventAt: count.lastEventAt }),
    meta: problem === undefined ? {} : { [problemKey]: problem },
  };
}

/** Nodes that an earlier process of this plugin left draining do not count: they are to be given back. */
async function areNodesSettled({ parts, config, gate }: Work, signal: AbortSignal): Promise<boolean> {
  try {
    const asked = gate.running?.isDraining ? { ...config, nodeFilterIgnoreDrain: true } : config;
    if (await isPoolReady(parts, asked, signal)) return true;
    if (gate.running !== undefined) return false;
    const { members } = await listPool(parts, config, signal);
    return members.some(
      ({ Drain, LastDrain }) =>
        Drain &&
        LastDrain?.Meta?.['drained_by'] === drainMarker.drained_by &&
        LastDrain.Meta['pool'] === config.poolName,
    );
  } catch (cause) {
    throw inContext('failed to run Nomad node readiness check', cause);
  }
}

/** Compat: the texts. */
function tellOdd({ ignored, unexpected }: PoolCount, log: Logger): void {
  for (const { id, status: state } of ignored) log.debug('Ignored server due to state', { id, state });
  for (const { id, status: state } of unexpected) log.warn('Detected server in unexpected status', { id, state });
}
