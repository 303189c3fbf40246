import { block, type Infer, optional, secret, text } from 'nomad-autoscaler/sdk';

/** The agent's `apm` block. Compat: upstream's keys, variables and texts. */
export const agentConfig = block({
  ddApiKey: secret({
    doc: 'API key; never printed.',
    env: 'DD_API_KEY',
    missing: '"dd_api_key" config value cannot be empty',
  }),
  ddAppKey: secret({
    doc: 'Application key; never printed.',
    env: 'DD_APP_KEY',
    missing: '"dd_app_key" config value cannot be empty',
  }),
  site: text({ doc: 'Datadog site of the account, as `datadoghq.eu`.', default: 'datadoghq.com' }),
  ddApiRatePerSec: optional(
    text({
      doc: 'How many queries may be asked at once; each second allows one more. `-1` sets no limit and only measures the requests.',
    }),
  ),
});

export type Config = Infer<typeof agentConfig>;
