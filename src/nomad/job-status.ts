/** What there is to know of a job before it is scaled: its counts and events, and whether a deployment forbids it. */
import { type NomadClient, nomadRefusal } from './client.ts';
import type { Deployment } from './evaluation-types.ts';
import { isActive, type JobRef, jobScaleStatus, latestDeployment } from './jobs.ts';
import type { JobScaleStatus } from './scaling-types.ts';
import type { JobType } from './types.ts';

export interface JobStatus {
  readonly scale: JobScaleStatus;
  /** The deployment because of which Nomad would refuse to scale; undefined when there is none, or none is known. */
  readonly deployment: Deployment | undefined;
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
    const scale = await unlessGone(jobScaleStatus(this.#client, job, signal));
    if (scale === undefined) return undefined;
    const hasDeployments = type === undefined || type === 'service';
    const mayDeploy = hasDeployments && !scale.JobStopped && !isComplete(scale) && !this.#deploymentsRefused;
    return { scale, deployment: mayDeploy ? await this.#blockingDeployment(job, scale, signal) : undefined };
  }

  async #blockingDeployment(job: JobRef, scale: JobScaleStatus, signal: AbortSignal): Promise<Deployment | undefined> {
    try {
      const deployment = await latestDeployment(this.#client, job, signal);
      return deployment?.JobCreateIndex === scale.JobCreateIndex && isActive(deployment) ? deployment : undefined;
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

/** Whether it stays as it is until the job moves. */
export function isSettled(status: JobStatus | undefined): boolean {
  if (status === undefined || status.scale.JobStopped) return true;
  if (status.deployment !== undefined) return false;
  return Object.values(status.scale.TaskGroups ?? {}).every(
    (group) => group.Running === group.Placed && group.Placed === group.Desired,
  );
}

/** @returns undefined for Nomad's 404. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (nomadRefusal(error)?.status === 404) return undefined;
    throw error;
  }
}
