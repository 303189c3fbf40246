/**
 * Watches a node until its drain is over and nothing runs on it any more. Source: spec cluster-scaling.md §8.3; the
 * texts are upstream's.
 */
import { AutoscalerError } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import type { Allocation } from '../nomad/allocation-types.ts';
import { type NomadClient, unlessRefused } from '../nomad/client.ts';
import { nodeAllocations, readNode } from '../nomad/nodes.ts';
import { counts } from './capacity.ts';

/** What is watched, and from where on. */
export interface Watched {
  readonly node: string;
  /** Nomad's index after the drain began. */
  readonly index: number;
  readonly ignoreSystemJobs: boolean;
}

/** @throws `drain_canceled` (remote, retryable) when somebody ended the drain; what Nomad refuses. */
export async function watchDrain(
  nomad: NomadClient,
  watched: Watched,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const told = log.with({ node_id: watched.node });
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  try {
    await Promise.all([watchNode(nomad, watched, told, within), watchAllocations(nomad, watched, told, within)]);
  } finally {
    stop.abort(); // the other one, if one failed
  }
}

const message = 'received node drain message';

async function watchNode(nomad: NomadClient, { node, index }: Watched, log: Logger, signal: AbortSignal) {
  let seen = index;
  for (let wasDown = false; ; ) {
    const answer = await unlessRefused(404, readNode(nomad, node, { index: seen, stale: true }, signal));
    signal.throwIfAborted(); // a held query may end early with what is there
    if (answer === undefined) return log.warn(message, { msg: `Node "${node}" was removed from Nomad` });
    const { Status, DrainStrategy, LastDrain } = answer.value;
    if (Status === 'down' && !wasDown) log.warn(message, { msg: `Node "${node}" down` });
    wasDown = Status === 'down';
    if (LastDrain?.Status === 'canceled') throw canceled(node);
    if (DrainStrategy === null) return log.info(message, { msg: `Drain complete for node ${node}` });
    seen = next(seen, answer.index);
  }
}

async function watchAllocations(nomad: NomadClient, watched: Watched, log: Logger, signal: AbortSignal) {
  const { node, ignoreSystemJobs } = watched;
  const before = new Map<string, Allocation>();
  for (let seen: number | undefined; ; ) {
    const options = { stale: true, ...(seen === undefined ? {} : { index: seen }) };
    const { value, index } = await nodeAllocations(nomad, node, options, signal);
    signal.throwIfAborted();
    for (const one of value) {
      for (const msg of changes(before.get(one.ID), one)) log.debug(message, { msg });
      before.set(one.ID, one);
    }
    const left = value.some((one) => isOn(one) && counts(one, ignoreSystemJobs));
    if (!left) return log.info(message, { msg: `All allocations on node "${node}" have stopped` });
    seen = next(seen ?? 0, index);
  }
}

const isOn = ({ ClientStatus }: Allocation): boolean => ClientStatus === 'pending' || ClientStatus === 'running';

function changes(before: Allocation | undefined, now: Allocation): readonly string[] {
  if (before === undefined) return [];
  const name = `Alloc "${now.ID}"`;
  const isMarked = (one: Allocation) => one.DesiredTransition?.Migrate === true;
  return [
    ...(isMarked(now) && !isMarked(before) ? [`${name} marked for migration`] : []),
    ...(now.DesiredStatus === 'stop' && before.DesiredStatus === 'run' ? [`${name} draining`] : []),
    ...(now.ClientStatus === before.ClientStatus
      ? []
      : [`${name} status ${before.ClientStatus} -> ${now.ClientStatus}`]),
  ];
}

/** An index that went back means that Nomad's state was replaced: begin again. */
const next = (seen: number, index: number): number => (index < seen ? 1 : Math.max(index, 1));

function canceled(node: string): AutoscalerError {
  const facts = { blame: 'remote', retryable: true } as const;
  return new AutoscalerError('drain_canceled', `somebody canceled the drain of node ${node}`, facts);
}
