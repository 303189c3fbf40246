import { block, type Infer, text } from 'nomad-autoscaler/sdk';

/** The `config` of the agent's apm block. */
export const agentConfig = block({
  folder: text({ doc: 'Folder of the files.' }),
});

export type AgentConfig = Infer<typeof agentConfig>;
