/** What scaling a node pool in needs of the world around it. */
import type { World } from '../lib/world.ts';
import type { NomadClient } from '../nomad/client.ts';
import type { OwnNode } from './own-node.ts';

/** What scaling a pool needs of the world. */
export interface NodePoolParts extends Pick<World, 'clock' | 'random' | 'log'> {
  /** Held queries of it must not stand in each other's way: two for each of up to `drainsAtOnce` nodes. */
  readonly nomad: NomadClient;
  readonly ownNode: OwnNode;
}

/** Nodes that drain at the same time; further ones wait for their turn. */
export const drainsAtOnce = 10;

/** Reads of Nomad that are under way at the same time. */
export const readsAtOnce = 8;

/** One hiccup of Nomad does not end a scaling: reads are asked again. */
export const readRetries = { tries: 4, firstMs: 250, longestMs: 4_000 } as const;
