import { block, type Infer, optional, secret, text, withPrefix } from 'nomad-autoscaler/sdk';

/** The agent's `apm` block. Compat: upstream's keys and texts; `bearer_token` is ours. */
export const agentConfig = block({
  address: text({
    doc: 'Base URL of Prometheus; a path is kept.',
    missing: '"address" config value cannot be empty',
  }),
  basicAuthUser: optional(text({ doc: 'User for basic auth.' })),
  basicAuthPassword: optional(secret({ doc: 'Its password; never printed.' })),
  bearerToken: optional(secret({ doc: 'Token for `Authorization: Bearer …`, in place of a user; never printed.' })),
  headers: withPrefix(
    'header_',
    secret({ doc: 'Adds a header to every request; an `Authorization` given here wins over user and token.' }),
  ),
  caCert: optional(text({ doc: 'PEM file of the CA that signed Prometheus’ certificate.' })),
  skipVerify: optional(text({ doc: '`true` takes any certificate.' })),
});

export type Config = Infer<typeof agentConfig>;
