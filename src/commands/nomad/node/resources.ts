/** What a node has, what is allocated on it and what is used, as tables. */
import type { Allocation, AllocResourceUsage } from '../../../nomad/allocation-types.ts';
import type { Node } from '../../../nomad/node-types.ts';
import { pairs, table } from '../text/columns.ts';
import { bytesText, mbText } from '../text/sizes.ts';

/** The part of `/v1/client/stats` that is shown. Bytes and percents. */
export interface HostUsage {
  /** Seconds. */
  readonly Uptime: number;
  /** MHz. */
  readonly CPUTicksConsumed: number;
  readonly CPU: readonly {
    readonly CPU: string;
    readonly User: number;
    readonly System: number;
    readonly Idle: number;
  }[];
  readonly Memory: { readonly Total: number; readonly Available: number; readonly Used: number; readonly Free: number };
  readonly DiskStats: readonly DiskUsage[] | null;
}

interface DiskUsage {
  readonly Device: string;
  readonly Mountpoint: string;
  readonly Size: number;
  readonly Used: number;
  readonly Available: number;
  readonly UsedPercent: number;
  readonly InodesUsedPercent: number;
}

/** What allocations can have: all but what the node keeps for itself. */
function capacity({ NodeResources, ReservedResources }: Node) {
  return {
    cpuMhz: (NodeResources?.Cpu.CpuShares ?? 0) - (ReservedResources?.Cpu.CpuShares ?? 0),
    memoryMb: (NodeResources?.Memory.MemoryMB ?? 0) - (ReservedResources?.Memory.MemoryMB ?? 0),
    diskMb: (NodeResources?.Disk.DiskMB ?? 0) - (ReservedResources?.Disk.DiskMB ?? 0),
  };
}

/** Of the allocations that are running. */
export function allocatedText(node: Node, allocations: readonly Allocation[]): string {
  const running = allocations.filter(({ ClientStatus }) => ClientStatus === 'running');
  const tasks = running.flatMap(({ AllocatedResources }) => Object.values(AllocatedResources?.Tasks ?? {}));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const cpuMhz = sum(tasks.map(({ Cpu }) => Cpu.CpuShares));
  const memoryMb = sum(tasks.map(({ Memory }) => Memory.MemoryMB));
  const diskMb = sum(running.map(({ AllocatedResources }) => AllocatedResources?.Shared.DiskMB ?? 0));
  const whole = capacity(node);
  const row = [
    `${cpuMhz}/${whole.cpuMhz} MHz`,
    `${mbText(memoryMb)}/${mbText(whole.memoryMb)}`,
    `${mbText(diskMb)}/${mbText(whole.diskMb)}`,
    String(running.length),
  ];
  return `Allocated Resources\n${table([['CPU', 'Memory', 'Disk', 'Alloc Count'], row])}`;
}

export function usedText(node: Node, usages: readonly AllocResourceUsage[]): string {
  const whole = capacity(node);
  let ticks = 0;
  let bytes = 0;
  for (const { ResourceUsage } of usages) {
    ticks += ResourceUsage?.CpuStats?.TotalTicks ?? 0;
    bytes += ResourceUsage?.MemoryStats?.RSS ?? 0;
  }
  const row = [`${Math.floor(ticks)}/${whole.cpuMhz} MHz`, `${bytesText(bytes)}/${mbText(whole.memoryMb)}`];
  return `Allocation Resource Utilization\n${table([['CPU', 'Memory'], row])}`;
}

export function hostUsedText({ NodeResources }: Node, host: HostUsage): string {
  const disks = host.DiskStats ?? [];
  const [disk] = disks;
  const row = [
    `${Math.floor(host.CPUTicksConsumed)}/${NodeResources?.Cpu.CpuShares ?? 0} MHz`,
    `${bytesText(host.Memory.Used)}/${bytesText(host.Memory.Total)}`,
    disk === undefined ? '-' : `${bytesText(disk.Used)}/${bytesText(disk.Size)}`,
  ];
  return `Host Resource Utilization\n${table([['CPU', 'Memory', 'Disk'], row])}`;
}

const percent = (value: number): string => `${value.toFixed(2)}%`;

export function hostStatsText({ CPU, Memory, DiskStats }: HostUsage): string {
  const cpus = CPU.map((one) =>
    pairs([
      ['CPU', one.CPU],
      ['User', percent(one.User)],
      ['System', percent(one.System)],
      ['Idle', percent(one.Idle)],
    ]),
  );
  const memory = pairs([
    ['Total', bytesText(Memory.Total)],
    ['Available', bytesText(Memory.Available)],
    ['Used', bytesText(Memory.Used)],
    ['Free', bytesText(Memory.Free)],
  ]);
  const disks = (DiskStats ?? []).map((disk) =>
    pairs([
      ['Device', disk.Device],
      ['MountPoint', disk.Mountpoint],
      ['Size', bytesText(disk.Size)],
      ['Used', bytesText(disk.Used)],
      ['Available', bytesText(disk.Available)],
      ['Used Percent', percent(disk.UsedPercent)],
      ['Inodes Percent', percent(disk.InodesUsedPercent)],
    ]),
  );
  return `CPU Stats\n${cpus.join('\n\n')}\n\nMemory Stats\n${memory}\n\nDisk Stats\n${disks.join('\n\n')}`;
}
