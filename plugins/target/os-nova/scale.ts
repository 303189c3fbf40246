/** Brings a pool to a count. Source: spec os-nova.md §7. */
import { type Action, inContext, noOp, type Outcome, scaled } from 'nomad-autoscaler/sdk';
import { countServers, type PoolCount } from './count.ts';
import { leftoversIn, mend, needsMending } from './mend.ts';
import { scaleIn } from './scale-in.ts';
import { scaleOut } from './scale-out.ts';
import { inTime, serversOf, type Work } from './work.ts';

/** @throws what kept it from getting there. A dry run asks nothing of anybody. */
export async function scalePool(action: Action, work: Work, signal: AbortSignal): Promise<Outcome> {
  if (action.dryRun) return scaled;
  const { parts, settings, gate } = work;
  return inTime(parts.clock, settings.scaleTimeoutMs, signal, (within) =>
    gate.alone(async () => {
      try {
        return await scaleAlone(action.count, work, within);
      } finally {
        gate.running = undefined;
      }
    }, within),
  );
}

async function scaleAlone(desired: number, work: Work, signal: AbortSignal): Promise<Outcome> {
  const { parts, config } = work;
  const count = await countInOrder(work, signal);
  const total = count.servers.length;
  if (desired === total) {
    const fields = { pool_name: config.poolName, current_count: total, strategy_count: desired };
    parts.log.info('scaling not required', fields);
    return noOp(`pool ${config.poolName} has ${total} servers`);
  }
  try {
    if (desired > total) return await scaleOut(work, count, desired - total, signal);
    await scaleIn(work, count, total - desired, signal);
    return scaled;
  } catch (cause) {
    throw inContext('failed to perform scaling action', cause);
  }
}

/** What an earlier process left is mended first: it may be what the pool lacks or has too much. */
async function countInOrder(work: Work, signal: AbortSignal): Promise<PoolCount> {
  const { settings } = work;
  const servers = await serversOf(work, signal);
  if (!needsMending(work, leftoversIn(work, servers))) return countServers(servers, settings.ignoredStates);
  await mend(work, signal).catch((cause: unknown) => {
    throw inContext('failed to bring the pool in order', cause);
  });
  return countServers(await serversOf(work, signal), settings.ignoredStates);
}
