/** When a rollout begins and when it is done. Compat: spec nomad-scheduler.md §7.4.10–11. */
import type { Deployment, DeploymentState, Evaluation } from '../../nomad/evaluation-types.ts';
import type { Job } from '../../nomad/types.ts';
import type { Context } from './plan.ts';
import type { GroupResult } from './reconcile.ts';

/**
 * @param isFirst  no allocation of this version exists yet.
 * @returns the deployment to create, undefined when nothing is rolled out.
 */
export function deploymentOf(
  job: Job | undefined,
  results: ReadonlyMap<string, GroupResult>,
  isFirst: boolean,
  evaluation: Evaluation,
  context: Context,
): Deployment | undefined {
  if (job === undefined || job.Stop || (job.Type !== 'service' && job.Type !== 'system')) return undefined;
  const groups: Record<string, DeploymentState> = {};
  for (const group of job.TaskGroups) {
    const result = results.get(group.Name);
    const update = group.Update;
    if (result === undefined || update === null || update.MaxParallel === 0) continue;
    const isRollout = isFirst || result.updates > 0;
    if (!isRollout || result.deploys === 0) continue;
    groups[group.Name] = {
      AutoRevert: update.AutoRevert,
      AutoPromote: update.AutoPromote,
      ProgressDeadline: update.ProgressDeadline,
      RequireProgressBy: null,
      Promoted: false,
      PlacedCanaries: null,
      DesiredCanaries: result.desiredCanaries,
      DesiredTotal: result.deploys,
      PlacedAllocs: 0,
      HealthyAllocs: 0,
      UnhealthyAllocs: 0,
    };
  }
  if (Object.keys(groups).length === 0) return undefined;
  const deployment: Deployment = {
    ID: context.newId(),
    Namespace: job.Namespace,
    JobID: job.ID,
    JobVersion: job.Version,
    JobModifyIndex: job.ModifyIndex,
    JobSpecModifyIndex: job.JobModifyIndex,
    JobCreateIndex: job.CreateIndex,
    IsMultiregion: false,
    TaskGroups: groups,
    Status: 'running',
    StatusDescription: 'Deployment is running',
    EvalPriority: evaluation.Priority,
    ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
  };
  if (!needsPromotion(deployment)) return deployment;
  const who = promotesItself(deployment) ? 'pending automatic promotion' : 'but requires manual promotion';
  return { ...deployment, StatusDescription: `Deployment is running ${who}` };
}

/** Some canaries wait for a decision. */
export function needsPromotion(deployment: Deployment): boolean {
  return Object.values(deployment.TaskGroups ?? {}).some((one) => one.DesiredCanaries > 0 && !one.Promoted);
}

/** Every group with canaries is promoted as soon as they are healthy. */
export function promotesItself(deployment: Deployment): boolean {
  const withCanaries = Object.values(deployment.TaskGroups ?? {}).filter((one) => one.DesiredCanaries > 0);
  return withCanaries.length > 0 && withCanaries.every((one) => one.AutoPromote);
}

/** @param isPlacing  whether this evaluation places more of a group. */
export function isComplete(
  deployment: Deployment,
  results: ReadonlyMap<string, GroupResult>,
  isPlacing: (group: string) => boolean,
): boolean {
  if (deployment.Status !== 'running') return false;
  for (const [name, group] of Object.entries(deployment.TaskGroups ?? {})) {
    if (results.get(name)?.settled === false || isPlacing(name)) return false;
    if (group.HealthyAllocs < Math.max(group.DesiredTotal, group.DesiredCanaries)) return false;
    if (group.DesiredCanaries > 0 && !group.Promoted) return false;
  }
  return true;
}
