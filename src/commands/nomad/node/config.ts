/** `nomad node config`: the servers that a client knows. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';

export const nodeConfig = defineCommand({
  name: 'node config',
  takes: '[options]',
  synopsis: 'View or modify client configuration details',
  flags: { servers: boolFlag, 'update-servers': boolFlag },
  async run({ values, client, signal, out, operands }) {
    if (values['update-servers']) {
      const query = { address: operands.join(',') };
      await attempt(
        'Error updating server list',
        client.write('PUT', '/v1/agent/servers', undefined, { query }, signal),
      );
      out('Updated server list');
      return 0;
    }
    if (!values.servers) throw wrongUsage('The -servers flag(s) must be set');
    const { value } = await attempt('Error querying server list', client.list<string>('/v1/agent/servers', {}, signal));
    out(value.join('\n'));
    return 0;
  },
});
