/** More servers: several at a time, each whole or not at all. Source: spec os-nova.md §7. */
import { eachOf, noOp, type Outcome, scaled } from 'nomad-autoscaler/sdk';
import { zonesWithoutEffect } from './advice.ts';
import { isRefusal } from './back-off.ts';
import type { PoolCount } from './count.ts';
import { createServer, ServerInError } from './create.ts';
import { isOn, splitNames } from './lists.ts';
import { randomUuid } from './names.ts';
import { type CreationPlan, planCreation, serverOf } from './plan.ts';
import { fitOf } from './quota.ts';
import { together, type Work } from './work.ts';
import { distribute, otherZones, usableZones, type ZoneCounts } from './zones.ts';

/**
 * Creates servers. One that fails leaves nothing behind and does not keep others from being made, unless the cloud has no room.
 *
 * @returns a no-op while it is too early to ask a cloud again that had no room.
 * @throws  what went wrong, with everything that could be made in place.
 */
export async function scaleOut(work: Work, count: PoolCount, wanted: number, signal: AbortSignal): Promise<Outcome> {
  const { parts, config, gate } = work;
  const whyWait = gate.backOff.whyWait(parts.clock.now());
  if (whyWait !== undefined) return noOp(whyWait);
  const log = parts.log.with({ action: 'scale_out', pool_name: config.poolName, desired_count: wanted });
  log.debug('getting creation data from configuration');
  const plan = await planCreation(work, signal);
  const { servers, shortage } = await fitOf(work, plan.server.flavorId, wanted, signal);
  const zones = servers === 0 ? [] : await zonesOf(work, signal);
  const places = distribute(zones, count.zones, servers);
  const known = new Set(count.servers.map(({ id }) => id));
  const failures: unknown[] = [];
  let made = 0;
  const create = async (at: number) => {
    if (failures.some(isRefusal)) return;
    try {
      signal.throwIfAborted();
      await createSomewhere(work, plan, candidates(places[at], zones, count.zones), known, signal);
      made++;
    } catch (error) {
      failures.push(error);
    }
  };
  const indexes = Array.from({ length: servers }, (_, at) => at);
  const alone = gate.backOff.isCareful ? indexes.slice(0, 1) : [];
  await eachOf(alone, 1, create);
  await eachOf(indexes.slice(alone.length), config.serverParallelism, create);
  signal.throwIfAborted();
  if (shortage !== undefined) failures.push(shortage);
  gate.backOff.note(failures, made, parts.clock.now());
  if (failures.length > 0) throw together(`${made} of ${wanted} servers were created`, failures);
  log.info('successfully performed and verified scaling out');
  return scaled;
}

/** None unless the pool is to be spread: then Nova chooses. */
async function zonesOf({ cloud, config, parts }: Work, signal: AbortSignal): Promise<readonly string[]> {
  const listed = splitNames(config.availabilityZones, config.valueSeparator);
  if (!isOn(config.evenlySplitAzs)) {
    if (listed.length > 0) {
      parts.log.warn(zonesWithoutEffect, { pool_name: config.poolName });
    }
    return [];
  }
  try {
    const { usable, passedOver } = usableZones(listed, await cloud.zones(signal));
    if (passedOver.length > 0)
      parts.log.warn('zones are passed over because they are not available', { zones: passedOver });
    return usable.length > 0 ? usable : listed;
  } catch (error) {
    if (signal.aborted) throw error;
    parts.log.warn('failed to read which zones are available', { error });
    return listed;
  }
}

/** Where a server may go, best first. */
function candidates(
  place: string | undefined,
  zones: readonly string[],
  counts: ZoneCounts,
): readonly (string | undefined)[] {
  return place === undefined ? [undefined] : [place, ...otherZones(zones, counts, place)];
}

async function createSomewhere(
  work: Work,
  plan: CreationPlan,
  places: readonly (string | undefined)[],
  known: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  for (const [at, zone] of places.entries()) {
    const server = serverOf(plan, work, randomUuid(work.parts.random), zone);
    try {
      return await createServer(work, server, plan.extras, known, signal);
    } catch (error) {
      const hasOther = at < places.length - 1;
      if (!hasOther || !hasNoRoom(error) || signal.aborted) throw error;
      work.parts.log.warn('no room in the zone, another one is tried', { zone, error });
    }
  }
}

function hasNoRoom(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof ServerInError) return at.hasNoRoom;
  return false;
}
