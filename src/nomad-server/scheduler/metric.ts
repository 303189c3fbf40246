/** Counts what a search for a node met, for `FailedTGAllocs` and an allocation's `Metrics`. Spec nomad-api.md §4.12. */
import type { AllocationMetric, NodeScore } from '../../nomad/allocation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Resources, TaskGroup } from '../../nomad/types.ts';
import type { BaseSet } from './feasible.ts';

/** Scores kept with an allocation. */
const mostScores = 5;

export class MetricBuilder {
  readonly #base: BaseSet;
  readonly #pool: string;
  readonly #shown: readonly string[] | undefined;
  /** The best of them, the highest first; of equal ones those that came first. */
  readonly #scores: NodeScore[] = [];
  #evaluated = 0;
  #filtered = 0;
  #exhausted = 0;
  #classFiltered: Record<string, number> | null = null;
  #constraintFiltered: Record<string, number> | null = null;
  #classExhausted: Record<string, number> | null = null;
  #dimensionExhausted: Record<string, number> | null = null;

  /** @param shown  the scores that are told; all unless given. */
  constructor(base: BaseSet, pool: string, shown?: readonly string[]) {
    this.#shown = shown;
    this.#base = base;
    this.#pool = pool;
  }

  evaluated(): void {
    this.#evaluated++;
  }

  filtered(node: Node, why: string): void {
    this.#filtered++;
    this.#constraintFiltered = plusOne(this.#constraintFiltered, why);
    if (node.NodeClass !== '') this.#classFiltered = plusOne(this.#classFiltered, node.NodeClass);
  }

  exhausted(node: Node, dimension: string): void {
    this.#exhausted++;
    this.#dimensionExhausted = plusOne(this.#dimensionExhausted, dimension);
    if (node.NodeClass !== '') this.#classExhausted = plusOne(this.#classExhausted, node.NodeClass);
  }

  /** Some node would do if it were emptier. */
  get anyExhausted(): boolean {
    return this.#exhausted > 0;
  }

  /** Whether this score would be among those that are kept. */
  keeps(normalized: number): boolean {
    const worst = this.#scores[mostScores - 1];
    return worst === undefined || normalized > worst.NormScore;
  }

  scored(score: NodeScore): void {
    const at = this.#scores.findLastIndex((one) => one.NormScore >= score.NormScore) + 1;
    if (at >= mostScores) return;
    this.#scores.splice(at, 0, this.#told(score));
    if (this.#scores.length > mostScores) this.#scores.pop();
  }

  #told(score: NodeScore): NodeScore {
    const shown = this.#shown;
    if (shown === undefined) return score;
    return {
      ...score,
      Scores: Object.fromEntries(Object.entries(score.Scores).filter(([name]) => shown.includes(name))),
    };
  }

  /** @param failed  the group that found no node. */
  build(failed?: TaskGroup): AllocationMetric {
    return {
      NodesEvaluated: this.#evaluated,
      NodesFiltered: this.#filtered,
      NodesInPool: this.#base.nodes.length,
      NodePool: this.#pool,
      NodesAvailable: this.#base.byDatacenter,
      ClassFiltered: this.#classFiltered,
      ConstraintFiltered: this.#constraintFiltered,
      NodesExhausted: this.#exhausted,
      ClassExhausted: this.#classExhausted,
      DimensionExhausted: this.#dimensionExhausted,
      QuotaExhausted: null,
      ResourcesExhausted: failed === undefined ? null : exhaustedResources(failed, this.#dimensionExhausted),
      ScoreMetaData: this.#scores.length === 0 ? null : [...this.#scores],
      Scores: null,
      AllocationTime: 0,
      CoalescedFailures: 0,
    };
  }
}

/** One more placement of the group failed for the same reasons. */
export function coalesce(metric: AllocationMetric, group: TaskGroup): AllocationMetric {
  const count = metric.CoalescedFailures + 2;
  const resources = exhaustedResources(group, metric.DimensionExhausted);
  const times = (one: Resources): Resources => ({ ...one, CPU: one.CPU * count, MemoryMB: one.MemoryMB * count });
  return {
    ...metric,
    CoalescedFailures: metric.CoalescedFailures + 1,
    ResourcesExhausted:
      resources === null
        ? null
        : Object.fromEntries(Object.entries(resources).map(([task, one]) => [task, times(one)])),
  };
}

/** By task, the ask in the dimension that ran out; only CPU and memory are told. */
function exhaustedResources(
  group: TaskGroup,
  dimensions: Readonly<Record<string, number>> | null,
): Readonly<Record<string, Resources>> | null {
  if (dimensions === null) return null;
  return Object.fromEntries(
    group.Tasks.map((task) => [
      task.Name,
      {
        ...noResources,
        CPU: dimensions['cpu'] === undefined ? 0 : task.Resources.CPU,
        MemoryMB: dimensions['memory'] === undefined ? 0 : task.Resources.MemoryMB,
      },
    ]),
  );
}

const noResources: Resources = {
  CPU: 0,
  Cores: 0,
  MemoryMB: 0,
  MemoryMaxMB: 0,
  DiskMB: 0,
  IOPS: 0,
  Networks: null,
  Devices: null,
  NUMA: null,
  SecretsMB: 0,
};

function plusOne(counts: Record<string, number> | null, key: string): Record<string, number> {
  const after = counts ?? {};
  after[key] = (after[key] ?? 0) + 1;
  return after;
}
