/** Which jobs the last list held, and whether they moved since the list before. */
import type { JobRef } from './jobs.ts';
import type { JobListStub } from './scaling-types.ts';
import type { JobType } from './types.ts';

/**
 * One state of one job, compared by identity: the same object means that the job did not move.
 *
 * `ModifyIndex` of a job moves with each write to it, that of its summary with each placement and each change of an
 * allocation's client status.
 */
export interface JobVersion {
  readonly type: JobType;
  readonly modifyIndex: number;
  readonly summaryIndex: number;
  /** When the move was seen, epoch milliseconds; for what stood in the first list, long ago. */
  readonly movedAt: number;
}

type Versions = Map<string, Map<string, JobVersion>>;

export class JobVersions {
  /** By namespace, then by ID. Undefined before the first list. */
  #jobs: Versions | undefined;

  /** @returns undefined for a job that the last list did not hold. */
  get({ namespace, id }: JobRef): JobVersion | undefined {
    return this.#jobs?.get(namespace)?.get(id);
  }

  /** Takes over a new list. */
  update(list: readonly JobListStub[], now: number): void {
    const before = this.#jobs;
    const movedAt = before === undefined ? Number.NEGATIVE_INFINITY : now;
    const jobs: Versions = new Map();
    for (const { Namespace, ID, Type, ModifyIndex, JobSummary } of list) {
      let ofNamespace = jobs.get(Namespace);
      if (ofNamespace === undefined) {
        ofNamespace = new Map();
        jobs.set(Namespace, ofNamespace);
      }
      const summaryIndex = JobSummary?.ModifyIndex ?? 0;
      const known = before?.get(Namespace)?.get(ID);
      const isSame = known?.modifyIndex === ModifyIndex && known.summaryIndex === summaryIndex;
      ofNamespace.set(ID, isSame ? known : { type: Type, modifyIndex: ModifyIndex, summaryIndex, movedAt });
    }
    this.#jobs = jobs;
  }

  /** Takes a job for moved, before the list can say so. */
  touch(ref: JobRef, now: number): void {
    const known = this.get(ref);
    if (known !== undefined) this.#jobs?.get(ref.namespace)?.set(ref.id, { ...known, movedAt: now });
  }
}
