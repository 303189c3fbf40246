/** Allocations of every fate, put on nodes one after the other as long as they fit. */
import type { AllocatedResources } from '../../src/nomad/allocation-types.ts';
import type { Node } from '../../src/nomad/node-types.ts';
import type { Job, TaskGroup } from '../../src/nomad/types.ts';
import type { Allocation } from '../../src/nomad-server/allocation.ts';
import type { StateStore } from '../../src/nomad-server/state-store.ts';
import { hasRoom, isThere } from '../support/nomad-oracle.ts';

export type Fate = 'runs' | 'starts' | 'done' | 'failed' | 'is to stop' | 'stopped' | 'is to move' | 'unknown' | 'lost';

/** When it all happens (epoch milliseconds). */
export const nowMs = Date.UTC(2026, 0, 1);

/** What has become of an allocation. */
export const stateOf: Readonly<Record<Fate, Partial<Allocation>>> = {
  runs: { DesiredStatus: 'run', ClientStatus: 'running' },
  starts: { DesiredStatus: 'run', ClientStatus: 'pending' },
  done: { DesiredStatus: 'run', ClientStatus: 'complete' },
  failed: { DesiredStatus: 'run', ClientStatus: 'failed' },
  'is to stop': { DesiredStatus: 'stop', ClientStatus: 'running' },
  stopped: { DesiredStatus: 'stop', ClientStatus: 'complete' },
  'is to move': { DesiredStatus: 'run', ClientStatus: 'running', DesiredTransition: { Migrate: true } },
  unknown: {
    ...{ DesiredStatus: 'run', ClientStatus: 'unknown' },
    AllocStates: [{ Field: 0, Value: 'unknown', Time: new Date(nowMs - 10_000).toISOString() }],
  },
  lost: { DesiredStatus: 'stop', ClientStatus: 'lost' },
};

/** What is on the nodes, put there one after the other as long as it fits. */
export class There {
  readonly #store: StateStore;
  readonly #nodes: readonly Node[];
  readonly #counts = new Map<string, number>();
  #count = 0;

  constructor(store: StateStore, nodes: readonly Node[]) {
    this.#store = store;
    this.#nodes = nodes;
  }

  /** @param nodeAt, groupAt  modulo how many there are. */
  add(nodeAt: number, job: Job, groupAt: number, state: Partial<Allocation>): void {
    const node = this.#nodes[nodeAt % this.#nodes.length];
    const group = job.TaskGroups[groupAt % job.TaskGroups.length];
    if (node === undefined || group === undefined) return;
    const others = [...this.#store.allocationsOfNode(node.ID)].filter(isThere);
    if (!hasRoom(node, group, others)) return;
    const isSystem = job.Type === 'system' || job.Type === 'sysbatch';
    if (isSystem && others.some((one) => one.JobID === job.ID && one.TaskGroup === group.Name)) return;
    const name = `${job.ID}.${group.Name}`;
    const index = isSystem ? 0 : (this.#counts.get(name) ?? 0);
    this.#counts.set(name, index + 1);
    const allocation: Allocation = {
      ...{ ID: `alloc-${this.#count++}`, Namespace: 'default', EvalID: '', Name: `${name}[${index}]` },
      ...{ NodeID: node.ID, NodeName: node.Name, JobID: job.ID, Job: job, TaskGroup: group.Name },
      AllocatedResources: resourcesOf(node, group, others),
      Metrics: noMetric,
      ...{ DesiredStatus: 'run', ClientStatus: 'running' },
      ...state,
      ...{ CreateIndex: 0, ModifyIndex: 0, AllocModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
    };
    this.#store.transact(nowMs, (tx) => tx.putAllocation(allocation, 'server'));
  }
}

const noMetric = { ScoreMetaData: null } as unknown as Allocation['Metrics'];

function resourcesOf(node: Node, group: TaskGroup, others: readonly Allocation[]): AllocatedResources {
  const taken = others.flatMap((one) => one.AllocatedResources.Shared.Ports ?? []);
  const cores = others.flatMap((one) =>
    Object.values(one.AllocatedResources.Tasks).flatMap((task) => task.Cpu.ReservedCores ?? []),
  );
  const free = (node.NodeResources?.Cpu.ReservableCpuCores ?? []).filter((core) => !cores.includes(core));
  const addresses = (node.NodeResources?.Networks ?? []).flatMap((one) => (one.Mode === 'host' ? (one.IP ?? []) : []));
  const statics = (group.Networks ?? []).flatMap((network) => network.ReservedPorts ?? []);
  const dynamic = (group.Networks ?? []).flatMap((network) => network.DynamicPorts ?? []);
  const ports = [
    ...statics.map(({ Label, Value = 0 }) => {
      const isFree = (one: string) => !taken.some((port) => port.HostIP === one && port.Value === Value);
      return { Label, Value, HostIP: addresses.find(isFree) ?? '' };
    }),
    ...dynamic.map(({ Label }, at) => ({ Label, Value: 20_000 + taken.length + at, HostIP: addresses[0] ?? '' })),
  ];
  const tasks = group.Tasks.map(({ Name, Resources: { CPU, Cores, MemoryMB, MemoryMaxMB } }) => [
    Name,
    {
      Cpu:
        Cores > 0
          ? { CpuShares: Cores * 2600, ReservedCores: free.slice(0, Cores) }
          : { CpuShares: CPU, ReservedCores: null },
      ...{ Memory: { MemoryMB, MemoryMaxMB }, Networks: null, Devices: null },
    },
  ]);
  return {
    Tasks: Object.fromEntries(tasks),
    TaskLifecycles: {},
    Shared: { DiskMB: group.EphemeralDisk.SizeMB, Networks: null, Ports: ports },
  };
}
