/** Empties a node before its machine goes, and gives it back when the machine stays. Source: spec cluster-scaling.md §8, §11. */
import { DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { AutoscalerError, inContext } from '../lib/error.ts';
import { unlessRefused } from '../nomad/client.ts';
import type { Node } from '../nomad/node-types.ts';
import { drainNode, nodeAllocations, readNode, setNodeEligibility } from '../nomad/nodes.ts';
import type { Strings } from '../nomad/types.ts';
import { counts, isLive } from './capacity.ts';
import { drainMarker, isOwnDrain } from './own-drain.ts';
import { type NodePoolParts, reading } from './parts.ts';
import { watchDrain } from './watch-drain.ts';

/** How a node is drained. */
export interface DrainSpec {
  /** 0: no deadline; negative: everything stops at once. */
  readonly deadlineMs: number;
  readonly ignoreSystemJobs: boolean;
}

/** What a task may take to stop once the deadline has passed. */
const marginMs = 5 * 60_000;

/** What the last drain of a node is to say beside that it was ours, and what must hold once nothing new lands on it. */
export interface Closing {
  readonly meta: Strings;
  /** Throws when the drain is to go no further. */
  readonly check?: (signal: AbortSignal) => Promise<void>;
}

/**
 * Drains a node and waits until nothing runs on it any more.
 *
 * @throws `drain_failed`, `drain_canceled`, `drain_timeout` (remote, retryable), and what `check` throws: the node is left as
 *         it is then; give it back. An abort ends the waiting only.
 */
export async function drain(
  parts: NodePoolParts,
  node: string,
  spec: DrainSpec,
  { meta, check }: Closing,
  signal: AbortSignal,
): Promise<void> {
  const { nomad, clock, log } = parts;
  const { deadlineMs, ignoreSystemJobs } = spec;
  const deadline = deadlineMs * 1e6;
  log.info('triggering drain on node', { node_id: node, deadline });
  const { index } = await drainNode(
    nomad,
    {
      NodeID: node,
      DrainSpec: { Deadline: deadline, IgnoreSystemJobs: ignoreSystemJobs },
      MarkEligible: false,
      Meta: { ...meta, ...drainMarker },
    },
    signal,
  ).catch((cause: unknown) => {
    throw inContext('failed to drain node', cause);
  });
  await check?.(signal);
  const watch = (within: AbortSignal) => watchDrain(nomad, { node, index, ignoreSystemJobs }, log, within);
  try {
    await (deadlineMs === 0 ? watch(signal) : withDeadline(clock, Math.max(deadlineMs, 0) + marginMs, signal, watch));
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw stuck(node, cause);
  } finally {
    log.debug('node drain complete', { node_id: node });
  }
}

/** Compat: the text around the cause. */
function stuck(node: string, cause: unknown): Error {
  if (cause instanceof DeadlineExceeded) {
    const why = `node ${node} still runs allocations ${marginMs / 60_000} minutes after its drain deadline`;
    return new AutoscalerError('drain_timeout', why, { blame: 'remote', retryable: true });
  }
  return inContext('context done while monitoring node drain: received error while draining node', cause);
}

/**
 * Looks once more, just before the machine goes: the drain may have been canceled, the node put back into service, or
 * work may have landed on it.
 *
 * @returns why its machine must stay; undefined when it may go.
 */
export async function whyNotEmpty(
  parts: NodePoolParts,
  id: string,
  { ignoreSystemJobs }: DrainSpec,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { nomad } = parts;
  const node = await reading(parts, (within) => unlessRefused(404, readNode(nomad, id, {}, within)), signal);
  if (node === undefined) return undefined; // gone from Nomad: nothing can be placed on it
  const why = whyInService(node.value);
  if (why !== undefined) return why;
  const { value } = await reading(parts, (within) => nodeAllocations(nomad, id, {}, within), signal);
  const live = value.filter((one) => isLive(one) && counts(one, ignoreSystemJobs));
  return live.length === 0 ? undefined : `${live.length} allocations are on it`;
}

function whyInService({ Drain, SchedulingEligibility, LastDrain }: Node): string | undefined {
  if (Drain) return 'it drains again';
  if (SchedulingEligibility === 'eligible') return 'it was made eligible again';
  if (LastDrain?.Status === 'canceled') return 'its drain was canceled';
  return isOwnDrain(LastDrain) ? undefined : 'its last drain was not ours';
}

/**
 * Puts a node back into service: ends its drain, or makes it eligible if that is over. A node that Nomad does not know
 * any more needs nothing.
 *
 * @throws what Nomad refuses, after some tries: `failed to toggle eligibility on node …`.
 */
export async function giveBack(parts: NodePoolParts, id: string, signal: AbortSignal): Promise<void> {
  const { nomad, log } = parts;
  const giveBackOnce = async (within: AbortSignal) => {
    const node = await unlessRefused(404, readNode(nomad, id, {}, within));
    if (node === undefined) return;
    if (node.value.Drain) {
      await drainNode(nomad, { NodeID: id, DrainSpec: null, MarkEligible: true, Meta: { ...drainMarker } }, within);
    } else if (node.value.SchedulingEligibility !== 'eligible') {
      await setNodeEligibility(nomad, id, 'eligible', within);
    }
    log.info('successfully toggled node eligibility', { node_id: id });
  };
  try {
    await reading(parts, giveBackOnce, signal);
  } catch (cause) {
    throw inContext(`failed to toggle eligibility on node ${id}`, cause);
  }
}
