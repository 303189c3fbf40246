/** What the project may still create, asked before the first server is. */
import { AutoscalerError } from 'nomad-autoscaler/sdk';
import type { Flavor, Room } from './cloud.ts';
import type { Work } from './work.ts';

/** How many of the wanted servers there is room for; and what to say when these are not all. */
export interface Fit {
  readonly servers: number;
  readonly shortage: AutoscalerError | undefined;
}

/** Not knowing is no reason to stop: Nova itself has the last word. */
export async function fitOf(work: Work, flavorId: string, wanted: number, signal: AbortSignal): Promise<Fit> {
  const { cloud, lookups, parts } = work;
  try {
    const [room, flavors] = await Promise.all([cloud.room(signal), lookups.flavors(signal)]);
    return fit(
      room,
      flavors.find(({ id }) => id === flavorId),
      wanted,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    parts.log.warn('failed to read what the project may still create', { error });
    return { servers: wanted, shortage: undefined };
  }
}

/** Pure. @param flavor  undefined when nobody knows it: then only the number of servers counts. */
export function fit(room: Room, flavor: Flavor | undefined, wanted: number): Fit {
  const most = [
    room.servers,
    flavor?.cores ? room.cores / flavor.cores : Number.POSITIVE_INFINITY,
    flavor?.ramMb ? room.ramMb / flavor.ramMb : Number.POSITIVE_INFINITY,
  ];
  const servers = Math.max(0, Math.min(wanted, ...most.map(Math.floor)));
  if (servers === wanted) return { servers, shortage: undefined };
  const left = `left: ${room.servers} servers, ${room.cores} cores, ${room.ramMb} MB of memory`;
  const why = `failed to create server: the project's quota has room for ${servers} of ${wanted} servers (${left})`;
  return { servers, shortage: new AutoscalerError('quota_exceeded', why, { blame: 'usage', retryable: true }) };
}
