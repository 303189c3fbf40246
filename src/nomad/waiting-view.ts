/**
 * What waits for room: the allocations that no node could take, by task group. Read only when somebody asks, and once for
 * all who ask at the same moment.
 *
 * A blocked evaluation names the groups; as Nomad does not write it again when some of their allocations find room, how
 * many still wait is told by the job's summary.
 */
import { unlessAborted } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { eachOf } from '../lib/each.ts';
import { type NomadClient, unlessRefused } from './client.ts';
import type { Evaluation } from './evaluation-types.ts';
import { blockedEvaluations } from './evaluations.ts';
import { type Reservation, reservationOf } from './job-parts.ts';
import { type JobRef, jobSummary, readJob } from './jobs.ts';
import { Recent } from './recent.ts';
import type { Constraint, Job, TaskGroup } from './types.ts';

/** A task group some of whose allocations found no room. */
export interface WaitingGroup {
  readonly job: JobRef;
  readonly group: string;
  /** How many of them; at least one. */
  readonly count: number;
  /** What each of them asks for. */
  readonly each: Reservation;
  /** May hold `*` for any text. */
  readonly datacenters: readonly string[];
  /** `all` is any. */
  readonly nodePool: string;
  /** Of the job, the group and its tasks. */
  readonly constraints: readonly Constraint[];
  /** By the computed classes of the nodes that Nomad looked at: whether the job may run on such nodes at all. */
  readonly classes: Readonly<Record<string, boolean>>;
}

/** What the job says of a group, however many of it wait. */
type GroupFacts = Omit<WaitingGroup, 'count' | 'classes'>;

const freshMs = 1_000;
/** Jobs that are read at the same time. */
const atOnce = 4;

/** The task groups that wait for room, in all namespaces. */
export class WaitingView {
  readonly #client: NomadClient;
  readonly #recent: Recent<readonly WaitingGroup[]>;
  /** By blocked evaluation: a job that changes gets another one. */
  #jobs = new Map<string, readonly GroupFacts[]>();
  /** An answer may be waited for by many: no single one of them ends the request. */
  readonly #never = new AbortController().signal;

  constructor(client: NomadClient, clock: Clock) {
    this.#client = client;
    this.#recent = new Recent(clock, freshMs);
  }

  /** Those that more nodes may help. Jobs that run once on every node wait for that very node: they are left out. */
  async groups(signal: AbortSignal): Promise<readonly WaitingGroup[]> {
    return unlessAborted(Promise.resolve(this.#recent.get('', () => this.#load())), signal);
  }

  async #load(): Promise<readonly WaitingGroup[]> {
    const blocked = (await blockedEvaluations(this.#client, this.#never)).filter(isShortOfRoom);
    const known = this.#jobs;
    this.#jobs = new Map();
    const groups = await eachOf(blocked, atOnce, async (evaluation) => {
      const key = `${evaluation.ID} ${evaluation.JobModifyIndex}`;
      const facts = known.get(key) ?? (await this.#factsOf(evaluation));
      this.#jobs.set(key, facts);
      return this.#waitingOf(evaluation, facts);
    });
    return groups.flat();
  }

  async #factsOf(evaluation: Evaluation): Promise<readonly GroupFacts[]> {
    const job = await unlessRefused(404, readJob(this.#client, refOf(evaluation), this.#never));
    if (job === undefined || job.Stop) return [];
    return (job.TaskGroups ?? []).map((group) => factsOfGroup(job, group, refOf(evaluation)));
  }

  async #waitingOf(evaluation: Evaluation, facts: readonly GroupFacts[]): Promise<readonly WaitingGroup[]> {
    const counts = await waitingByGroup(this.#client, evaluation, this.#never);
    return facts.flatMap((one) => {
      const count = counts.get(one.group) ?? 0;
      return count > 0 ? [{ ...one, count, classes: evaluation.ClassEligibility ?? {} }] : [];
    });
  }
}

/** How many allocations of each group a blocked evaluation still waits to place; groups of which none does are left out. */
export async function waitingByGroup(
  client: NomadClient,
  evaluation: Evaluation,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const failed = Object.entries(evaluation.FailedTGAllocs ?? {});
  if (failed.length === 0) return new Map();
  const summary = await unlessRefused(404, jobSummary(client, refOf(evaluation), signal));
  const counts = failed.map(([group, { CoalescedFailures }]) => {
    return [group, summary?.Summary?.[group]?.Queued ?? 1 + (CoalescedFailures ?? 0)] as const;
  });
  return new Map(counts.filter(([, count]) => count > 0));
}

/** Not for want of quota, nor on one node alone. */
export function isShortOfRoom({ Type, QuotaLimitReached }: Evaluation): boolean {
  return (Type === 'service' || Type === 'batch') && !QuotaLimitReached;
}

/** The job of an evaluation. */
export const refOf = ({ Namespace, JobID }: Evaluation): JobRef => ({ namespace: Namespace, id: JobID });

/** What older servers do not say is what newer ones take for it. */
function factsOfGroup(job: Job, group: TaskGroup, ref: JobRef): GroupFacts {
  const ofTasks = (group.Tasks ?? []).flatMap(({ Constraints }) => Constraints ?? []);
  return {
    job: ref,
    group: group.Name,
    each: reservationOf(group),
    datacenters: job.Datacenters ?? ['*'],
    nodePool: job.NodePool || 'default',
    constraints: [...(job.Constraints ?? []), ...(group.Constraints ?? []), ...ofTasks],
  };
}
