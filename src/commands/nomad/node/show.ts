/** One node as `node status` shows it. */

import { formatDuration } from '../../../lib/duration.ts';
import type { Allocation, AllocResourceUsage } from '../../../nomad/allocation-types.ts';
import type { Node } from '../../../nomad/node-types.ts';
import { allocationTable } from '../alloc/rows.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { pairs, sortedPairs, table } from '../text/columns.ts';
import { timeOfText } from '../text/times.ts';
import { allocatedText, type HostUsage, hostStatsText, hostUsedText, usedText } from './resources.ts';

export interface ShowOptions {
  readonly short?: boolean;
  readonly stats?: boolean;
  readonly verbose?: boolean;
}

export async function showNode(
  call: AnyCall,
  node: Node,
  { short, stats, verbose = false }: ShowOptions,
): Promise<void> {
  const { client, signal } = call;
  const every = { namespace: '*', long: true };
  const listing = client.list<Allocation>(`/v1/node/${node.ID}/allocations`, every, signal);
  const allocations = (await attempt('Error querying node allocations', listing)).value;
  const listed = allocations.map((one) => ({ ...one, JobVersion: one.Job?.Version ?? 0 }));
  const list = allocationTable(listed, { nowMs: call.clock.now(), isVerbose: verbose });
  const drivers = Object.entries(node.Drivers ?? {})
    .filter(([, { Detected }]) => Detected)
    .map(([name]) => name)
    .sort();
  if (short) {
    call.out(pairs([...basics(node), ...around(node), ['Drivers', drivers.join(',')]]));
    return call.out(`\nAllocations\n${list}`);
  }
  const host = await hostUsage(call, node);
  const uptime = host === undefined ? [] : [['Uptime', formatDuration(host.Uptime * 1000)] as const];
  const rest = verbose ? [] : [...around(node), ['Driver Status', driverStatus(node)] as const];
  call.out(pairs([...basics(node), ...uptime, ...rest]));
  if (verbose) call.out(`\nDrivers\n${driverTable(node)}`);
  call.out(`\nNode Events\n${eventTable(node, verbose)}`);
  call.out(`\n${allocatedText(node, allocations)}`);
  if (host !== undefined) {
    const running = allocations.filter(({ ClientStatus }) => ClientStatus === 'running');
    call.out(`\n${usedText(node, await Promise.all(running.map((one) => usageOf(call, one))))}`);
    call.out(`\n${hostUsedText(node, host)}`);
    if (stats) call.out(`\n${hostStatsText(host)}`);
  }
  call.out(`\nAllocations\n${list}`);
  if (verbose) {
    call.out(`\nAttributes\n${sortedPairs(node.Attributes)}`);
    call.out(`\nMeta\n${sortedPairs(node.Meta ?? {})}`);
  }
}

const names = (values: Readonly<Record<string, unknown>> | null): string =>
  Object.keys(values ?? {})
    .sort()
    .join(',');

const basics = (node: Node): readonly (readonly [string, string])[] => [
  ['ID', node.ID],
  ['Name', node.Name],
  ['Node Pool', node.NodePool],
  ['Class', node.NodeClass],
  ['DC', node.Datacenter],
  ['Drain', drainText(node)],
  ['Eligibility', node.SchedulingEligibility],
  ['Status', node.Status],
  ['CSI Controllers', names(node.CSIControllerPlugins)],
  ['CSI Drivers', names(node.CSINodePlugins)],
];

const around = (node: Node): readonly (readonly [string, string])[] => [
  ['Host Volumes', names(node.HostVolumes)],
  ['Host Networks', names(node.HostNetworks)],
  ['CSI Volumes', ''],
];

/** `true; no deadline; ignoring system jobs` */
function drainText({ DrainStrategy: strategy }: Node): string {
  if (strategy === null) return 'false';
  const until = strategy.ForceDeadline === null ? 'no deadline' : `${timeOfText(strategy.ForceDeadline)} deadline`;
  return `true; ${until}${strategy.IgnoreSystemJobs ? '; ignoring system jobs' : ''}`;
}

/** The drivers that are there, those that are not well marked. */
function driverStatus({ Drivers }: Node): string {
  return Object.entries(Drivers ?? {})
    .filter(([, { Detected }]) => Detected)
    .map(([name, { Healthy }]) => (Healthy ? name : `${name} (unhealthy)`))
    .sort()
    .join(',');
}

function driverTable({ Drivers }: Node): string {
  const rows = Object.entries(Drivers ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [
      ...[name, String(one.Detected), String(one.Healthy), one.HealthDescription, timeOfText(one.UpdateTime)],
    ]);
  return table([['Driver', 'Detected', 'Healthy', 'Message', 'Time'], ...rows]);
}

/** Newest first. */
function eventTable({ Events }: Node, isVerbose: boolean): string {
  const rows = [...(Events ?? [])].reverse().map(({ Timestamp, Subsystem, Message, Details }) => [
    ...[timeOfText(Timestamp), Subsystem, Message],
    ...(isVerbose
      ? [
          Object.entries(Details ?? {})
            .map(([key, value]) => `${key} : ${value}`)
            .join(','),
        ]
      : []),
  ]);
  return table([['Time', 'Subsystem', 'Message', ...(isVerbose ? ['Details'] : [])], ...rows]);
}

/** @returns undefined when the client does not answer: a node that is down. */
async function hostUsage({ client, signal }: AnyCall, node: Node): Promise<HostUsage | undefined> {
  if (node.Status === 'down') return undefined;
  const reading = client.object<HostUsage>('/v1/client/stats', { query: { node_id: node.ID } }, signal);
  return (await attempt('error fetching node stats', reading)).value;
}

async function usageOf({ client, signal }: AnyCall, { ID, Namespace }: Allocation): Promise<AllocResourceUsage> {
  const reading = client.object<AllocResourceUsage>(
    `/v1/client/allocation/${ID}/stats`,
    { namespace: Namespace },
    signal,
  );
  return (await attempt('Error querying allocation stats', reading)).value;
}
