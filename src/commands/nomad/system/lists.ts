/** Lists of what the embedded Nomad never has: services, volumes, plugins, quotas. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { table } from '../text/columns.ts';

export const serviceList = defineCommand({
  name: 'service list',
  takes: '[options]',
  synopsis: 'Display all registered services',
  flags: {},
  async run({ client, signal, out }) {
    const listing = client.list<{ readonly Services: readonly Service[] }>('/v1/services', {}, signal);
    const { value } = await attempt('Error listing service registrations', listing);
    const services = value.flatMap(({ Services }) => Services);
    const rows = services.map(({ ServiceName, Tags }) => [ServiceName, `[${(Tags ?? []).join(',')}]`]);
    out(rows.length === 0 ? 'No service registrations found' : table([['Service Name', 'Tags'], ...rows]));
    return 0;
  },
});

interface Service {
  readonly ServiceName: string;
  readonly Tags: readonly string[] | null;
}

interface Named {
  readonly ID: string;
  readonly Name?: string;
}

export const volumeStatus = defineCommand({
  name: 'volume status',
  takes: '[options] <id>',
  synopsis: 'Display status information about volumes',
  flags: { verbose: boolFlag },
  async run({ client, signal, out, err }) {
    for (const { title, type, none } of volumeKinds) {
      out(title);
      const { value } = await attempt(
        'Error querying volumes',
        client.list<Named>('/v1/volumes', { query: { type } }, signal),
      );
      if (value.length === 0) err(none);
      else out(table([['ID', 'Name'], ...value.map(({ ID, Name = '' }) => [ID, Name])]));
      if (type === 'host') out('');
    }
    return 0;
  },
});

const volumeKinds = [
  { title: 'Dynamic Host Volumes', type: 'host', none: 'No dynamic host volumes' },
  { title: 'Container Storage Interface', type: 'csi', none: 'No CSI volumes' },
] as const;

export const pluginStatus = defineCommand({
  name: 'plugin status',
  takes: '[options] <plugin>',
  synopsis: 'Display status information about a plugin',
  flags: { verbose: boolFlag },
  async run({ client, signal, out, err }) {
    out('Container Storage Interface');
    const listing = client.list<Named>('/v1/plugins', { query: { type: 'csi' } }, signal);
    const { value } = await attempt('Error querying CSI plugins', listing);
    if (value.length === 0) err('No CSI plugins');
    else out(table([['ID'], ...value.map(({ ID }) => [ID])]));
    return 0;
  },
});

export const quotaList = defineCommand({
  name: 'quota list',
  takes: '[options]',
  synopsis: 'List quota specifications',
  flags: {},
  async run({ client, signal, out }) {
    const { value } = await attempt('Error retrieving quotas', client.list<Named>('/v1/quotas', {}, signal));
    out(table([['Name'], ...value.map(({ Name = '' }) => [Name])]));
    return 0;
  },
});
