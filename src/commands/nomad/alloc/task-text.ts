/** One task of an allocation: what it has and uses, and what happened to it. */
import type { Allocation, AllocResourceUsage, TaskResourceUsage, TaskState } from '../../../nomad/allocation-types.ts';
import { pairs, table } from '../text/columns.ts';
import { bytesText, mbText } from '../text/sizes.ts';
import { timeOfNs, timeOfText } from '../text/times.ts';

export function taskText(
  allocation: Allocation,
  name: string,
  usage: AllocResourceUsage | undefined,
  withStats: boolean,
): string {
  const state = allocation.TaskStates?.[name];
  if (state === undefined) return '';
  const used = usage?.Tasks?.[name];
  const parts = [
    `Task "${name}" is "${state.State}"\nTask Resources:\n${resourceTable(allocation, name, used)}\n`,
    ...(withStats && used !== undefined ? [statsText(used)] : []),
    `Task Events:\n${timesText(state)}\n`,
    `Recent Events:\n${eventTable(state)}`,
  ];
  return parts.join('\n');
}

function resourceTable(allocation: Allocation, name: string, used: TaskResourceUsage | undefined): string {
  const resources = allocation.AllocatedResources?.Tasks[name];
  const mhz = resources?.Cpu.CpuShares ?? 0;
  const mb = resources?.Memory.MemoryMB ?? 0;
  const cpu = used === undefined ? `${mhz}` : `${Math.floor(used.ResourceUsage?.CpuStats?.TotalTicks ?? 0)}/${mhz}`;
  const rss = used?.ResourceUsage?.MemoryStats?.RSS;
  const memory = rss === undefined ? mbText(mb) : `${bytesText(rss)}/${mbText(mb)}`;
  const [first = '', ...more] = addresses(allocation, name);
  const disk = mbText(allocation.AllocatedResources?.Shared.DiskMB ?? 0);
  const rows = [
    ['CPU', 'Memory', 'Disk', 'Addresses'],
    [`${cpu} MHz`, memory, disk, first],
  ];
  return table([...rows, ...more.map((address) => ['', '', '', address])], ' ');
}

/** Ports of the task's own networks: `http: 127.0.0.1:31107`. */
function addresses(allocation: Allocation, name: string): readonly string[] {
  const networks = allocation.AllocatedResources?.Tasks[name]?.Networks ?? [];
  return networks.flatMap(({ IP, DynamicPorts, ReservedPorts }) =>
    [...(DynamicPorts ?? []), ...(ReservedPorts ?? [])].map(({ Label, Value }) => `${Label}: ${IP}:${Value}`),
  );
}

function statsText({ ResourceUsage }: TaskResourceUsage): string {
  const memory = ResourceUsage?.MemoryStats;
  const cpu = ResourceUsage?.CpuStats;
  const amounts = [
    ['RSS', 'Swap'],
    [bytesText(memory?.RSS ?? 0), bytesText(memory?.Swap ?? 0)],
  ];
  const percents = [cpu?.Percent ?? 0, cpu?.SystemMode ?? 0, cpu?.UserMode ?? 0].map((one) => `${one.toFixed(2)}%`);
  return `Memory Stats\n${table(amounts)}\n\nCPU Stats\n${table([['Percent', 'System Mode', 'User Mode'], percents])}\n`;
}

const timesText = (state: TaskState): string =>
  pairs([
    ['Started At', timeOfText(state.StartedAt)],
    ['Finished At', timeOfText(state.FinishedAt)],
    ['Total Restarts', String(state.Restarts)],
    ['Last Restart', timeOfText(state.LastRestart)],
  ]);

/** Newest first. */
function eventTable({ Events }: TaskState): string {
  const rows = [...(Events ?? [])]
    .reverse()
    .map(({ Time, Type, DisplayMessage, Message }) => [timeOfNs(Time), Type, DisplayMessage || Message]);
  return table([['Time', 'Type', 'Description'], ...rows]);
}
