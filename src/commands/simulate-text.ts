/** What `nomad-autoscaler simulate` prints for people. Pure. */
import type { Amount, GroupReport, NodeReport, Report } from '../simulate/report.ts';
import { table } from './nomad/text/columns.ts';
import { metricLines } from './nomad/text/failures.ts';

export interface TextOptions {
  /** Nodes of the Nomad that take no allocations. */
  readonly away: number;
  readonly isVerbose: boolean;
}

/** @returns lines without a break at the end. */
export function simulationText(report: Report, { away, isVerbose }: TextOptions): string {
  if (report.Groups.length === 0) return `${headOf(report, away)}\n\nNothing waits for room.`;
  const parts = [
    headOf(report, away),
    groupTable(report.Groups),
    ...report.Groups.filter(({ Failed }) => Failed !== null).map(reasonsOf),
    usageTable(report.Nodes),
    ...(isVerbose && report.Nodes.length > 0 ? [nodeTable(report.Nodes)] : []),
    ...verdictOf(report),
  ];
  return parts.join('\n\n');
}

function headOf({ Nodes, Algorithm, Mode, Seed, ElapsedMs }: Report, away: number): string {
  const more = away === 0 ? '' : ` (${counted(away, 'other')} take${away === 1 ? 's' : ''} no allocations)`;
  const seconds = (ElapsedMs / 1000).toFixed(2);
  return `${counted(Nodes.length, 'node')}${more}, ${Algorithm}; mode ${Mode}, seed ${Seed}, ${seconds} s`;
}

function groupTable(groups: readonly GroupReport[]): string {
  return table([
    ['Job', 'Group', 'Type', 'Wanted', 'Placed', 'Unplaced'],
    ...groups.map((one) => [
      ...[one.JobID, one.TaskGroup, one.Type],
      ...[one.Wanted, one.Placed, one.Unplaced].map(String),
    ]),
  ]);
}

function reasonsOf({ JobID, TaskGroup, Unplaced, Failed }: GroupReport): string {
  const title = `Task Group "${TaskGroup}" of job "${JobID}" (${counted(Unplaced, 'allocation')} unplaced):`;
  return [title, ...(Failed === null ? [] : metricLines(Failed)).map((line) => `  ${line}`)].join('\n');
}

const columns = [
  ['CPU', 'CPU', 'MHz'],
  ['Memory', 'MemoryMB', 'MB'],
  ['Disk', 'DiskMB', 'MB'],
] as const;

/** How full the cluster is then, and its emptiest and fullest node. */
function usageTable(nodes: readonly NodeReport[]): string {
  const rows = columns.map(([name, key, unit]) => {
    const sum = (amount: (node: NodeReport) => Amount) => nodes.reduce((total, node) => total + amount(node)[key], 0);
    const parts = nodes.map((node) => node.Used[key] / node.Total[key]);
    const used = sum((node) => node.Used);
    const total = sum((node) => node.Total);
    const least = parts.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
    const most = parts.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
    return [name, `${used} ${unit}`, `${total} ${unit}`, ...[used / total, least, most].map(percent)];
  });
  return table([['Resource', 'Allocated', 'Of', 'All', 'Emptiest', 'Fullest'], ...rows]);
}

function nodeTable(nodes: readonly NodeReport[]): string {
  return table([
    ['Node', 'Class', 'Allocations', 'CPU', 'Memory', 'Disk'],
    ...nodes.map(({ Name, NodeClass, Allocations, Used, Total }) => [
      ...[Name, NodeClass, String(Allocations)],
      ...columns.map(([, key]) => percent(Used[key] / Total[key])),
    ]),
  ]);
}

function verdictOf({ Unplaced, ExtraNodes, Hopeless, Template }: Report): readonly string[] {
  if (Unplaced === 0) return ['Everything fits.'];
  const kind = `of ${Template.CPU} MHz, ${Template.MemoryMB} MB and ${Template.DiskMB} MB of disk`;
  const without = Hopeless.filter(({ Unplaced: left }) => left > 0);
  const rest = without.length === 0 ? 'all the rest' : 'the rest but for what follows';
  const taken = ExtraNodes === 0 ? [] : [`${counted(ExtraNodes, 'more node')} ${kind} would take ${rest}.`];
  const left = without.map((one) => `More nodes ${kind} do not help.\n${reasonsOf(one)}`);
  if (taken.length + left.length === 0) return ['What is left is for nodes that are there: more of them do not help.'];
  return [...taken, ...left, ...(left.length === 0 ? [] : [otherKinds])];
}

const otherKinds = 'Another kind of node may help: -like, and -node-cpu and its like, choose the one that is tried.';

const percent = (part: number): string => (Number.isFinite(part) ? `${(part * 100).toFixed(1)}%` : '-');
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
