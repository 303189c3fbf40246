/** Which members of a pool count. Pure. Source: spec cluster-scaling.md §3.2. */
import type { NodeListStub } from '../nomad/node-types.ts';
import { isOwnDrain } from './own-drain.ts';
import { isMember, type Pool } from './pool.ts';

/** Which nodes are passed over instead of holding the whole pool up. */
export interface NodeFilter {
  readonly ignoreDrain: boolean;
  readonly ignoreInit: boolean;
  readonly ignoreIneligible: boolean;
  /** Of those that drain, pass over the ones that the autoscaler takes out: what they still do is about to be elsewhere. */
  readonly ignoreOwnDrain?: boolean;
}

/** Members that count; or why the pool is in motion, so that nobody can tell. */
export type Filtered =
  | { readonly ok: true; readonly nodes: readonly NodeListStub[] }
  | { readonly ok: false; readonly errors: readonly string[] };

const mostErrors = 10;

/**
 * Keeps the members that can take allocations, in the order given. A member that is initializing or draining makes the
 * whole pool unknown unless the filter says otherwise; all else that cannot take allocations is left out.
 *
 * A draining node that is down has nothing left to move, and does not hold up its pool (upstream: until Nomad forgets it).
 */
export function filterPool(nodes: readonly NodeListStub[], pool: Pool, filter: NodeFilter): Filtered {
  const errors: string[] = [];
  const kept: NodeListStub[] = [];
  for (const node of nodes) {
    if (errors.length === mostErrors) break;
    if (!isMember(node, pool)) continue;
    if (!node.Drain && node.Status === 'ready') {
      if (node.SchedulingEligibility === 'eligible' || filter.ignoreIneligible) kept.push(node);
    } else if (node.Status === 'initializing' && !filter.ignoreInit) errors.push(`node ${node.ID} is initializing`);
    else if (isMoving(node) && !isPassedOver(node, filter)) errors.push(`node ${node.ID} is draining`);
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, nodes: kept };
}

const isPassedOver = ({ LastDrain }: NodeListStub, { ignoreDrain, ignoreOwnDrain }: NodeFilter): boolean =>
  ignoreDrain || (ignoreOwnDrain === true && isOwnDrain(LastDrain));

const isMoving = (node: NodeListStub): boolean => node.Drain && node.Status !== 'down';
