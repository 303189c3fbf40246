import { block, type Infer, optional, text } from 'nomad-autoscaler/sdk';
import { nomadFields } from 'nomad-autoscaler/sdk/nomad';

export const agentConfig = block(nomadFields);

/** The agent fills these in for the policy of a job. Compat: upstream's names and texts. */
export const policyConfig = block({
  job: text({ key: 'Job', doc: 'ID of the job.', missing: 'required config key "Job" not found' }),
  group: text({ key: 'Group', doc: 'Name of its task group.', missing: 'required config key "Group" not found' }),
  namespace: optional(
    text({ key: 'Namespace', doc: 'Namespace of the job; `default`, and the client’s own when scaling.' }),
  ),
});

/** The task group that a policy scales. */
export type GroupConfig = Infer<typeof policyConfig>;
