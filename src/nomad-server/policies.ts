/**
 * Scaling policies of a job's groups: they keep their ID as long as their target lives, and their index as long as
 * nothing about them changes. Compat: spec nomad-api.md §6, nomad-scheduler.md §18.
 */
import type { Job, ScalingPolicy } from '../nomad/types.ts';
import type { Transaction } from './transaction.ts';

/**
 * @param former  the version that is replaced; undefined for a new job.
 * @returns the job with the IDs and indexes of its policies.
 */
export function withPolicies(tx: Transaction, job: Job, former: Job | undefined, newId: () => string): Job {
  const before = new Map(
    (former?.TaskGroups ?? []).flatMap((one) => (one.Scaling ? [[one.Name, one.Scaling] as const] : [])),
  );
  let changed = false;
  const groups = job.TaskGroups.map((group) => {
    if (group.Scaling === null) return group;
    const known = before.get(group.Name);
    before.delete(group.Name);
    const policy = settle(tx, { ...group.Scaling, Enabled: group.Scaling.Enabled && !job.Stop }, known, newId);
    if (policy === group.Scaling) return group;
    changed = true;
    return { ...group, Scaling: policy };
  });
  for (const gone of before.values()) tx.deletePolicy(gone.ID);
  return changed ? { ...job, TaskGroups: groups } : job;
}

function settle(
  tx: Transaction,
  policy: ScalingPolicy,
  known: ScalingPolicy | undefined,
  newId: () => string,
): ScalingPolicy {
  if (known !== undefined && sameRule(policy, known)) return known;
  const after = {
    ...policy,
    ID: known?.ID ?? newId(),
    CreateIndex: known?.CreateIndex ?? tx.index,
    ModifyIndex: tx.index,
  };
  tx.putPolicy(after);
  return after;
}

/** The same but for what the server fills in. */
function sameRule(a: ScalingPolicy, b: ScalingPolicy): boolean {
  const rule = ({ Type, Target, Policy, Min, Max, Enabled }: ScalingPolicy) => [
    Type,
    Target,
    Policy,
    Min,
    Max,
    Enabled,
  ];
  return JSON.stringify(rule(a)) === JSON.stringify(rule(b));
}

export function deletePolicies(tx: Transaction, job: Job): void {
  for (const group of job.TaskGroups) if (group.Scaling !== null) tx.deletePolicy(group.Scaling.ID);
}
