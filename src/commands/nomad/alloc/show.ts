/** One allocation as `alloc status` shows it. */

import { formatDuration } from '../../../lib/duration.ts';
import type { Allocation, AllocResourceUsage } from '../../../nomad/allocation-types.ts';
import { type AnyCall, unlessRefusedBy } from '../cli/command.ts';
import { pairs, table } from '../text/columns.ts';
import { metricLines } from '../text/failures.ts';
import { shortId } from '../text/ids.ts';
import { ago, timeOfNs } from '../text/times.ts';
import { taskText } from './task-text.ts';

export interface ShowOptions {
  readonly short?: boolean;
  readonly stats?: boolean;
  readonly verbose?: boolean;
}

export async function showAllocation(call: AnyCall, allocation: Allocation, options: ShowOptions): Promise<void> {
  const { short, stats, verbose = false } = options;
  const nowMs = call.clock.now();
  if (short) return call.out(`${shortText(allocation, nowMs)}\n\nTasks\n${shortTasks(allocation)}`);
  call.out(basics(allocation, nowMs, verbose));
  // Ports of the tasks' own networks stand with the tasks.
  if ((allocation.AllocatedResources?.Shared.Networks ?? []).length > 0)
    call.out(`\nAllocation Addresses:\n${addressTable(allocation)}`);
  const usage = await usageOf(call, allocation);
  for (const name of Object.keys(allocation.TaskStates ?? {}).sort()) {
    call.out(`\n${taskText(allocation, name, usage, stats ?? false)}`);
  }
  if (verbose && (allocation.Metrics?.ScoreMetaData ?? []).length > 0) {
    call.out(`\nPlacement Metrics\n${scoreTable(allocation)}`);
  }
  if (allocation.Metrics !== null && allocation.ClientStatus === 'failed' && !allocation.NodeID) {
    call.out(`\n${metricLines(allocation.Metrics).join('\n')}`);
  }
}

/** What it uses now; undefined when its client cannot say. */
async function usageOf({ client, signal }: AnyCall, allocation: Allocation): Promise<AllocResourceUsage | undefined> {
  const path = `/v1/client/allocation/${allocation.ID}/stats`;
  const reading = client.object<AllocResourceUsage>(path, { namespace: allocation.Namespace }, signal);
  return (await unlessRefusedBy(reading))?.value;
}

const shortText = (allocation: Allocation, nowMs: number): string =>
  pairs([
    ['ID', allocation.ID],
    ['Name', allocation.Name],
    ['Created', ago(allocation.CreateTime, nowMs)],
    ['Modified', ago(allocation.ModifyTime, nowMs)],
  ]);

function shortTasks({ TaskStates, AllocatedResources }: Allocation): string {
  const rows = Object.entries(TaskStates ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { State, Events }]) => {
      const last = Events?.at(-1);
      const lifecycle = AllocatedResources?.TaskLifecycles?.[name];
      const when = lifecycle?.Hook ? `${lifecycle.Hook}${lifecycle.Sidecar ? '-sidecar' : ''}` : 'main';
      return [name, State, last?.Type ?? '', last === undefined ? '' : timeOfNs(last.Time), when];
    });
  return table([['Name', 'State', 'Last Event', 'Time', 'Lifecycle'], ...rows]);
}

function basics(allocation: Allocation, nowMs: number, isVerbose: boolean): string {
  const moment = (ns: number) => (isVerbose ? timeOfNs(ns) : ago(ns, nowMs));
  const rows: (readonly [string, string])[] = [
    ['ID', allocation.ID],
    ['Eval ID', shortId(allocation.EvalID, isVerbose)],
    ['Name', allocation.Name],
    ['Node ID', shortId(allocation.NodeID, isVerbose)],
    ['Node Name', allocation.NodeName],
    ['Job ID', allocation.JobID],
    ['Job Version', String(allocation.Job?.Version ?? 0)],
    ['Client Status', allocation.ClientStatus],
    ['Client Description', allocation.ClientDescription ?? ''],
    ['Desired Status', allocation.DesiredStatus],
    ['Desired Description', allocation.DesiredDescription ?? ''],
    ['Created', moment(allocation.CreateTime)],
    ['Modified', moment(allocation.ModifyTime)],
  ];
  const { DeploymentID, DeploymentStatus, NextAllocation, PreviousAllocation, Metrics } = allocation;
  if (DeploymentID) {
    rows.push(['Deployment ID', shortId(DeploymentID, isVerbose)]);
    const healthy = DeploymentStatus?.Healthy ?? null;
    rows.push(['Deployment Health', healthy === null ? 'unset' : healthy ? 'healthy' : 'unhealthy']);
    if (DeploymentStatus?.Canary) rows.push(['Canary', 'true']);
  }
  if (NextAllocation) rows.push(['Replacement Alloc ID', shortId(NextAllocation, isVerbose)]);
  if (isVerbose && PreviousAllocation) rows.push(['Previous Alloc ID', PreviousAllocation]);
  if (isVerbose && Metrics !== null) {
    rows.push(['Evaluated Nodes', String(Metrics.NodesEvaluated)]);
    rows.push(['Filtered Nodes', String(Metrics.NodesFiltered)]);
    rows.push(['Exhausted Nodes', String(Metrics.NodesExhausted)]);
    rows.push(['Allocation Time', formatDuration(Metrics.AllocationTime / 1e6)]);
    rows.push(['Failures', String(Metrics.CoalescedFailures)]);
  }
  return pairs(rows);
}

/** The star marks a port that Nomad chose. */
function addressTable({ AllocatedResources, Job, TaskGroup }: Allocation): string {
  const group = Job?.TaskGroups.find(({ Name }) => Name === TaskGroup);
  const fixed = new Set((group?.Networks ?? []).flatMap((one) => (one.ReservedPorts ?? []).map(({ Label }) => Label)));
  const rows = (AllocatedResources?.Shared.Ports ?? []).map(({ Label, Value, To, HostIP }) => [
    `*${Label}`,
    fixed.has(Label) ? 'no' : 'yes',
    `${HostIP}:${Value}${To ? ` -> ${To}` : ''}`,
  ]);
  return table([['Label', 'Dynamic', 'Address'], ...rows]);
}

function scoreTable({ Metrics }: Allocation): string {
  const nodes = Metrics?.ScoreMetaData ?? [];
  const names = [...new Set(nodes.flatMap(({ Scores }) => Object.keys(Scores)))].filter(
    (name) => name !== 'normalized-score',
  );
  names.sort();
  const amount = (value: number) => String(Number(value.toPrecision(3)));
  const rows = nodes.map(({ NodeID, Scores, NormScore }) => [
    ...[NodeID, ...names.map((name) => amount(Scores[name] ?? 0)), amount(NormScore)],
  ]);
  return table([['Node', ...names, 'final score'], ...rows]);
}
