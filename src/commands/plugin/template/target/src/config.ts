import { block, type Infer, text } from 'nomad-autoscaler/sdk';

/** The `config` of the agent's target block. */
export const agentConfig = block({
  folder: text({ doc: 'Folder of the files.' }),
});

/** The target block of a policy. */
export const policyConfig = block({
  file: text({ doc: 'Name of the file that holds the count.' }),
});

export type AgentConfig = Infer<typeof agentConfig>;
export type PolicyConfig = Infer<typeof policyConfig>;
