/**
 * Looks at every write of an embedded Nomad and keeps a mirror of its own. What must hold at any time is told as soon
 * as it does not: see `problems`.
 */
import type { Evaluation } from '../../src/nomad/evaluation-types.ts';
import type { Node } from '../../src/nomad/node-types.ts';
import type { JobSummary } from '../../src/nomad/scaling-types.ts';
import type { Job } from '../../src/nomad/types.ts';
import type { Allocation } from '../../src/nomad-server/allocation.ts';
import type { Change, Commit } from '../../src/nomad-server/commit.ts';
import type { StateStore } from '../../src/nomad-server/state-store.ts';
import { groupIn, indistinct, isThere, isWanted, overfilled, unsuited } from '../support/nomad-oracle.ts';

interface Row {
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

type Counts = Record<'Starting' | 'Running' | 'Complete' | 'Failed' | 'Lost' | 'Unknown', number>;

const counterOf: Readonly<Record<Allocation['ClientStatus'], keyof Counts>> = {
  ...{ pending: 'Starting', running: 'Running', complete: 'Complete', failed: 'Failed' },
  ...{ lost: 'Lost', unknown: 'Unknown' },
};

const isOver = ({ Status: status }: Evaluation) =>
  status === 'complete' || status === 'failed' || status === 'canceled';

/** Far more than any course needs. */
const mostWrites = 40_000;

export class Watch {
  /** What is wrong, in words. */
  readonly problems: string[] = [];
  readonly allocations = new Map<string, Allocation>();
  readonly nodes = new Map<string, Node>();
  /** Nodes that were drained and took nothing since, and whether system jobs were let be. */
  readonly drained = new Map<string, boolean>();
  /** Jobs that had canaries: when they grow at the same time, two keep one name, as in Nomad. Spec nomad-scheduler.md §7.4.3. */
  readonly canaried = new Set<string>();
  /** Versions of jobs of which something was cleared away, and with it why something is missing. */
  readonly forgotten = new Set<string>();
  /** Evaluations that were cleared away: what they told still holds. */
  readonly cleared: Evaluation[] = [];
  readonly #store: StateStore;
  readonly #jobs = new Map<string, Job>();
  readonly #evaluations = new Map<string, Evaluation>();
  /** Jobs that were evaluated since they were registered. */
  readonly #evaluated = new Set<string>();
  /** By job and group, since the job was first registered. */
  readonly #counts = new Map<string, Counts>();
  readonly #indexes = new Map<string, number>();
  #index: number;

  /** @param store  which holds nothing but nodes yet. */
  constructor(store: StateStore) {
    this.#store = store;
    this.#index = store.index;
    for (const node of store.nodes()) this.nodes.set(node.ID, node);
    store.onCommit((commit) => this.#see(commit));
  }

  #see(commit: Commit): void {
    if (commit.index > mostWrites) throw new Error('the server does not come to rest');
    if (commit.index <= this.#index) this.#tell(`index ${commit.index} came after ${this.#index}`);
    this.#index = commit.index;
    this.#seeRows(commit);
    for (const { before, after } of commit.nodes) {
      this.#seeDrain(before, after);
      mirror(this.nodes, before, after);
    }
    for (const { before, after } of commit.jobs) this.#seeJob(before, after);
    for (const { before, after } of commit.evaluations) {
      const known = this.#evaluations.get((after ?? before)?.ID ?? '');
      if (known !== undefined && isOver(known) && after !== undefined && after.Status !== known.Status) {
        this.#tell(`evaluation of ${known.JobID} was ${known.Status} and became ${after.Status}`);
      }
      if (known !== undefined && after === undefined) this.cleared.push(known);
      mirror(this.#evaluations, before, after);
      if (after !== undefined) this.#evaluated.add(after.JobID);
      if (after?.Status === 'failed') this.#tell(`evaluation of ${after.JobID} failed: ${after.StatusDescription}`);
    }
    for (const { before, after } of commit.deployments) {
      const groups = Object.values(after?.TaskGroups ?? {});
      if (after !== undefined && groups.some((group) => group.DesiredCanaries > 0)) this.canaried.add(after.JobID);
      if (before !== undefined && after === undefined) this.forgotten.add(`${before.JobID} ${before.JobVersion}`);
    }
    const going = new Set<string>();
    for (const { before, after } of commit.allocations) {
      const known = this.allocations.get((after ?? before)?.ID ?? '');
      if (after !== undefined) this.#count(known, after);
      if (after !== undefined && after.DesiredStatus !== 'run' && known?.DesiredStatus === 'run') going.add(after.ID);
      if (known !== undefined && known.DesiredStatus !== 'run' && after?.DesiredStatus === 'run') {
        this.#tell(`${known.Name} was to stop and is to run again`);
      }
      if (known !== undefined && after === undefined) this.#seeCleared(known);
      mirror(this.allocations, before, after);
    }
    this.#seePlaces(commit, going);
  }

  /** What failed for good and was cleared away is missing until something evaluates the job. Spec nomad-scheduler.md §16. */
  #seeCleared(one: Allocation): void {
    const job = this.#jobs.get(one.JobID);
    const isLast = one.DesiredStatus === 'run' && one.ClientStatus === 'failed' && one.NextAllocation === undefined;
    if (job === undefined || !isLast) return;
    this.forgotten.add(`${job.ID} ${job.Version}`);
    const { Unlimited = false, Attempts = 0 } = groupIn(job, one.TaskGroup)?.ReschedulePolicy ?? {};
    const hasTries = Unlimited || (Attempts > 0 && one.RescheduleTracker === undefined);
    if (hasTries && !job.Stop && job.Status !== 'dead') this.#tell(`${one.Name} has tries left, and was cleared away`);
  }

  #seeRows(commit: Commit): void {
    const rows: readonly (readonly Change<Row>[])[] = [
      ...[commit.nodes, commit.jobs, commit.evaluations],
      ...[commit.allocations, commit.deployments, commit.nodePools],
    ];
    for (const { before, after } of rows.flat()) {
      if (after === undefined) continue;
      if (before !== undefined && after.ModifyIndex < before.ModifyIndex) {
        this.#tell(`ModifyIndex went from ${before.ModifyIndex} back to ${after.ModifyIndex}`);
      }
      if (after.ModifyIndex !== commit.index) this.#tell(`ModifyIndex ${after.ModifyIndex} in write ${commit.index}`);
      const created = before?.CreateIndex ?? commit.index;
      if (after.CreateIndex !== created) this.#tell(`CreateIndex ${after.CreateIndex}, not ${created}`);
    }
  }

  #seeDrain(before: Node | undefined, after: Node | undefined): void {
    const id = after?.ID ?? before?.ID ?? '';
    const isOver = before?.DrainStrategy != null && after?.DrainStrategy === null;
    if (isOver && after.LastDrain?.Status === 'complete') {
      this.drained.set(id, before.DrainStrategy?.IgnoreSystemJobs ?? false);
    }
    if (after === undefined || after.DrainStrategy !== null || after.SchedulingEligibility === 'eligible') {
      this.drained.delete(id);
    }
  }

  #seeJob(before: Job | undefined, after: Job | undefined): void {
    const id = after?.ID ?? before?.ID ?? '';
    if (after === undefined) {
      this.#jobs.delete(id);
      this.#evaluated.delete(id);
      for (const key of [...this.#counts.keys()]) if (key.startsWith(`${id} `)) this.#counts.delete(key);
    } else this.#jobs.set(id, after);
  }

  /** Finished ones stay counted; one of a job that was purged since counts for nothing. Spec nomad-scheduler.md §2.5. */
  #count(before: Allocation | undefined, after: Allocation): void {
    const created = this.#jobs.get(after.JobID)?.CreateIndex;
    if (after.Job.CreateIndex !== created) return;
    const was = before?.Job.CreateIndex === created ? before?.ClientStatus : undefined;
    if (was === after.ClientStatus) return;
    const key = `${after.JobID} ${after.TaskGroup}`;
    const counts = this.#counts.get(key) ?? { Starting: 0, Running: 0, Complete: 0, Failed: 0, Lost: 0, Unknown: 0 };
    counts[counterOf[after.ClientStatus]]++;
    if (was !== undefined && was !== 'complete' && was !== 'failed') counts[counterOf[was]]--;
    this.#counts.set(key, counts);
  }

  /** @param going  what the same write gives up: its room is free for what comes. Spec nomad-scheduler.md §4.1, §6. */
  #seePlaces(commit: Commit, going: ReadonlySet<string>): void {
    const isNew = ({ before, after }: Change<Allocation>) => before === undefined && after !== undefined;
    const fresh = commit.allocations.filter(isNew).flatMap(({ after }) => after ?? []);
    if (fresh.length === 0) return;
    const all = [...this.allocations.values()];
    for (const one of fresh) {
      const node = this.nodes.get(one.NodeID);
      const group = groupIn(one.Job, one.TaskGroup);
      if (node === undefined || group === undefined) {
        this.#tell(`${one.Name} was placed on a node, or of a group, that is not there`);
        continue;
      }
      const others = all.filter((other) => other.JobID === one.JobID && other.ID !== one.ID && isWanted(other));
      const why = unsuited(node, one.Job, group) ?? indistinct(one, others, (id) => this.nodes.get(id));
      if (why !== undefined) this.#tell(`${one.Name} was placed on ${node.Name}, which ${why}`);
    }
    for (const id of new Set(fresh.map((one) => one.NodeID))) {
      const node = this.nodes.get(id);
      const there = all.filter((one) => one.NodeID === id && isThere(one) && !going.has(one.ID));
      if (node !== undefined) this.problems.push(...overfilled(node, there, (one) => fresh.includes(one)));
    }
  }

  /** What has to hold between two writes. */
  look(): void {
    const { state } = this.#store;
    this.#compare('allocations', this.allocations, state.allocations.values());
    this.#compare('nodes', this.nodes, state.nodes.values());
    this.#compare('evaluations', this.#evaluations, state.evaluations.values());
    for (const node of this.nodes.values()) {
      const there = [...this.allocations.values()].filter((one) => one.NodeID === node.ID && isThere(one));
      this.problems.push(...overfilled(node, there.filter(isWanted)));
      const usage = this.#store.usage(node.ID);
      if (usage.allocations !== there.length) {
        this.#tell(`${node.Name} has ${there.length} allocations, and counts ${usage.allocations}`);
      }
    }
    for (const job of state.jobs.values()) this.#lookAtJob(job);
  }

  /** What the lists of the API say of their indexes. */
  async lookAtApi(
    get: (url: string) => Promise<{ readonly headers: Readonly<Record<string, string>> }>,
  ): Promise<void> {
    for (const table of ['jobs', 'nodes', 'allocations', 'evaluations', 'deployments']) {
      const index = Number((await get(`/v1/${table}`)).headers['X-Nomad-Index']);
      const before = this.#indexes.get(table) ?? 0;
      if (!(index >= before)) this.#tell(`the index of ${table} went from ${before} back to ${index}`);
      if (index > this.#store.index) this.#tell(`the index of ${table} is ${index} and was never written`);
      this.#indexes.set(table, index);
    }
  }

  #compare<T extends { readonly ID: string }>(name: string, mine: ReadonlyMap<string, T>, theirs: Iterable<T>): void {
    let count = 0;
    for (const one of theirs) {
      count++;
      if (mine.get(one.ID) !== one) this.#tell(`${name}: ${one.ID} was written without anybody being told`);
    }
    if (count !== mine.size) this.#tell(`there are ${count} ${name}, and ${mine.size} were told of`);
  }

  #lookAtJob(job: Job): void {
    const { state } = this.#store;
    const summary: JobSummary | undefined = state.summaries.get(`${job.Namespace}\u0000${job.ID}`);
    const own = [...this.allocations.values()].filter((one) => one.JobID === job.ID);
    const present = own.filter((one) => one.Job.CreateIndex === job.CreateIndex);
    for (const [name, counted] of Object.entries(summary?.Summary ?? {})) {
      const mine = this.#counts.get(`${job.ID} ${name}`);
      for (const key of ['Starting', 'Running', 'Complete', 'Failed', 'Lost', 'Unknown'] as const) {
        if (counted[key] !== (mine?.[key] ?? 0)) {
          this.#tell(`the summary of ${job.ID} ${name} counts ${counted[key]} ${key}, not ${mine?.[key] ?? 0}`);
        }
      }
      for (const status of ['pending', 'running', 'unknown'] as const) {
        const there = present.filter((one) => one.TaskGroup === name && one.ClientStatus === status).length;
        if (counted[counterOf[status]] < there) this.#tell(`the summary of ${job.ID} ${name} misses some ${status}`);
      }
    }
    const waiting = [...this.#evaluations.values()].filter((one) => one.JobID === job.ID && one.Status === 'blocked');
    if (waiting.length > 1) this.#tell(`${waiting.length} evaluations of ${job.ID} are blocked`);
    const children = [...state.jobs.values()].filter((one) => one.ParentID === job.ID);
    for (const status of ['Pending', 'Running'] as const) {
      const there = children.filter((one) => one.Status === status.toLowerCase()).length;
      const told = summary?.Children?.[status] ?? 0;
      if (told !== there) this.#tell(`${job.ID} has ${there} children that are ${status}, and counts ${told}`);
    }
    const status = this.#statusOf(job, own);
    if (job.Status !== status) this.#tell(`${job.ID} is ${job.Status}, and should be ${status}`);
  }

  /** Spec nomad-scheduler.md §2.3. An evaluation that was cleared away counts on. */
  #statusOf(job: Job, own: readonly Allocation[]): string {
    const isTemplate = job.Periodic !== null || (job.ParameterizedJob !== null && !job.Dispatched);
    if (job.Type === 'system' || isTemplate) return job.Stop ? 'dead' : 'running';
    const rollouts = [...this.#store.deploymentsOfJob(job.Namespace, job.ID)];
    if (rollouts.some(({ Status }) => Status === 'running' || Status === 'paused')) return 'running';
    if (own.some(isWanted)) return 'running';
    const evaluations = [...this.#evaluations.values()].filter((one) => one.JobID === job.ID);
    if (evaluations.some((one) => !isOver(one))) return 'pending';
    return this.#evaluated.has(job.ID) || job.Stop ? 'dead' : 'pending';
  }

  #tell(problem: string): void {
    this.problems.push(problem);
  }
}

function mirror<T extends { readonly ID: string }>(rows: Map<string, T>, before: T | undefined, after: T | undefined) {
  if (after !== undefined) rows.set(after.ID, after);
  else if (before !== undefined) rows.delete(before.ID);
}
