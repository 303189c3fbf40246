/** Whom a request to a client is about. Compat: texts of spec nomad-api.md §8. */
import type { Node } from '../../nomad/node-types.ts';
import type { Allocation } from '../allocation.ts';
import { Refusal } from '../refusal.ts';
import type { StateStore } from '../state-store.ts';
import { checkId } from './listing.ts';

/** @throws a refusal when there is none. */
export function allocationOf(store: StateStore, id: string): Allocation {
  checkId(id, 'alloc lookup failed: ');
  const allocation = store.allocation(id);
  if (allocation === undefined) throw new Refusal(404, `Unknown allocation "${id}"`);
  return allocation;
}

/** @param id  '' asks the first node. @throws a refusal when there is none. */
export function nodeOf(store: StateStore, id: string): Node {
  const [first] = store.nodes();
  const node = id === '' ? first : store.node(id);
  if (node === undefined && id === '') throw new Refusal(400, 'No local Node and node_id not provided');
  if (node === undefined) throw new Refusal(404, `Unknown node ${id}`);
  return node;
}

/** @throws a refusal unless its client can be asked. */
export function reached(node: Node | undefined): Node {
  if (node === undefined || node.Status === 'down') throw new Refusal(404, 'No path to node');
  return node;
}
