/** Nodes and allocations as a test needs them. */
import type { Allocation } from '../../src/nomad/allocation-types.ts';
import type { NodeListStub } from '../../src/nomad/node-types.ts';

/** A node of no class in `dc1`, ready and eligible, that says nothing of its resources. */
export function nodeStub(id: string, more: Partial<NodeListStub> = {}): NodeListStub {
  return {
    Address: '127.0.0.1',
    ID: id,
    Datacenter: 'dc1',
    Name: id,
    NodePool: 'default',
    NodeClass: '',
    Version: '1.10.0',
    Drain: false,
    SchedulingEligibility: 'eligible',
    Status: 'ready',
    StatusDescription: '',
    Drivers: null,
    HostVolumes: null,
    LastDrain: null,
    CreateIndex: 1,
    ModifyIndex: 1,
    ...more,
  };
}

/** What a node of so much CPU and memory says of itself. */
export const resourcesOf = (cpuMhz: number, memoryMb: number, reservedMhz = 0, reservedMb = 0) =>
  ({
    NodeResources: { Cpu: { CpuShares: cpuMhz }, Memory: { MemoryMB: memoryMb } },
    ReservedResources: { Cpu: { CpuShares: reservedMhz }, Memory: { MemoryMB: reservedMb } },
  }) as unknown as Pick<NodeListStub, 'NodeResources' | 'ReservedResources'>;

export interface AllocationFacts {
  readonly status?: Allocation['ClientStatus'];
  readonly desired?: Allocation['DesiredStatus'];
  readonly type?: string;
  readonly cpuMhz?: number;
  readonly memoryMb?: number;
}

/** One that runs 100 MHz and 50 MB of a service job, unless told otherwise. */
export function allocation(facts: AllocationFacts = {}): Allocation {
  const { status = 'running', desired = 'run', type = 'service', cpuMhz = 100, memoryMb = 50 } = facts;
  return {
    ClientStatus: status,
    DesiredStatus: desired,
    Job: { Type: type },
    Resources: { CPU: cpuMhz, MemoryMB: memoryMb },
  } as unknown as Allocation;
}
