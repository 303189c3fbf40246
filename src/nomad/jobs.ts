/** Jobs: the list, one job, its allocations, its scale status, and scaling it. Source: spec nomad-api.md §5. */
import type { AllocStub } from './allocation-types.ts';
import { type Answer, type NomadClient, segment } from './client.ts';
import type { Deployment } from './evaluation-types.ts';
import type { JobListStub, JobScaleStatus, JobSummary, ScalingRequest } from './scaling-types.ts';
import type { Job } from './types.ts';

/** Which job is meant. */
export interface JobRef {
  readonly namespace: string;
  readonly id: string;
}

const pathOf = (job: JobRef): string => `/v1/job/${segment(job.id)}`;

/**
 * Every job that the token may see. A token without the right to list jobs is refused in one namespace, and sees an empty
 * list for namespace `*`.
 *
 * @param index  makes it a blocking query.
 */
export function listJobs(
  client: NomadClient,
  namespace: string,
  index: number | undefined,
  signal: AbortSignal,
): Promise<Answer<readonly JobListStub[]>> {
  return client.list('/v1/jobs', { namespace, long: true, ...(index === undefined ? {} : { index }) }, signal);
}

/** @throws NomadError 404 `job not found`. */
export async function readJob(client: NomadClient, job: JobRef, signal: AbortSignal): Promise<Job> {
  return (await client.object<Job>(pathOf(job), { namespace: job.namespace }, signal)).value;
}

/** How many allocations of each group wait, run and have ended. @throws NomadError 404 `job not found`. */
export async function jobSummary(client: NomadClient, job: JobRef, signal: AbortSignal): Promise<JobSummary> {
  const { value } = await client.object<JobSummary>(`${pathOf(job)}/summary`, { namespace: job.namespace }, signal);
  return value;
}

/** Allocations of the job as it is registered now, ended ones too; none for an unknown job. */
export async function jobAllocations(
  client: NomadClient,
  job: JobRef,
  signal: AbortSignal,
): Promise<readonly AllocStub[]> {
  const options = { namespace: job.namespace, query: { all: 'false' }, long: true };
  return (await client.list<AllocStub>(`${pathOf(job)}/allocations`, options, signal)).value;
}

/** @throws NomadError 404 when there is no such job. */
export async function jobScaleStatus(client: NomadClient, job: JobRef, signal: AbortSignal): Promise<JobScaleStatus> {
  return (await client.object<JobScaleStatus>(`${pathOf(job)}/scale`, { namespace: job.namespace }, signal)).value;
}

/** The newest deployment of the job, ended ones too; undefined when there is none. */
export async function latestDeployment(
  client: NomadClient,
  job: JobRef,
  signal: AbortSignal,
): Promise<Deployment | undefined> {
  const { value } = await client.get(`${pathOf(job)}/deployment`, { namespace: job.namespace }, signal);
  return typeof value === 'object' && value !== null ? (value as Deployment) : undefined;
}

/** While a deployment is in one of these states Nomad refuses to scale its job. */
const activeStates = new Set(['running', 'paused', 'pending', 'blocked', 'unblocking', 'initializing']);

export function isActive(deployment: Deployment): boolean {
  return activeStates.has(deployment.Status);
}

/**
 * @param namespace  undefined: the client's own.
 * @throws NomadError 400 with `activeDeploymentText` while a deployment is active.
 *
 * Compat: upstream also sends the three empty members.
 */
export async function scaleJob(
  client: NomadClient,
  id: string,
  namespace: string | undefined,
  request: ScalingRequest,
  signal: AbortSignal,
): Promise<void> {
  const body = { ...request, Region: '', Namespace: '', SecretID: '' };
  const options = namespace === undefined ? {} : { namespace };
  await client.write('PUT', `/v1/job/${segment(id)}/scale`, body, options, signal);
}

/** Nomad gives no other sign for this one refusal than its text, which its documentation fixes. */
export const activeDeploymentText = 'job scaling blocked due to active deployment';
