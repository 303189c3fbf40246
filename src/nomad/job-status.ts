/**
 * What there is to know of a job before it is scaled: its counts, its last scaling, and whether a deployment forbids another.
 * Only that is kept of Nomad's answers: they are long, and there may be ten thousand jobs.
 */
import { type NomadClient, nomadRefusal, unlessRefused } from './client.ts';
import { isActive, type JobRef, jobScaleStatus, latestDeployment } from './jobs.ts';
import type { JobScaleStatus, TaskGroupScaleStatus } from './scaling-types.ts';
import type { JobType } from './types.ts';

/** A job as its scaling sees it. */
export interface JobStatus {
  readonly isStopped: boolean;
  /** By name. */
  readonly groups: ReadonlyMap<string, GroupStatus>;
  /** The deployment because of which Nomad would refuse to scale; undefined when there is none, or none is known. */
  readonly deployment: { readonly id: string; readonly status: string } | undefined;
}

/** Canaries and ended allocations are not counted. */
export interface GroupStatus {
  readonly desired: number;
  readonly placed: number;
  readonly running: number;
  /** The last scaling event, epoch milliseconds. */
  readonly lastEventAt: number | undefined;
}

export class JobStatusReader {
  readonly #client: NomadClient;
  /** A token may be good for scaling without being good for reading jobs. */
  #deploymentsRefused = false;

  constructor(client: NomadClient) {
    this.#client = client;
  }

  /** @param type  when it is known. @returns undefined when there is no such job. */
  async read(job: JobRef, type: JobType | undefined, signal: AbortSignal): Promise<JobStatus | undefined> {
    const scale = await unlessRefused(404, jobScaleStatus(this.#client, job, signal));
    if (scale === undefined) return undefined;
    const hasDeployments = type === undefined || type === 'service';
    const mayDeploy = hasDeployments && !scale.JobStopped && !isComplete(scale) && !this.#deploymentsRefused;
    const groups = Object.entries(scale.TaskGroups ?? {}).map(([name, group]) => [name, groupStatus(group)] as const);
    return {
      isStopped: scale.JobStopped,
      groups: new Map(groups),
      deployment: mayDeploy ? await this.#blockingDeployment(job, scale, signal) : undefined,
    };
  }

  async #blockingDeployment(job: JobRef, scale: JobScaleStatus, signal: AbortSignal): Promise<JobStatus['deployment']> {
    try {
      const deployment = await latestDeployment(this.#client, job, signal);
      const blocks = deployment?.JobCreateIndex === scale.JobCreateIndex && isActive(deployment);
      return blocks ? { id: deployment.ID, status: deployment.Status } : undefined;
    } catch (error) {
      // Nobody can know then; Nomad itself still refuses to scale during a deployment.
      const status = nomadRefusal(error)?.status;
      if (status !== 403 && status !== 404) throw error;
      this.#deploymentsRefused ||= status === 403;
      return undefined;
    }
  }
}

/** Every instance that is wanted is there and healthy: no deployment can be at work, save a paused one. */
function isComplete({ TaskGroups }: JobScaleStatus): boolean {
  return Object.values(TaskGroups ?? {}).every(
    (group) => group.Healthy === group.Placed && group.Placed === group.Desired,
  );
}

function groupStatus({ Desired, Placed, Running, Events }: TaskGroupScaleStatus): GroupStatus {
  const newest = Events?.[0];
  const lastEventAt = newest === undefined ? undefined : Math.floor(newest.Time / 1e6);
  return { desired: Desired, placed: Placed, running: Running, lastEventAt };
}

/** Whether it stays as it is until the job moves. */
export function isSettled(status: JobStatus | undefined): boolean {
  if (status === undefined || status.isStopped) return true;
  if (status.deployment !== undefined) return false;
  return status.groups.values().every(({ running, placed, desired }) => running === placed && placed === desired);
}
