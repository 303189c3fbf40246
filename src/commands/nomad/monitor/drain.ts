/** Follows the drain of a node until it is done and the allocations have stopped. */
import { sleep } from '../../../lib/clock.ts';
import type { Allocation } from '../../../nomad/allocation-types.ts';
import type { Node } from '../../../nomad/node-types.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { timeText } from '../text/times.ts';

const failure = 'Error monitoring drain';
const pollMs = 100;

interface Seen {
  readonly clientStatus: string;
  readonly desiredStatus: string;
  readonly isMigrating: boolean;
}

/** @param since  the index of the node when its drain began; undefined to look at whatever goes on. */
export async function monitorDrain(call: AnyCall, id: string, since: number | undefined): Promise<void> {
  const say = (text: string) => call.out(`${timeText(call.clock.now())}: ${text}`);
  const seen = new Map<string, Seen>();
  let isDrained = false;
  for (let isFirst = true; ; isFirst = false) {
    const node = (await attempt(failure, call.client.object<Node>(`/v1/node/${id}`, {}, call.signal))).value;
    if (isFirst && since === undefined && node.DrainStrategy === null) {
      call.err('No drain strategy set');
      return;
    }
    const listing = call.client.list<Allocation>(
      `/v1/node/${id}/allocations`,
      { namespace: '*', long: true },
      call.signal,
    );
    const allocations = (await attempt(failure, listing)).value;
    for (const allocation of allocations) {
      for (const change of changes(seen.get(allocation.ID), allocation)) say(`Alloc "${allocation.ID}" ${change}`);
      seen.set(allocation.ID, seenOf(allocation));
    }
    if (node.DrainStrategy === null && !isDrained) {
      isDrained = true;
      say(`Drain complete for node ${id}`);
    }
    const isRunning = ({ ClientStatus }: Allocation) => ClientStatus === 'running' || ClientStatus === 'pending';
    if (isDrained && !allocations.some(isRunning)) {
      say(`All allocations on node "${id}" have stopped`);
      return;
    }
    await sleep(call.clock, pollMs, call.signal);
  }
}

const seenOf = (allocation: Allocation): Seen => ({
  clientStatus: allocation.ClientStatus,
  desiredStatus: allocation.DesiredStatus,
  isMigrating: allocation.DesiredTransition?.Migrate === true,
});

/** What is new of an allocation since it was last seen; nothing when it is seen for the first time as it should be. */
function changes(before: Seen | undefined, allocation: Allocation): readonly string[] {
  const now = seenOf(allocation);
  if (before === undefined) return now.isMigrating && now.clientStatus === 'running' ? ['marked for migration'] : [];
  const found: string[] = [];
  if (now.isMigrating && !before.isMigrating) found.push('marked for migration');
  if (now.desiredStatus !== before.desiredStatus && now.desiredStatus === 'stop') found.push('draining');
  if (now.clientStatus !== before.clientStatus) found.push(`status ${before.clientStatus} -> ${now.clientStatus}`);
  return found;
}
