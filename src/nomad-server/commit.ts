/** What one write changed: listeners of the store get it. */
import type { Deployment, Evaluation } from '../nomad/evaluation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import type { Job } from '../nomad/types.ts';
import type { Allocation } from './allocation.ts';
import type { NodePool } from './state.ts';

/** A record before and after a write; undefined where it did not exist. */
export interface Change<Row> {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** Changes in order. */
export interface Commit {
  readonly index: number;
  readonly nowMs: number;
  readonly nodes: readonly Change<Node>[];
  readonly jobs: readonly Change<Job>[];
  readonly evaluations: readonly Change<Evaluation>[];
  readonly allocations: readonly Change<Allocation>[];
  readonly deployments: readonly Change<Deployment>[];
  readonly nodePools: readonly Change<NodePool>[];
  /** Nothing was written: this is what was kept from before, for those who take it up. */
  readonly isTakenUp?: true;
}
