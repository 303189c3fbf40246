import { block, type Infer, optional, secret, text } from 'nomad-autoscaler/sdk';

/** The agent's `apm` block. Compat: upstream's keys. What they must be to each other is in `settings.ts`. */
export const agentConfig = block({
  address: text({
    doc: 'Base URL of InfluxDB; a path and parameters in it are kept.',
    missing: 'address config value cannot be empty',
  }),
  database: optional(text({ doc: 'Database to query; this or `db` is required.' })),
  db: optional(text({ doc: 'The same, where `database` is not given.' })),
  username: optional(text({ doc: 'User for basic auth, or the user that the signed token names.' })),
  password: optional(secret({ doc: 'Password for basic auth; never printed.' })),
  sharedSecret: optional(
    secret({
      doc: 'Signs a token for each request (HS256, good for two minutes) instead of a password; never printed.',
    }),
  ),
  version: text({ doc: 'Version of InfluxDB’s API: `1` is the only one so far.', default: '1' }),
});

export type Config = Infer<typeof agentConfig>;
