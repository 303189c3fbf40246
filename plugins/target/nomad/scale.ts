import { type Action, inContext, noOp, type Outcome, scaled } from 'nomad-autoscaler/sdk';
import {
  activeDeploymentText,
  nomadRefusal,
  type ScalingRequest,
  type SharedNomad,
  scaleJob,
} from 'nomad-autoscaler/sdk/nomad';
import type { GroupConfig } from './config.ts';
import { jobOf } from './status.ts';

/**
 * Writes the count to Nomad, with the reason and the meta as its scaling event.
 *
 * @returns a no-op while a deployment of the job is active.
 * @throws  `nomad_request_failed` and what a connection throws; retryable as they are.
 */
export async function scaleGroup(
  nomad: Pick<SharedNomad, 'client' | 'jobs'>,
  action: Action,
  config: GroupConfig,
  signal: AbortSignal,
): Promise<Outcome> {
  const { job, group, namespace } = config;
  try {
    await scaleJob(nomad.client, job, namespace, scalingRequest(action, job, group), signal);
    return scaled;
  } catch (error) {
    if (isRefusedForDeployment(error)) return noOp(`skipping scaling group ${job}/${group} due to active deployment`);
    throw inContext(`failed to scale group ${job}/${group}`, error);
  } finally {
    nomad.jobs.touch(jobOf(config));
  }
}

/** With a null count Nomad only records the event: a dry run. Compat: nomad-target's body. */
function scalingRequest(action: Action, job: string, group: string): ScalingRequest {
  return {
    Count: action.dryRun ? null : action.count,
    Target: { Job: job, Group: group },
    Message: action.reason,
    Error: action.error ?? false,
    Meta: action.meta,
    PolicyOverride: false,
    JobModifyIndex: 0,
  };
}

/** The one text that has to be read: Nomad tells its several reasons for a 400 by nothing else. */
function isRefusedForDeployment(error: unknown): boolean {
  const refusal = nomadRefusal(error);
  return refusal?.status === 400 && refusal.body.includes(activeDeploymentText);
}
