/** What nodes have and what of it is allocated, read once for all who ask at the same moment. */
import { unlessAborted } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { AutoscalerError, inContext } from '../lib/error.ts';
import type { Allocation } from './allocation-types.ts';
import type { NomadClient } from './client.ts';
import type { Node, NodeListStub } from './node-types.ts';
import { listNodes, nodeAllocations, readNode } from './nodes.ts';
import { Recent } from './recent.ts';

/** CPU and memory of a node. */
export interface NodeCapacity {
  readonly cpuMhz: number;
  readonly memoryMb: number;
}

/** Several checks of one tick ask for the same nodes. */
const freshMs = 1_000;
/** A class lasts as long as the node's record. */
const classFreshMs = 60_000;

export class NodeView {
  readonly #client: NomadClient;
  readonly #lists: Recent<readonly NodeListStub[]>;
  readonly #allocatable: Recent<NodeCapacity>;
  readonly #allocated: Recent<NodeCapacity>;
  readonly #classes: Recent<string>;
  /** An answer may be waited for by many: no single one of them ends the request. */
  readonly #never = new AbortController().signal;

  constructor(client: NomadClient, clock: Clock) {
    this.#client = client;
    this.#lists = new Recent(clock, freshMs);
    this.#allocatable = new Recent(clock, freshMs);
    this.#allocated = new Recent(clock, freshMs);
    this.#classes = new Recent(clock, classFreshMs);
  }

  /** Every node, newest first. */
  async list(signal: AbortSignal): Promise<readonly NodeListStub[]> {
    return unlessAborted(
      Promise.resolve(this.#lists.get('', () => listNodes(this.#client, true, this.#never))),
      signal,
    );
  }

  /** What the node has beyond what it keeps for itself. @throws `incomplete_resources` when the node does not say. */
  async allocatable(stub: NodeListStub, signal: AbortSignal): Promise<NodeCapacity> {
    if (stub.NodeResources && stub.ReservedResources) return capacityOf(stub);
    // Older servers leave resources out of the list.
    const read = this.#allocatable.get(stub.ID, async () => {
      const { value } = await readNode(this.#client, stub.ID, {}, this.#never).catch((cause: unknown) => {
        throw inContext('failed to read Nomad node info', cause);
      });
      return capacityOf(value);
    });
    return unlessAborted(Promise.resolve(read), signal);
  }

  /** What allocations that run or will run on the node take. @throws `incomplete_resources` when one does not say. */
  async allocated(node: string, signal: AbortSignal): Promise<NodeCapacity> {
    const read = this.#allocated.get(node, async () => {
      const { value } = await nodeAllocations(this.#client, node, {}, this.#never).catch((cause: unknown) => {
        // Compat: upstream has this space.
        throw inContext('failed to read Nomad node allocs ', cause);
      });
      return sumOf(value);
    });
    return unlessAborted(Promise.resolve(read), signal);
  }

  /** What Nomad calls all nodes that are alike: `v1:<number>`. Lists leave it out. */
  async computedClass(stub: NodeListStub, signal: AbortSignal): Promise<string> {
    const read = this.#classes.get(`${stub.ID} ${stub.ModifyIndex}`, async () => {
      const { value } = await readNode(this.#client, stub.ID, {}, this.#never);
      return value.ComputedClass;
    });
    return unlessAborted(Promise.resolve(read), signal);
  }
}

type Resourceful = Pick<Partial<Node>, 'NodeResources' | 'ReservedResources'>;

function capacityOf({ NodeResources: all, ReservedResources: kept }: Resourceful): NodeCapacity {
  const cpuMhz = (all?.Cpu?.CpuShares ?? Number.NaN) - (kept?.Cpu?.CpuShares ?? Number.NaN);
  const memoryMb = (all?.Memory?.MemoryMB ?? Number.NaN) - (kept?.Memory?.MemoryMB ?? Number.NaN);
  if (Number.isNaN(cpuMhz) || Number.isNaN(memoryMb)) throw incomplete('node');
  return { cpuMhz, memoryMb };
}

const ended = new Set(['complete', 'failed', 'lost']);

function sumOf(allocations: readonly Allocation[]): NodeCapacity {
  let cpuMhz = 0;
  let memoryMb = 0;
  for (const { DesiredStatus, ClientStatus, Resources } of allocations) {
    if (DesiredStatus !== 'run' || ended.has(ClientStatus)) continue;
    if (typeof Resources?.CPU !== 'number' || typeof Resources.MemoryMB !== 'number') throw incomplete('allocation');
    cpuMhz += Resources.CPU;
    memoryMb += Resources.MemoryMB;
  }
  return { cpuMhz, memoryMb };
}

function incomplete(what: 'node' | 'allocation'): AutoscalerError {
  return new AutoscalerError('incomplete_resources', `${what} resources are incomplete`, { blame: 'remote' });
}
