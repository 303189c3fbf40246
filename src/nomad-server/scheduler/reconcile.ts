/**
 * What a service or batch job wants against what it has, group by group. Pure.
 *
 * Compat: spec nomad-scheduler.md §7.
 */
import type { Deployment, DesiredUpdates } from '../../nomad/evaluation-types.ts';
import type { Node } from '../../nomad/node-types.ts';
import type { Job, TaskGroup } from '../../nomad/types.ts';
import type { Allocation } from '../allocation.ts';
import { groupOf } from './ask.ts';
import { type Canaries, canariesOf, canaryNames, type Rollouts } from './canaries.ts';
import { classify, isOfVersion, isOldWork, unfinished } from './classify.ts';
import { needsReplacement } from './difference.ts';
import { disconnectOf, lostAt, reconnect } from './disconnect.ts';
import { freeNames } from './names.ts';
import { delayOf, policyOf, type Reschedule, retryAt, splitFailed } from './reschedule.ts';
import { byName, chooseSurplus, roomToReplace, splitUpdates } from './updates.ts';

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
  readonly isCanary?: boolean;
  /** Of whose version and deployment it is, when those are not the present ones. */
  readonly peer?: Allocation;
  /** The one node that it is for; any that suits when missing. */
  readonly nodeId?: string;
  /** It failed before: this is the next try, after `delayMs`. */
  readonly reschedule?: { readonly delayMs: number };
}

/** An allocation that becomes unknown, until when, and when another one takes its place. Times are epoch milliseconds. */
export interface Disconnecting {
  readonly allocation: Allocation;
  readonly lostAtMs: number;
  readonly retryAtMs: number | undefined;
}

export interface GroupResult {
  readonly stops: readonly Stop[];
  readonly inPlace: readonly Allocation[];
  readonly placements: readonly Placement[];
  readonly disconnecting: readonly Disconnecting[];
  /** Their client came back, and they stay. */
  readonly reconnected: readonly Allocation[];
  /** Failed allocations to try again later. */
  readonly later: readonly Reschedule[];
  readonly desired: DesiredUpdates;
  /** What a deployment of this group would have to see healthy; 0 for no reason to deploy. */
  readonly deploys: number;
  /** Allocations of former versions. */
  readonly updates: number;
  /** How many canaries a deployment of this group begins with. */
  readonly desiredCanaries: number;
  /** Nothing is left to place or to update, but for what a system job misses. */
  readonly settled: boolean;
}

export interface GroupInput extends Rollouts {
  readonly job: Job;
  readonly group: TaskGroup;
  readonly allocations: readonly Allocation[];
  readonly nodeOf: (id: string) => Node | undefined;
  readonly evaluationId: string;
  readonly nowMs: number;
}

export const notNeeded = 'alloc not needed due to job update';
export const isUpdated = 'alloc is being updated due to job update';

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
    ...{ stops, inPlace: [], placements: [], later: [], disconnecting: [], reconnected: [] },
    ...{ deploys: 0, updates: 0, desiredCanaries: 0 },
    desired: { ...noUpdates, Stop: stops.length },
    settled: true,
  };
}

export function reconcileGroup(input: GroupInput): GroupResult {
  const { job, group, deployment } = input;
  const found = canariesOf(input, group.Name, input.allocations, input.nodeOf);
  const old = input.allocations.filter((one) => isOldWork(one, job));
  const others = input.allocations.filter((one) => !found.stale.has(one) && !isOldWork(one, job));
  const classified = classify(others, input.nodeOf, job.Type === 'batch', input.nowMs);
  const { migrating, lost, failed } = classified;
  const canaries = { ...found, live: new Set([...found.live].filter((one) => !lost.includes(one))) };
  const returned = reconnect(classified.reconnecting, classified.kept);
  const kept = [...classified.kept, ...returned.kept, ...classified.disconnecting].filter(
    (one) => !returned.stopped.includes(one),
  );
  const leaving = classified.disconnecting.map((one) => disconnected(one, input));
  const tries = splitFailed(failed, input);
  const elsewhere = kept.filter((one) => isReplacedNow(one, input.evaluationId));
  const isBeside = (one: Allocation) => canaries.isAwaited && canaries.live.has(one);
  const filling = [...kept, ...tries.waiting].filter((one) => !isBeside(one));
  const { stay, beside, surplus } = chooseSurplus(filling, migrating, group.Count, canaries);
  const staying = new Set(stay);
  const moving = migrating.filter((one) => staying.has(one));
  const { ignored, inPlace, destructive } = splitUpdates(
    stay.filter((one) => !moving.includes(one)),
    job,
    group,
  );

  const isOutdated = (one: Allocation) => needsReplacement(one.Job, job, group.Name);
  // Without a pace there is no rollout, and nobody to promote a canary.
  const isUpdating = destructive.length > 0 || (canaries.isAwaited && moving.some(isOutdated));
  const isPacedUpdate = isUpdating && (group.Update?.MaxParallel ?? 0) > 0;
  const wantedCanaries = isPacedUpdate && !canaries.isPromoted ? (group.Update?.Canary ?? 0) : 0;
  const isCanarying = canaries.isAwaited || wantedCanaries > canaries.live.size;
  const isHeld = deployment !== undefined && deployment.Status !== 'running';
  const fewer = isHeld ? 0 : Math.max(wantedCanaries - canaries.live.size, 0);
  const newCanaries = canaryNames(job, group, canaries.live, destructive, fewer);

  const room = Math.max(group.Count - stay.length, 0);
  const againBeside = canaries.isAwaited ? tries.now.filter(isCanary) : [];
  const againInPlace = tries.now.filter((one) => !againBeside.includes(one));
  const again = [...againBeside, ...againInPlace.slice(0, room)];
  const gaveUp = againInPlace.slice(room);
  const missing = Math.max(room - againInPlace.length, 0);
  const fresh = namesFor(job, group, [...stay, ...again], lost, missing);
  const wanted = again.length + fresh.length;
  const retried = isHeld ? again.filter((one) => !isOfFailed(one, deployment)) : again;
  const placed = isHeld || isCanarying ? fresh.filter((one) => one.previous !== undefined) : fresh;
  const isPaced = isHeld || isCanarying;
  const mayReplace = isPaced ? 0 : roomToReplace(input, group, destructive.length + moving.length, wanted);
  const replaced = destructive.toSorted(byName).slice(0, mayReplace);
  const stops = [
    ...lost.map(lostStop),
    ...[...canaries.stale, ...surplus, ...gaveUp].map((allocation) => ({ allocation, description: notNeeded })),
    ...returned.stopped.map((allocation) => ({
      allocation,
      description: 'alloc not needed due to disconnected client reconnect',
    })),
  ];
  // They go whether or not there is room elsewhere.
  const moves = moving.map((allocation) => ({ allocation, description: 'alloc is being migrated' }));
  const gone = new Set([...stops, ...moves].map(({ allocation }) => allocation).concat(replaced));
  const isHere = ({ allocation }: { readonly allocation: Allocation }) => !gone.has(allocation);
  const later = tries.later.filter(isHere);
  const disconnecting = leaving.filter(isHere);
  const older = isCanarying ? stay.find((one) => one.Job.Version !== job.Version) : undefined;
  const placements: Placement[] = [
    ...newCanaries.map((name) => ({ group, name, isCanary: true })),
    ...replaced.map((one) => replacement(group, one, isUpdated)),
    ...moving.filter((one) => !isNotReplaced(one, job)).map((one) => moved(group, one, older)),
    ...elsewhere.map((one) => besideUnknown(group, one)),
    ...[...retried.map((one) => nextTry(group, one)), ...placed].map((one) => inFormerVersion(one, older)),
  ];
  return {
    ...{ stops: [...stops, ...moves], inPlace, placements, later: tries.later },
    ...{ disconnecting: leaving, reconnected: returned.kept },
    deploys: destructive.length + inPlace.length + wanted,
    updates: destructive.length + inPlace.length,
    desiredCanaries: wantedCanaries,
    desired: {
      ...noUpdates,
      Ignore:
        old.length + ignored.length + beside.length + destructive.length - replaced.length + besideCount(canaries),
      Place: placed.length + retried.length + elsewhere.length,
      Stop: stops.length + retried.length,
      Migrate: moving.length,
      Canary: newCanaries.length,
      InPlaceUpdate: inPlace.length,
      DestructiveUpdate: replaced.length,
      RescheduleLater: later.length + disconnecting.filter((one) => one.retryAtMs !== undefined).length,
      Disconnect: disconnecting.length,
      Reconnect: returned.kept.length,
    },
    settled: inPlace.length + destructive.length + wanted + moving.length === 0,
  };
}

function disconnected(allocation: Allocation, input: GroupInput): Disconnecting {
  const mayReplace = disconnectOf(allocation)?.Replace !== false;
  const retryAtMs = mayReplace ? retryAt(allocation, input) : undefined;
  return { allocation, lostAtMs: lostAt(allocation, input.nowMs), retryAtMs };
}

/** Its client has been away for as long as its job waits with a replacement. */
function isReplacedNow(one: Allocation, evaluationId: string): boolean {
  return one.ClientStatus === 'unknown' && one.NextAllocation === undefined && one.FollowupEvalID === evaluationId;
}

/** The unknown one stays as it is: it may come back. */
function besideUnknown(group: TaskGroup, one: Allocation): Placement {
  const { replaces: _, ...placement } = nextTry(group, one);
  return placement;
}

const isCanary = (one: Allocation) => one.DeploymentStatus?.Canary === true;

const besideCount = ({ isAwaited, live }: Canaries) => (isAwaited ? live.size : 0);

function isOfFailed(one: Allocation, deployment: Deployment | undefined): boolean {
  return deployment?.Status === 'failed' && one.DeploymentID === deployment.ID;
}

/** While canaries wait for a decision, everything else stays in the version that it was. */
function inFormerVersion(placement: Placement, peer: Allocation | undefined): Placement {
  const group = peer && groupOf(peer.Job, placement.group.Name);
  return peer === undefined || group === undefined || placement.isCanary ? placement : { ...placement, peer, group };
}

function moved(group: TaskGroup, previous: Allocation, peer: Allocation | undefined): Placement {
  const placement = { group, name: previous.Name, previous };
  return isCanary(previous) ? placement : inFormerVersion(placement, peer);
}

export const noUpdates: DesiredUpdates = {
  ...{ Ignore: 0, Place: 0, Migrate: 0, Stop: 0, InPlaceUpdate: 0, DestructiveUpdate: 0, Canary: 0, Preemptions: 0 },
  ...{ Disconnect: 0, Reconnect: 0, RescheduleNow: 0, RescheduleLater: 0 },
};

/** Batch work that a drain ends is not begun anew, unless there is a new version of it. */
const isNotReplaced = (one: Allocation, job: Job) =>
  one.DesiredTransition?.MigrateDisablePlacement === true && isOfVersion(one, job);

export function lostStop(allocation: Allocation): Stop {
  return { allocation, description: 'alloc is lost since its node is down', clientStatus: 'lost' };
}

function replacement(group: TaskGroup, allocation: Allocation, description: string): Placement {
  return { group, name: allocation.Name, previous: allocation, replaces: { allocation, description } };
}

/** The one that failed is stopped without a word. */
function nextTry(group: TaskGroup, allocation: Allocation): Placement {
  const policy = policyOf(allocation);
  const delayMs = policy === null ? 0 : delayOf(allocation, policy);
  return { ...replacement(group, allocation, ''), reschedule: { delayMs }, isCanary: isCanary(allocation) };
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
