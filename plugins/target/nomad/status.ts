import { AutoscalerError, type Awaitable, type TargetStatus } from 'nomad-autoscaler/sdk';
import type { JobRef, JobStatus, SharedNomad } from 'nomad-autoscaler/sdk/nomad';
import type { GroupConfig } from './config.ts';

/** Nomad's own, where a policy names none. */
const defaultNamespace = 'default';

/** What was made of a group as it was read: asked for every few seconds, it seldom changes. */
const told = new WeakMap<object, TargetStatus>();

export const jobOf = ({ job, namespace }: GroupConfig): JobRef => ({
  namespace: namespace ?? defaultNamespace,
  id: job,
});

/** The job as the shared view knows it: from memory in steady state, then without a promise. */
export function groupStatus(
  nomad: Pick<SharedNomad, 'jobs'>,
  config: GroupConfig,
  signal: AbortSignal,
): Awaitable<TargetStatus | undefined> {
  const status = nomad.jobs.status(jobOf(config), signal);
  return status instanceof Promise ? status.then((known) => statusOf(known, config)) : statusOf(status, config);
}

/**
 * Running instances are the count; how many are wanted, and a deployment that would refuse a change, come beside it.
 *
 * @returns undefined when the job is gone.
 * @throws  `task_group_not_found` (usage).
 *
 * Compat: nomad-target's `count`, `ready` and meta.
 */
export function statusOf(status: JobStatus | undefined, { job, group }: GroupConfig): TargetStatus | undefined {
  if (status === undefined) return undefined;
  const { isStopped, groups, deployment } = status;
  const found = groups.get(group);
  if (found === undefined) {
    throw new AutoscalerError('task_group_not_found', `task group "${group}" not found`, { blame: 'usage' });
  }
  const known = told.get(found);
  if (known !== undefined) return known;
  const { running, desired, lastEventAt } = found;
  const made: TargetStatus = {
    ready: !isStopped,
    count: running,
    desired,
    ...(lastEventAt === undefined ? {} : { lastEventAt }),
    ...(deployment === undefined
      ? {}
      : { blockedBy: `deployment ${deployment.id.slice(0, 8)} is ${deployment.status}` }),
    meta: { [`nomad_autoscaler.target.nomad.${job}.stopped`]: String(isStopped) },
  };
  told.set(found, made);
  return made;
}
