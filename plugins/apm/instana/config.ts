import { block, type Infer, secret, text } from 'nomad-autoscaler/sdk';

/** Compat: also looked at where the setting is nothing but white space. */
export const tokenVariable = 'INSTANA_API_TOKEN';

export const tokenMissing = 'api_token config value cannot be empty';
export const endpointMissing = 'endpoint config value cannot be empty';

/** The agent's `apm` block. Compat: upstream's keys, variable and texts. */
export const agentConfig = block({
  endpoint: text({ doc: 'Base URL of the Instana unit; a path in it is kept.', missing: endpointMissing }),
  apiToken: secret({
    doc: 'API token; never printed.',
    env: tokenVariable,
    missing: tokenMissing,
  }),
});

export type Config = Infer<typeof agentConfig>;
