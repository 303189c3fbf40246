/**
 * What a service or batch job wants against what it has, group by group. Pure.
 *
 * Compat: spec nomad-scheduler.md §7. Canaries and disconnected clients are left out of this version.
 */
import type { Deployment, DesiredUpdates } from '../../nomad/evaluation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { classify, unfinished } from './classify.ts';
import { needsReplacement } from './difference.ts';
import { freeNames, nameIndex } from './names.ts';
import { delayOf, type Reschedule, splitFailed } from './reschedule.ts';

export interface Stop {
  readonly allocation: Allocation;
  readonly description: string;
  readonly clientStatus?: 'lost';
}

export interface Placement {
  readonly group: TaskGroup;
  readonly name: string;
  /** Stopped only when a node is found for this. */
  readonly replaces?: Stop;
  /** The one before it, whose place it takes. */
  readonly previous?: Allocation;
  /** The one node that it is for; any that suits when missing. */
  readonly nodeId?: string;
  /** It failed before: this is the next try, after `delayMs`. */
  readonly reschedule?: { readonly delayMs: number };
}

export interface GroupResult {
  readonly stops: readonly Stop[];
  readonly inPlace: readonly Allocation[];
  readonly placements: readonly Placement[];
  /** Failed allocations to try again later. */
  readonly later: readonly Reschedule[];
  readonly desired: DesiredUpdates;
  /** What a deployment of this group would have to see healthy; 0 for no reason to deploy. */
  readonly deploys: number;
  /** Nothing is left to do. */
  readonly settled: boolean;
}

export interface GroupInput {
  readonly job: Job;
  readonly group: TaskGroup;
  readonly allocations: readonly Allocation[];
  readonly nodeOf: (id: string) => Node | undefined;
  /** The active deployment of this version of the job. */
  readonly deployment: Deployment | undefined;
  readonly evaluationId: string;
  readonly nowMs: number;
}

const notNeeded = 'alloc not needed due to job update';

/** Everything that still runs is stopped: the job, or the group, is gone. */
export function reconcileStopped(
  allocations: readonly Allocation[],
  nodeOf: (id: string) => Node | undefined,
): GroupResult {
  const stops = unfinished(allocations).map((allocation) => {
    const node = nodeOf(allocation.NodeID);
    return node === undefined || node.Status === 'down' ? lostStop(allocation) : { allocation, description: notNeeded };
  });
  return {
    ...{ stops, inPlace: [], placements: [], later: [], deploys: 0 },
    desired: { ...noUpdates, Stop: stops.length },
    settled: stops.length === 0,
  };
}

export function reconcileGroup(input: GroupInput): GroupResult {
  const { job, group, deployment } = input;
  const { kept, migrating, lost, failed } = classify(input.allocations, input.nodeOf, job.Type === 'batch');
  const tries = splitFailed(failed, group.ReschedulePolicy, input);
  const filling = [...kept, ...tries.waiting];
  const { stay, surplus } = chooseSurplus(filling, migrating, group.Count);
  const staying = new Set(stay);
  const moving = migrating.filter((one) => staying.has(one));
  const { ignored, inPlace, destructive } = splitUpdates(
    stay.filter((one) => !moving.includes(one)),
    job,
    group,
  );

  const again = tries.now.slice(0, Math.max(group.Count - stay.length, 0));
  const missing = Math.max(group.Count - stay.length - again.length, 0);
  const fresh = namesFor(job, group, [...stay, ...again], lost, missing);
  const placementsWanted = again.length + fresh.length;
  const mayPlace = deployment === undefined || deployment.Status === 'running';
  const room = roomToReplace(input, group, destructive.length + moving.length, placementsWanted);
  const replaced = destructive.toSorted(byName).slice(0, room);
  const stops = [
    ...lost.map(lostStop),
    ...[...surplus, ...tries.now.slice(again.length)].map((allocation) => ({ allocation, description: notNeeded })),
  ];
  // They go whether or not there is room elsewhere.
  const moves = moving.map((allocation) => ({ allocation, description: 'alloc is being migrated' }));
  const placements: Placement[] = [
    ...replaced.map((one) => replacement(group, one, 'alloc is being updated due to job update')),
    ...moving.filter((one) => !isNotReplaced(one)).map((one) => ({ group, name: one.Name, previous: one })),
    ...again.map((one) => nextTry(group, one)),
    ...(mayPlace ? fresh : fresh.filter((one) => one.previous !== undefined)),
  ];
  const deploys = destructive.length + inPlace.length + placementsWanted;
  return {
    ...{ stops: [...stops, ...moves], inPlace, placements, later: tries.later, deploys },
    desired: {
      ...noUpdates,
      Ignore: ignored.length + (destructive.length - replaced.length) - tries.later.length,
      Place: fresh.length + again.length,
      Stop: stops.length + again.length,
      Migrate: moving.length,
      InPlaceUpdate: inPlace.length,
      DestructiveUpdate: replaced.length,
      RescheduleNow: again.length,
      RescheduleLater: tries.later.length,
    },
    settled: stops.length + inPlace.length + destructive.length + placementsWanted + moving.length === 0,
  };
}

export const noUpdates: DesiredUpdates = {
  ...{ Ignore: 0, Place: 0, Migrate: 0, Stop: 0, InPlaceUpdate: 0, DestructiveUpdate: 0, Canary: 0, Preemptions: 0 },
  ...{ Disconnect: 0, Reconnect: 0, RescheduleNow: 0, RescheduleLater: 0 },
};

/** Batch work that a drain ends is not begun anew. */
const isNotReplaced = (one: Allocation) => one.DesiredTransition?.MigrateDisablePlacement === true;

const byName = (a: Allocation, b: Allocation) => nameIndex(a.Name) - nameIndex(b.Name);

function lostStop(allocation: Allocation): Stop {
  return { allocation, description: 'alloc is lost since its node is down', clientStatus: 'lost' };
}

function replacement(group: TaskGroup, allocation: Allocation, description: string): Placement {
  return { group, name: allocation.Name, previous: allocation, replaces: { allocation, description } };
}

/** The one that failed is stopped without a word. */
function nextTry(group: TaskGroup, allocation: Allocation): Placement {
  const policy = group.ReschedulePolicy;
  const delayMs = policy === null ? 0 : delayOf(allocation, policy);
  return { ...replacement(group, allocation, ''), reschedule: { delayMs } };
}

/** Which go when there are too many: migrating ones first, then the highest names. */
function chooseSurplus(
  kept: readonly Allocation[],
  migrating: readonly Allocation[],
  count: number,
): { readonly stay: readonly Allocation[]; readonly surplus: readonly Allocation[] } {
  const inOrder = [...kept.toSorted(byName), ...migrating.toSorted(byName)];
  return { stay: inOrder.slice(0, count), surplus: inOrder.slice(count).reverse() };
}

function splitUpdates(allocations: readonly Allocation[], job: Job, group: TaskGroup) {
  const ignored: Allocation[] = [];
  const inPlace: Allocation[] = [];
  const destructive: Allocation[] = [];
  for (const one of allocations) {
    if (one.Job.JobModifyIndex === job.JobModifyIndex && one.Job.CreateIndex === job.CreateIndex) ignored.push(one);
    else if (needsReplacement(one.Job, job, group.Name)) destructive.push(one);
    else if (one.ClientStatus === 'complete' || one.ClientStatus === 'failed') ignored.push(one);
    else inPlace.push(one);
  }
  return { ignored, inPlace, destructive };
}

/** Lost ones are replaced under their own names, the rest gets the lowest free ones. */
function namesFor(
  job: Job,
  group: TaskGroup,
  present: readonly Allocation[],
  lost: readonly Allocation[],
  count: number,
): readonly Placement[] {
  const inherited = lost.slice(0, count).map((previous) => ({ group, name: previous.Name, previous }));
  const taken = new Set([...present, ...lost.slice(0, count)].map((one) => one.Name));
  const names = freeNames(job.ID, group.Name, taken, count - inherited.length);
  return [...inherited, ...names.map((name) => ({ group, name }))];
}

/** How many may be replaced now: the update strategy's pace. */
function roomToReplace(input: GroupInput, group: TaskGroup, replacing: number, placing: number): number {
  const update = group.Update;
  if (update === null || update.MaxParallel === 0 || replacing === 0) return group.Count;
  if (input.deployment === undefined) return Math.max(update.MaxParallel - placing, 0);
  if (input.deployment.Status !== 'running') return 0;
  let notYetHealthy = 0;
  for (const one of input.allocations) {
    if (one.DeploymentID !== input.deployment.ID) continue;
    if (one.DeploymentStatus?.Healthy === false) return 0;
    if (one.DeploymentStatus?.Healthy !== true) notYetHealthy++;
  }
  return Math.max(update.MaxParallel - notYetHealthy - placing, 0);
}
