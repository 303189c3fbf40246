/** What a simulation found, as its JSON: names as Nomad has them. Pure. */
import type { AllocationMetric } from '../nomad/allocation-types.ts';
import type { Node } from '../nomad/node-types.ts';
import { roomOf } from '../nomad-server/scheduler/rank.ts';
import type { Cluster } from './cluster.ts';
import type { Extra } from './extra.ts';
import type { GroupResult, Mode } from './run.ts';

/** A finished simulation. */
export interface Finished {
  readonly mode: Mode;
  readonly seed: number;
  readonly elapsedMs: number;
  readonly cluster: Cluster;
  readonly results: readonly GroupResult[];
  readonly template: Node;
  readonly extra: Extra;
}

export interface Report {
  readonly Mode: Mode;
  readonly Seed: number;
  readonly Algorithm: string;
  readonly ElapsedMs: number;
  readonly Wanted: number;
  readonly Placed: number;
  readonly Unplaced: number;
  readonly Groups: readonly GroupReport[];
  readonly Nodes: readonly NodeReport[];
  readonly Template: Amount;
  /** The fewest nodes like the template with which all is placed that such nodes can take. */
  readonly ExtraNodes: number;
  /** What stays unplaced even so. */
  readonly Hopeless: readonly GroupReport[];
}

export interface GroupReport {
  readonly Namespace: string;
  readonly JobID: string;
  readonly TaskGroup: string;
  readonly Type: string;
  readonly Wanted: number;
  readonly Placed: number;
  readonly Unplaced: number;
  /** Why; as in the `FailedTGAllocs` of an evaluation. */
  readonly Failed: AllocationMetric | null;
  /** Allocations by the ID of their node, when asked for. */
  readonly Placements?: Readonly<Record<string, number>>;
}

export interface Amount {
  readonly CPU: number;
  readonly MemoryMB: number;
  readonly DiskMB: number;
}

export interface NodeReport {
  readonly ID: string;
  readonly Name: string;
  readonly NodeClass: string;
  readonly Allocations: number;
  readonly Used: Amount;
  /** Without what the node keeps for itself. */
  readonly Total: Amount;
}

export function reportOf(finished: Finished, withPlacements: boolean): Report {
  const { mode, seed, elapsedMs, cluster, results, template, extra } = finished;
  const sum = (amount: (one: GroupResult) => number) => results.reduce((total, one) => total + amount(one), 0);
  const [wanted, placed] = [sum((one) => one.wanted), sum((one) => one.placed)];
  return {
    ...{ Mode: mode, Seed: seed, Algorithm: cluster.algorithm, ElapsedMs: elapsedMs },
    ...{ Wanted: wanted, Placed: placed, Unplaced: wanted - placed },
    Groups: results.map((one) => ({
      ...groupReport(one),
      ...(withPlacements ? { Placements: placementsOf(cluster, one) } : {}),
    })),
    Nodes: cluster.nodes.map((node, at) => nodeReport(cluster, node, at)),
    Template: amountOf(roomOf(template)),
    ExtraNodes: extra.nodes,
    Hopeless: extra.unplaced.map(groupReport),
  };
}

const groupReport = ({ job, group, wanted, placed, failed }: GroupResult): GroupReport => ({
  ...{ Namespace: job.Namespace, JobID: job.ID, TaskGroup: group.Name, Type: job.Type },
  ...{ Wanted: wanted, Placed: placed, Unplaced: wanted - placed, Failed: failed ?? null },
});

function placementsOf({ nodes, placements }: Cluster, { from, to }: GroupResult): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let at = from; at < to; at++) {
    const id = nodes[placements.at(at) ?? -1]?.ID ?? '';
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

function nodeReport(cluster: Cluster, { ID, Name, NodeClass }: Node, at: number): NodeReport {
  const { used, room, allocations } = cluster;
  const amount = (columns: typeof used) =>
    amountOf({
      cpuMhz: columns.cpuMhz[at] ?? 0,
      memoryMb: columns.memoryMb[at] ?? 0,
      diskMb: columns.diskMb[at] ?? 0,
    });
  return { ID, Name, NodeClass, Allocations: allocations[at] ?? 0, Used: amount(used), Total: amount(room) };
}

const amountOf = ({ cpuMhz, memoryMb, diskMb }: ReturnType<typeof roomOf>): Amount => ({
  CPU: cpuMhz,
  MemoryMB: memoryMb,
  DiskMB: diskMb,
});
