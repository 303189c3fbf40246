/** Registering, stopping and evaluating jobs. Compat: spec nomad-scheduler.md §2, nomad-api.md §5. */
import { errorList } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import type { Job } from '../nomad/types.ts';
import { isTemplate } from './derive.ts';
import { evaluationOf } from './evaluations.ts';
import { jobKey, newId, toNanoseconds } from './identity.ts';
import { deletePolicies, withPolicies } from './policies.ts';
import { Refusal } from './refusal.ts';
import type { Submission } from './state.ts';
import type { StateStore } from './state-store.ts';
import type { Transaction } from './transaction.ts';

/** Versions kept of a job. */
const mostVersions = 6;

export interface RegisterOptions {
  /** Only when the stored job has this `JobModifyIndex`; 0: only when there is none. */
  readonly enforceIndex?: number | undefined;
  readonly preserveCounts?: boolean;
  /** Tasks that are there keep what they need. */
  readonly preserveResources?: boolean;
  readonly evalPriority?: number;
  readonly submission?: Pick<Submission, 'Source' | 'Format' | 'VariableFlags' | 'Variables'> | undefined;
}

/** What a write of a job tells its caller; without an evaluation the ID is '' and its index 0. */
export interface JobWrite {
  readonly evaluationId: string;
  readonly evaluationIndex: number;
  readonly jobModifyIndex: number;
  readonly index: number;
}

export class Jobs {
  readonly #world: World;
  readonly #store: StateStore;

  constructor(world: World, store: StateStore) {
    this.#world = world;
    this.#store = store;
  }

  /** Stores a canonical, valid job as a new version, unless it is what is stored already, and evaluates it. */
  register(submitted: Job, options: RegisterOptions = {}): JobWrite {
    const before = this.#store.job(submitted.Namespace, submitted.ID);
    this.#check(submitted, before, options.enforceIndex);
    const job = before === undefined ? submitted : withKept(submitted, before, options);
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      const isSame = before !== undefined && sameSpec(job, before);
      if (!isSame) {
        const settled = withPolicies(tx, job, before, this.#newId);
        tx.putJobVersion(this.#nextVersion(settled, before, tx.nowMs), this.#formerVersions(submitted));
      }
      const stored = this.#store.job(job.Namespace, job.ID) ?? job;
      if (!isSame && options.submission !== undefined) this.#keepSubmission(tx.index, stored, options.submission);
      // Without a new version its evaluation names none, as recorded.
      return this.#evaluate(tx, stored, 'job-register', options.evalPriority, stored.Type, isSame);
    });
  }

  /** Stops a job, or forgets it. @returns undefined when there is no such job. */
  deregister(namespace: string, id: string, purge: boolean, evalPriority?: number): JobWrite | undefined {
    const before = this.#store.job(namespace, id);
    if (before === undefined) return undefined;
    const key = jobKey(namespace, id);
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      if (purge) {
        deletePolicies(tx, before);
        tx.deleteJob(key);
      } else {
        const stopped = withPolicies(tx, { ...before, Stop: true }, before, this.#newId);
        const next = { ...this.#nextVersion(stopped, before, tx.nowMs), Stable: before.Stable };
        tx.putJobVersion(next, this.#formerVersions(before));
      }
      const stored = this.#store.job(namespace, id) ?? before;
      const write = this.#evaluate(tx, stored, 'job-deregister', evalPriority, 'service');
      return { ...write, jobModifyIndex: tx.index };
    });
  }

  /** Makes a former version the newest one, in a write that evaluates it. @returns the new version's number. */
  restore(tx: Transaction, former: Job): number {
    const before = this.#store.job(former.Namespace, former.ID);
    const settled = withPolicies(tx, { ...former, Stop: false }, before, this.#newId);
    const next = this.#nextVersion(settled, before, tx.nowMs);
    tx.putJobVersion(next, this.#formerVersions(former));
    return next.Version;
  }

  /** Evaluates a job as it is. */
  evaluate(job: Job, forceReschedule: boolean): JobWrite {
    return this.#store.transact(this.#world.clock.now(), (tx) => {
      if (forceReschedule) {
        for (const one of this.#store.allocationsOfJob(job.Namespace, job.ID)) {
          if (one.ClientStatus !== 'failed' || one.DesiredStatus !== 'run' || one.NextAllocation !== undefined)
            continue;
          tx.putAllocation(
            { ...one, DesiredTransition: { ...one.DesiredTransition, ForceReschedule: true } },
            'server',
          );
        }
      }
      return this.#evaluate(tx, job, 'job-register', undefined);
    });
  }

  #newId = (): string => newId(this.#world.random);

  #check(job: Job, before: Job | undefined, enforceIndex: number | undefined): void {
    if (enforceIndex !== undefined) {
      const enforcing = `Enforcing job modify index ${enforceIndex}: `;
      if (enforceIndex === 0 && before !== undefined) throw new Refusal(500, `${enforcing}job already exists`);
      if (enforceIndex !== 0 && before === undefined) throw new Refusal(500, `${enforcing}job does not exist`);
      if (enforceIndex !== 0 && before?.JobModifyIndex !== enforceIndex) {
        throw new Refusal(500, `${enforcing}job exists with conflicting job modify index: ${before?.JobModifyIndex}`);
      }
    }
    refuseNowhere(this.#store, job);
    if (before !== undefined && before.Type !== job.Type) {
      throw new Refusal(500, `cannot update job from type "${before.Type}" to "${job.Type}"`);
    }
  }

  #nextVersion(job: Job, before: Job | undefined, nowMs: number): Job {
    const versions = this.#store.state.versions.get(jobKey(job.Namespace, job.ID)) ?? [];
    return {
      ...job,
      Version: (versions[0]?.Version ?? -1) + 1,
      Stable: false,
      VersionTag: null,
      SubmitTime: toNanoseconds(nowMs),
      Status: before === undefined ? 'pending' : before.Status,
    };
  }

  /** The newest ones; a stable one is not the one that goes, tagged ones stay. */
  #formerVersions(job: Job): readonly Job[] {
    const versions = this.#store.state.versions.get(jobKey(job.Namespace, job.ID)) ?? [];
    return keptVersions(versions, mostVersions - 1);
  }

  #keepSubmission(index: number, job: Job, from: NonNullable<RegisterOptions['submission']>): void {
    const key = jobKey(job.Namespace, job.ID);
    const { ID, Namespace, Version, JobModifyIndex } = job;
    const one: Submission = { ...from, Namespace, JobID: ID, Version, JobModifyIndex };
    const former = this.#store.state.submissions.get(key) ?? [];
    this.#store.state.submissions.put(index, key, [one, ...former].slice(0, mostVersions));
  }

  #evaluate(
    tx: Transaction,
    job: Job,
    trigger: string,
    priority: number | undefined,
    type: Job['Type'] = job.Type,
    isSame = false,
  ): JobWrite {
    const common = { jobModifyIndex: job.JobModifyIndex, index: tx.index };
    if (isTemplate(job)) return { ...common, evaluationId: '', evaluationIndex: 0 };
    const facts = { TriggeredBy: trigger, Type: type, ...(isSame ? {} : { JobModifyIndex: job.JobModifyIndex }) };
    const id = this.#newId();
    tx.putEvaluation({ ...evaluationOf(id, job, facts), Priority: priority ?? job.Priority });
    return { ...common, evaluationId: id, evaluationIndex: tx.index };
  }
}

/** @throws a refusal when there is no such namespace or node pool. */
export function refuseNowhere({ state }: StateStore, { ID, Namespace, NodePool }: Job): void {
  const refuse = (place: string) => new Refusal(500, errorList([`job "${ID}" is in nonexistent ${place}`]));
  if (state.namespaces.get(Namespace) === undefined) throw refuse(`namespace "${Namespace}"`);
  if (state.nodePools.get(NodePool) === undefined) throw refuse(`node pool "${NodePool}"`);
}

export function keptVersions(versions: readonly Job[], most: number): readonly Job[] {
  const plain = versions.filter((one) => one.VersionTag === null);
  if (plain.length <= most) return versions;
  const stable = plain.find((one) => one.Stable);
  const kept = plain.slice(0, most);
  if (stable !== undefined && !kept.includes(stable)) kept.splice(-1, 1, stable);
  return versions.filter((one) => one.VersionTag !== null || kept.includes(one));
}

/** A submitted job with what the stored one has and the caller wants to keep. */
function withKept(job: Job, before: Job, { preserveCounts, preserveResources }: RegisterOptions): Job {
  if (!preserveCounts && !preserveResources) return job;
  const groups = new Map(before.TaskGroups.map((group) => [group.Name, group]));
  const TaskGroups = job.TaskGroups.map((group) => {
    const kept = groups.get(group.Name);
    if (kept === undefined) return group;
    const Tasks = preserveResources ? withResources(group.Tasks, kept.Tasks) : group.Tasks;
    return { ...group, Count: preserveCounts ? kept.Count : group.Count, Tasks };
  });
  return { ...job, TaskGroups };
}

function withResources(tasks: Job['TaskGroups'][number]['Tasks'], before: typeof tasks): typeof tasks {
  const resources = new Map(before.map((task) => [task.Name, task.Resources]));
  return tasks.map((task) => ({ ...task, Resources: resources.get(task.Name) ?? task.Resources }));
}

/**
 * Everything that the operator wrote is the same. A submitted scaling block lacks the ID of the stored one, so that
 * a job with one is a new version whenever it is registered. Compat: as recorded.
 */
export function sameSpec(a: Job, b: Job): boolean {
  return JSON.stringify(specOf(a)) === JSON.stringify(specOf(b));
}

function specOf(job: Job): unknown {
  const { Status, StatusDescription, Stable, Version, SubmitTime, CreateIndex, ModifyIndex, JobModifyIndex, ...spec } =
    job;
  const { VersionTag, NomadTokenID, ...written } = spec;
  return written;
}
