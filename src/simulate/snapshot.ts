/** A simulated cluster as Nomad's scheduler sees it: jobs are new, nothing was deployed before. */
import type { Node } from '../nomad/node-types.ts';
import type { Job } from '../nomad/types.ts';
import type { Allocation } from '../nomad-server/allocation.ts';
import type { Snapshot } from '../nomad-server/scheduler/plan.ts';
import type { SchedulerConfiguration, Usage } from '../nomad-server/state.ts';
import { noUsage } from '../nomad-server/state.ts';
import { defaultSchedulerConfiguration } from '../nomad-server/state-store.ts';

export type Algorithm = 'binpack' | 'spread';

/** What the scheduler asks of the cluster. */
export interface Standing {
  readonly algorithm: Algorithm;
  readonly nodes: readonly Node[];
  /** The nodes that are still looked at. */
  readonly open: readonly Node[];
  /** Where in the columns a node stands. */
  placeOf(nodeId: string): number | undefined;
  usage(place: number): Usage;
  allocationsOfNode(nodeId: string): Iterable<Allocation>;
  allocationsOfJob(job: Pick<Job, 'Namespace' | 'ID'>): Iterable<Allocation>;
}

/** @param nodes  those that take allocations. */
export function snapshotOf(cluster: Standing, nodes: 'nodes' | 'open'): Snapshot {
  return {
    index: 1,
    schedulerConfiguration: configurationFor(cluster.algorithm),
    job: () => undefined,
    nodes: () => cluster[nodes],
    node(id) {
      const at = cluster.placeOf(id);
      return at === undefined ? undefined : cluster.nodes[at];
    },
    get nodesIndex() {
      return cluster.nodes.length + (cluster.nodes.length - cluster.open.length); // closing counts as a change, too
    },
    allocation: () => undefined,
    allocationsOfJob: (Namespace, ID) => cluster.allocationsOfJob({ Namespace, ID }),
    allocationsOfNode: (id) => cluster.allocationsOfNode(id),
    usage(id) {
      const at = cluster.placeOf(id);
      return at === undefined ? noUsage : cluster.usage(at);
    },
    latestDeployment: () => undefined,
  };
}

/** Nobody has to make way: what is there stays. */
const configurationFor = (algorithm: string): SchedulerConfiguration => ({
  ...defaultSchedulerConfiguration,
  SchedulerAlgorithm: algorithm,
  PreemptionConfig: { ...defaultSchedulerConfiguration.PreemptionConfig, SystemSchedulerEnabled: false },
});
