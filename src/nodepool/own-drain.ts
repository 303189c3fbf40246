/** Telling the autoscaler's drains from an operator's. Pure. Source: spec cluster-scaling.md §8.2. */
import type { DrainMetadata } from '../nomad/node-types.ts';

/** In the meta of the last drain of every node that the autoscaler drains. Compat: upstream's key and value. */
export const drainMarker = { drained_by: 'nomad-autoscaler' } as const;

/** Whether the last drain of a node, over or not, is the autoscaler's. */
export const isOwnDrain = (lastDrain: DrainMetadata | null | undefined): boolean =>
  lastDrain?.Meta?.['drained_by'] === drainMarker.drained_by;
