/** What scaling a node pool in needs of the world around it. */
import { retry } from '../lib/retry.ts';
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

const retries = { tries: 4, firstMs: 250, longestMs: 4_000 } as const;

/** Asks Nomad for what may be asked again: one hiccup of it does not end a scaling. @throws the last failure, as it is. */
export function reading<T>(
  { clock, random }: Pick<NodePoolParts, 'clock' | 'random'>,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return retry({ clock, random }, retries, work, signal);
}
