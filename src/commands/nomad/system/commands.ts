/** `nomad system gc`, `nomad system reconcile summaries`, `nomad agent-info`, `nomad version`. */

import { isJsonObject } from '../../../lib/json.ts';
import { attempt, defineCommand } from '../cli/command.ts';
import { formatFlags, formatted } from '../text/format.ts';

export const systemGc = defineCommand({
  name: 'system gc',
  takes: '[options]',
  synopsis: 'Run the system garbage collection process',
  flags: {},
  async run({ client, signal }) {
    await attempt(
      'Error running system garbage-collection',
      client.write('PUT', '/v1/system/gc', undefined, {}, signal),
    );
    return 0;
  },
});

export const systemReconcile = defineCommand({
  name: 'system reconcile summaries',
  takes: '[options]',
  synopsis: 'Reconciles the summaries of all registered jobs',
  flags: {},
  async run({ client, signal }) {
    const writing = client.write('PUT', '/v1/system/reconcile/summaries', undefined, {}, signal);
    await attempt('Error running system summary reconciliation', writing);
    return 0;
  },
});

export const agentInfo = defineCommand({
  name: 'agent-info',
  takes: '[options]',
  synopsis: 'Display status information about the local agent',
  flags: formatFlags,
  async run({ client, signal, values, out }) {
    const reading = client.object<{ readonly stats?: unknown }>('/v1/agent/self', {}, signal);
    const self = (await attempt('Error querying agent info', reading)).value;
    const text = formatted(values, self);
    if (text !== undefined) return void out(text);
    const stats = isJsonObject(self.stats) ? self.stats : {};
    for (const section of Object.keys(stats).sort()) {
      const members = isJsonObject(stats[section]) ? stats[section] : {};
      const lines = Object.keys(members)
        .sort()
        .map((key) => `  ${key} = ${members[key]}`);
      out([section, ...lines].join('\n'));
    }
    return 0;
  },
});

export const version = defineCommand({
  name: 'version',
  takes: '',
  synopsis: 'Prints the Nomad version',
  flags: {},
  async run(call) {
    call.out(`Nomad v${call.version}`);
    return 0;
  },
});
