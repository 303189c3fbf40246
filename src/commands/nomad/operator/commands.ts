/** `nomad operator …`: servers, the scheduler's settings, raw requests. */
import { boolFlag, textFlag } from '../../../lib/flags.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import { nomadRefusal } from '../../../nomad/client.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { pairs, table } from '../text/columns.ts';
import { formatFlags, formatted } from '../text/format.ts';
import { schedulerSettings, settingsPath } from './scheduler-settings.ts';

interface Peer {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Leader: boolean;
  readonly Voter: boolean;
  readonly RaftProtocol: string;
}

export const operatorListPeers = defineCommand({
  name: 'operator raft list-peers',
  takes: '[options]',
  synopsis: 'Display the current Raft peer configuration',
  flags: { stale: boolFlag },
  async run({ client, signal, out }) {
    const path = '/v1/operator/raft/configuration';
    const reading = client.object<{ readonly Servers: readonly Peer[] }>(path, {}, signal);
    const { Servers } = (await attempt('Error getting peers: Failed to retrieve raft configuration', reading)).value;
    const rows = Servers.map(({ Node, ID, Address, Leader, Voter, RaftProtocol }) => [
      ...[Node, ID, Address, Leader ? 'leader' : 'follower', String(Voter), RaftProtocol],
    ]);
    out(table([['Node', 'ID', 'Address', 'State', 'Voter', 'RaftProtocol'], ...rows]));
    return 0;
  },
});

export const operatorGetConfig = defineCommand({
  name: 'operator scheduler get-config',
  takes: '[options]',
  synopsis: 'Display the current scheduler configuration',
  flags: formatFlags,
  async run(call) {
    const { values, out } = call;
    const settings = await schedulerSettings(call);
    const shown = formatted(values, settings);
    if (shown !== undefined) return void out(shown);
    const { SchedulerConfig: all } = settings;
    const text = (key: string, of: JsonObject = all) => String(of[key] ?? '');
    const preemption = (kind: string) => text(`${kind}SchedulerEnabled`, all.PreemptionConfig);
    out(
      pairs([
        ['Scheduler Algorithm', text('SchedulerAlgorithm')],
        ['Memory Oversubscription', text('MemoryOversubscriptionEnabled')],
        ['Reject Job Registration', text('RejectJobRegistration')],
        ['Pause Eval Broker', text('PauseEvalBroker')],
        ['Preemption System Scheduler', preemption('System')],
        ['Preemption Service Scheduler', preemption('Service')],
        ['Preemption Batch Scheduler', preemption('Batch')],
        ['Preemption SysBatch Scheduler', preemption('SysBatch')],
        ['Node Limit For Feasibility Checks', text('NodeLimitForFeasibilityChecks')],
        ['Modify Index', text('ModifyIndex')],
      ]),
    );
    return 0;
  },
});

export const operatorSetConfig = defineCommand({
  name: 'operator scheduler set-config',
  takes: '[options]',
  synopsis: 'Modify the current scheduler configuration',
  flags: {
    ...{ 'scheduler-algorithm': textFlag, 'memory-oversubscription': boolFlag, 'reject-job-registration': boolFlag },
    ...{ 'pause-eval-broker': boolFlag, 'preempt-system-scheduler': boolFlag, 'preempt-service-scheduler': boolFlag },
    ...{ 'preempt-batch-scheduler': boolFlag, 'preempt-sysbatch-scheduler': boolFlag },
  },
  async run(call) {
    const { client, signal, values, out } = call;
    const { SchedulerConfig: all } = await schedulerSettings(call);
    const preemption = { ...all.PreemptionConfig };
    const kinds = { System: 'system', Service: 'service', Batch: 'batch', SysBatch: 'sysbatch' } as const;
    for (const [key, kind] of Object.entries(kinds)) {
      const wanted = values[`preempt-${kind}-scheduler`];
      if (wanted !== undefined) preemption[`${key}SchedulerEnabled`] = wanted;
    }
    const body = {
      ...all,
      PreemptionConfig: preemption,
      SchedulerAlgorithm: values['scheduler-algorithm'] ?? all['SchedulerAlgorithm'],
      MemoryOversubscriptionEnabled: values['memory-oversubscription'] ?? all['MemoryOversubscriptionEnabled'],
      RejectJobRegistration: values['reject-job-registration'] ?? all['RejectJobRegistration'],
      PauseEvalBroker: values['pause-eval-broker'] ?? all['PauseEvalBroker'],
    };
    await attempt('Error updating scheduler configuration', client.write('PUT', settingsPath, body, {}, signal));
    out('Scheduler configuration updated!');
    return 0;
  },
});

export const operatorApi = defineCommand({
  name: 'operator api',
  takes: '[options] <path>',
  synopsis: 'Query the Nomad API',
  flags: { X: textFlag, verbose: boolFlag, dryrun: boolFlag },
  async run({ client, signal, values, operands, stdout, stdin, isFed }) {
    const [path, ...more] = operands;
    if (path === undefined || more.length > 0) throw wrongUsage('A path or URL is required');
    const asked = path.startsWith('/') ? path : `/v1/${path}`;
    // Compat: what is piped in becomes the body, and the request a write, even when it is empty.
    const method = values.X ?? (isFed ? 'PUT' : 'GET');
    const body = isFed ? await stdin() : '';
    if (method !== 'GET' && method !== 'PUT' && method !== 'POST' && method !== 'DELETE') {
      throw wrongUsage(`Unknown method "${method}"`);
    }
    try {
      if (method === 'GET') stdout((await client.text(asked, {}, signal)).value);
      else {
        const { value } = await client.write(method, asked, body === '' ? undefined : JSON.parse(body), {}, signal);
        stdout(value === undefined ? '' : JSON.stringify(value));
      }
    } catch (error) {
      // What Nomad refuses with is an answer like any other here.
      const refused = nomadRefusal(error);
      if (refused === undefined) throw error;
      stdout(refused.body);
    }
    return 0;
  },
});

export const operatorMetrics = defineCommand({
  name: 'operator metrics',
  takes: '[options]',
  synopsis: 'Retrieve Nomad metrics',
  flags: { pretty: boolFlag, format: textFlag },
  async run({ client, signal, values, out }) {
    const query: Record<string, string> = {};
    if (values.format) query['format'] = values.format;
    if (values.pretty) query['pretty'] = '1';
    out((await attempt('Error getting metrics', client.text('/v1/metrics', { query }, signal))).value);
    return 0;
  },
});

export const autopilotGetConfig = defineCommand({
  name: 'operator autopilot get-config',
  takes: '[options]',
  synopsis: 'Display the current Autopilot configuration',
  flags: formatFlags,
  async run({ client, signal, values, out }) {
    const reading = client.object<JsonObject>('/v1/operator/autopilot/configuration', {}, signal);
    const all = (await attempt('Error querying Autopilot configuration', reading)).value;
    const shown = formatted(values, all);
    if (shown !== undefined) return void out(shown);
    const keys = [
      ...['CleanupDeadServers', 'LastContactThreshold', 'MaxTrailingLogs', 'MinQuorum', 'ServerStabilizationTime'],
      ...['EnableRedundancyZones', 'DisableUpgradeMigration', 'EnableCustomUpgrades'],
    ];
    out(keys.map((key) => `${key} = ${all[key]}`).join('\n'));
    return 0;
  },
});

export const autopilotHealth = defineCommand({
  name: 'operator autopilot health',
  takes: '[options]',
  synopsis: 'Display the current Autopilot health',
  flags: formatFlags,
  async run({ client, signal, values, out }) {
    const reading = client.object<JsonObject>('/v1/operator/autopilot/health', {}, signal);
    const all = (await attempt('Error querying Autopilot health', reading)).value;
    const shown = formatted(values, all);
    if (shown !== undefined) return void out(shown);
    const servers = Array.isArray(all['Servers']) ? all['Servers'].filter(isJsonObject) : [];
    const voters = Array.isArray(all['Voters']) ? all['Voters'] : [];
    const leader = all['Leader'] || servers.find(({ Leader }) => Leader === true)?.['ID'];
    out(`Healthy: ${all['Healthy']}\nFailureTolerance: ${all['FailureTolerance']}\nLeader: ${leader ?? ''}\nVoters: `);
    for (const voter of voters) out(`\t${voter}`);
    const keys = [
      ...['ID', 'Name', 'Address', 'SerfStatus', 'Version', 'Leader', 'Voter', 'Healthy', 'LastContact', 'LastTerm'],
      ...['LastIndex', 'StableSince'],
    ];
    out(`Servers: \n${table([keys, ...servers.map((server) => keys.map((key) => String(server[key] ?? '')))])}\n`);
    return 0;
  },
});
