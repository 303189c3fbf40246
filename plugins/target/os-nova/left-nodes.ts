/** Which nodes of a pool an earlier process took out of service, and did not give back. */
import { findMachines, isOwnDrain, listPool, type Machine } from 'nomad-autoscaler/sdk/nodepool';
import type { NodeListStub } from 'nomad-autoscaler/sdk/nomad';
import type { Server } from './cloud.ts';
import type { Work } from './work.ts';

/** The pool's nodes, as far as they had to be read. */
export interface PoolNodes {
  /** The node of a server. */
  readonly of: (server: Server) => Machine | undefined;
  /** Whether the server has a node that works, or may have one: nodes that do not tell their server may be anybody's. */
  readonly mayWork: (server: Server) => boolean;
  /** Taken out of service for this pool, and not put back by anybody. */
  readonly left: readonly Machine[];
}

const poolKey = 'pool';

/** What the last drain of a node says when it was one for this pool. */
export const drainMeta = (poolName: string): Readonly<Record<string, string>> => ({ [poolKey]: poolName });

/** Whether the last drain of a node, over or not, was one for this pool. */
export const isDrainedFor = ({ LastDrain }: Pick<NodeListStub, 'LastDrain'>, poolName: string): boolean =>
  isOwnDrain(LastDrain) && LastDrain?.Meta?.[poolKey] === poolName;

/**
 * @param all  reads every node of the pool; else only those that may have been left. Each costs a request.
 */
export async function readNodes(work: Work, all: boolean, signal: AbortSignal): Promise<PoolNodes> {
  const { parts, config, settings } = work;
  const mayBeLeft = (node: NodeListStub) =>
    isDrainedFor(node, config.poolName) && (node.Drain || node.SchedulingEligibility === 'ineligible');
  const { all: everywhere, members } = await listPool(parts, config, signal);
  const working = new Set(everywhere.filter(({ Status }) => Status !== 'down').map(({ Name }) => Name));
  const wanted = all ? members : members.filter(mayBeLeft);
  const { machines, unmapped } = await findMachines(parts, wanted, settings.nodes.remoteIdOf, signal);
  const byKey = new Map<string, Machine>(machines.map((machine) => [machine.remoteId, machine]));
  const areSomeUnknown = unmapped.some(({ node }) => node.Status !== 'down');
  return {
    of: (server) => byKey.get(settings.nodes.keyOf(server)),
    mayWork: (server) => {
      const node = byKey.get(settings.nodes.keyOf(server))?.node;
      return node === undefined ? areSomeUnknown || working.has(server.name) : node.Status !== 'down';
    },
    left: machines.filter(({ node, details }) => mayBeLeft(node) && (node.Drain || !wasTouchedSince(details))),
  };
}

const drained: ReadonlySet<string> = new Set([
  'Node drain strategy set',
  'Node drain strategy updated',
  'Node drain complete',
]);
const touched = /^Node marked as (?:in)?eligible for scheduling$/;

/** Whether somebody decided about the node after its drain: it is none of ours then. So it is if its events do not reach back. */
function wasTouchedSince({ Events }: { readonly Events: readonly { readonly Message: string }[] | null }): boolean {
  const last = (Events ?? []).findLast(({ Message }) => drained.has(Message) || touched.test(Message));
  return last === undefined || !drained.has(last.Message);
}
