/** Which allocations change with the job, how many may be replaced at a time, and which are too many. Spec nomad-scheduler.md §7.4.3–6. */
import type { Deployment } from '../../nomad/evaluation-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import { type Allocation, isClientTerminal } from '../allocation.ts';
import type { Canaries } from './canaries.ts';
import { needsReplacement } from './difference.ts';
import { nameIndex } from './names.ts';

export interface Updates {
  readonly ignored: readonly Allocation[];
  /** They go on in the new version; one whose client is away hears of it when it is back. */
  readonly inPlace: readonly Allocation[];
  readonly destructive: readonly Allocation[];
}

export function splitUpdates(allocations: readonly Allocation[], job: Job, group: TaskGroup): Updates {
  const ignored: Allocation[] = [];
  const inPlace: Allocation[] = [];
  const destructive: Allocation[] = [];
  for (const one of allocations) {
    if (one.Job.JobModifyIndex === job.JobModifyIndex && one.Job.CreateIndex === job.CreateIndex) ignored.push(one);
    else if (needsReplacement(one.Job, job, group.Name)) destructive.push(one);
    else if (isClientTerminal(one) || one.ClientStatus === 'unknown') ignored.push(one);
    else inPlace.push(one);
  }
  return { ignored, inPlace, destructive };
}

/** How many may be replaced now: the update strategy's pace. */
export function roomToReplace(
  { deployment, allocations }: { deployment: Deployment | undefined; allocations: readonly Allocation[] },
  { Update: update, Count: count }: TaskGroup,
  replacing: number,
  placing: number,
): number {
  if (update === null || update.MaxParallel === 0 || replacing === 0) return count;
  if (deployment === undefined) return Math.max(update.MaxParallel - placing, 0);
  if (deployment.Status !== 'running') return 0;
  let notYetHealthy = 0;
  for (const one of allocations) {
    if (one.DeploymentID !== deployment.ID) continue;
    if (one.DeploymentStatus?.Healthy === false) return 0;
    if (one.DeploymentStatus?.Healthy !== true) notYetHealthy++;
  }
  return Math.max(update.MaxParallel - notYetHealthy - placing, 0);
}

export const byName = (a: Allocation, b: Allocation) => nameIndex(a.Name) - nameIndex(b.Name);

const byVersion = (a: Allocation, b: Allocation) => b.Job.JobModifyIndex - a.Job.JobModifyIndex;

export interface Choice {
  readonly stay: readonly Allocation[];
  /** Their client is away, and their place is taken: they are let be. */
  readonly beside: readonly Allocation[];
  readonly surplus: readonly Allocation[];
}

/** Which go when there are too many: namesakes of promoted canaries, then migrating ones, then the highest names. */
export function chooseSurplus(
  kept: readonly Allocation[],
  migrating: readonly Allocation[],
  count: number,
  canaries: Canaries,
): Choice {
  // Those whose client is away count only where they are missing, and of them first those of the newest version.
  const unknown = kept.filter((one) => one.ClientStatus === 'unknown').sort(byVersion);
  const known = kept.filter((one) => one.ClientStatus !== 'unknown');
  const tooMany = Math.max(known.length + migrating.length - count, 0);
  const names = new Set(canaries.isAwaited ? [] : [...canaries.live].map((one) => one.Name));
  const namesakes = known.filter((one) => names.has(one.Name) && !canaries.live.has(one)).slice(0, tooMany);
  const others = known.filter((one) => !namesakes.includes(one));
  const inOrder = [...others.toSorted(byName), ...migrating.toSorted(byName)];
  const missing = Math.max(count - inOrder.length, 0);
  return {
    stay: [...inOrder.slice(0, count), ...unknown.slice(0, missing)],
    beside: unknown.slice(missing),
    surplus: [...namesakes, ...inOrder.slice(count).reverse()],
  };
}
