/** Why allocations could not be placed. */
import type { AllocationMetric } from '../../../nomad/allocation-types.ts';

type Failures = Readonly<Record<string, AllocationMetric>>;

/** `2 allocations` */
const counted = (count: number): string => `${count} allocation${count === 1 ? '' : 's'}`;

/** One paragraph per group: `Task Group "web" (failed to place 2 allocations):` and the reasons, each with `indent` more. */
export function failureLines(failures: Failures, withCount: boolean): readonly string[] {
  return Object.keys(failures)
    .sort()
    .flatMap((group) => {
      const metric = failures[group];
      if (metric === undefined) return [];
      const count = withCount ? ` (failed to place ${counted(metric.CoalescedFailures + 1)})` : '';
      return [`Task Group "${group}"${count}:`, ...metricLines(metric).map((line) => `  ${line}`)];
    });
}

/** `* Constraint "…": 1 nodes excluded by filter` and the like. */
export function metricLines(metric: AllocationMetric): readonly string[] {
  const lines: string[] = [];
  if (metric.NodesEvaluated === 0) lines.push('* No nodes were eligible for evaluation');
  for (const [dc, available] of Object.entries(metric.NodesAvailable ?? {})) {
    if (available === 0) lines.push(`* No nodes are available in datacenter "${dc}"`);
  }
  for (const [name, count] of sorted(metric.ClassFiltered)) {
    lines.push(`* Class "${name}": ${count} nodes excluded by filter`);
  }
  for (const [name, count] of sorted(metric.ConstraintFiltered)) {
    lines.push(`* Constraint "${name}": ${count} nodes excluded by filter`);
  }
  if (metric.NodesExhausted > 0) lines.push(`* Resources exhausted on ${metric.NodesExhausted} nodes`);
  for (const [name, count] of sorted(metric.ClassExhausted)) {
    lines.push(`* Class "${name}" exhausted on ${count} nodes`);
  }
  for (const [name, count] of sorted(metric.DimensionExhausted)) {
    lines.push(`* Dimension "${name}" exhausted on ${count} nodes`);
  }
  for (const quota of metric.QuotaExhausted ?? []) lines.push(`* Quota limit hit "${quota}"`);
  return lines;
}

const sorted = (counts: Readonly<Record<string, number>> | null) =>
  Object.entries(counts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
