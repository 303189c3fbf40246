/** Clusters and jobs by chance, and Nomad's own scheduler beside them, for what has to agree with it. */
import type { AllocationMetric } from '../../src/nomad/allocation-types.ts';
import type { Evaluation } from '../../src/nomad/evaluation-types.ts';
import type { Node } from '../../src/nomad/node-types.ts';
import type { Job } from '../../src/nomad/types.ts';
import { type Allocation, isClientTerminal } from '../../src/nomad-server/allocation.ts';
import { countUsage } from '../../src/nomad-server/derive.ts';
import { canonicalJob } from '../../src/nomad-server/jobspec/canonicalize.ts';
import { type NodeSpec, nodeRecord } from '../../src/nomad-server/node-record.ts';
import type { Snapshot } from '../../src/nomad-server/scheduler/plan.ts';
import { schedule } from '../../src/nomad-server/scheduler/schedule.ts';
import { noUsage } from '../../src/nomad-server/state.ts';

/** Choices out of one stream of chance. */
export class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A whole number, both ends included. */
  number(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True once in so many times. */
  once(in_: number): boolean {
    return this.number(1, in_) === 1;
  }

  pick<T>(first: T, ...others: readonly T[]): T {
    return [first, ...others][this.number(0, others.length)] ?? first;
  }
}

/** Nodes of a few kinds; now and then one that is closed. */
export function anyNodes(dice: Dice, count: number, from = 0): readonly Node[] {
  const kinds = Array.from({ length: dice.number(1, 8) }, () => anyKind(dice));
  return Array.from({ length: count }, (_, at) => {
    const name = `node-${from + at}`;
    const kind = kinds[dice.number(0, kinds.length - 1)];
    const node = nodeRecord(name, { ...kind, name }, { httpAddress: '127.0.0.1:4646', version: '2.0.0', nowMs: 0 });
    return dice.once(15) ? { ...node, SchedulingEligibility: 'ineligible' } : node;
  });
}

const anyKind = (dice: Dice): Omit<NodeSpec, 'name'> => ({
  ...{ datacenter: dice.pick('dc1', 'dc1', 'dc2'), nodeClass: dice.pick('', 'small', 'large') },
  nodePool: dice.once(6) ? 'gpu' : 'default',
  ...{ cpuMhz: dice.pick(1000, 1500, 4000, 8000), memoryMb: dice.pick(700, 1024, 4096, 8192), cores: dice.pick(2, 4) },
  ...{ diskMb: dice.pick(5000, 20_000), maxAllocations: dice.once(5) ? dice.number(1, 6) : 0 },
  ...(dice.once(3) ? { reserved: { cpuMhz: 100, memoryMb: 256, diskMb: 500 } } : {}),
  meta: dice.once(8) ? {} : { rack: dice.pick('r1', 'r2', 'r3') },
  ...(dice.once(6) ? { drivers: ['exec'] } : {}),
  ...(dice.once(3) ? { addresses: ['127.0.0.1'] } : {}),
});

/** @param isPlain  nothing that looks beyond sums: no ports, cores, spreads, `distinct_property`. */
export function anyJob(dice: Dice, id: string, isPlain: boolean): Job {
  const type = dice.pick('service', 'service', 'batch', 'batch', isPlain ? 'batch' : 'system');
  const isSystem = type === 'system';
  const constraint = () =>
    dice.pick<object>(
      { LTarget: '${meta.rack}', RTarget: 'r1', Operand: dice.pick('=', '!=') },
      { LTarget: '${node.class}', RTarget: 'large', Operand: '=' },
      { LTarget: '${meta.rack}', RTarget: '', Operand: 'is_set' },
      { LTarget: '${node.unique.name}', RTarget: 'node-[1-4]', Operand: 'regexp' },
      { LTarget: '${attr.kernel.name}', RTarget: 'linux', Operand: '=' },
      ...(isSystem ? [] : [{ LTarget: '', RTarget: '', Operand: 'distinct_hosts' }]),
      ...(isPlain || isSystem
        ? []
        : [{ LTarget: '${meta.rack}', RTarget: dice.pick('', '2'), Operand: 'distinct_property' }]),
    );
  const affinity = () => ({
    ...dice.pick({ LTarget: '${node.class}', RTarget: 'large' }, { LTarget: '${meta.rack}', RTarget: 'r2' }),
    ...{ Operand: '=', Weight: dice.pick(-50, 30, 100) },
  });
  const spread = () => ({
    ...{ Attribute: '${meta.rack}', Weight: dice.pick(50, 100) },
    SpreadTarget: dice.once(2) ? null : [{ Value: 'r1', Percent: 60 }],
  });
  const some = (oneIn: number, make: () => object) => (dice.once(oneIn) ? [make()] : []);
  const never = isPlain || isSystem;
  const groups = Array.from({ length: dice.number(1, 3) }, (_, at) => ({
    ...{ Name: `g${at}`, Count: isSystem ? 1 : dice.number(0, 25), Update: { MaxParallel: 0 } },
    ...{ Constraints: some(4, constraint), Affinities: isSystem ? [] : some(4, affinity) },
    ...{ Spreads: never ? [] : some(4, spread), EphemeralDisk: { SizeMB: dice.pick(100, 300, 1500) } },
    Networks: isPlain ? [] : some(4, () => networkOf(dice)),
    Tasks: Array.from({ length: dice.number(1, 2) }, (_, task) => ({
      ...{ Name: `t${task}`, Driver: dice.pick('docker', 'exec'), Config: { image: 'x' } },
      Resources: {
        ...{ CPU: dice.pick(50, 100, 500, 1500), MemoryMB: dice.pick(32, 256, 700) },
        ...(!isPlain && dice.once(8) ? { CPU: 0, Cores: 1 } : {}),
      },
      ...(task > 0 && dice.once(2) ? { Lifecycle: { Hook: 'prestart', Sidecar: dice.once(2) } } : {}),
    })),
  }));
  const job = {
    ...{ ID: id, Type: type, Priority: 50, NodePool: dice.pick('default', 'default', 'all', 'gpu') },
    ...{ Datacenters: dice.pick(['*'], ['dc1'], ['dc*'], ['dc2', 'dc3']), TaskGroups: groups },
    ...{ Constraints: some(6, constraint), Affinities: isSystem ? [] : some(6, affinity) },
  };
  return canonicalJob(job, { region: 'global', namespace: 'default' });
}

const networkOf = (dice: Dice) =>
  dice.once(2)
    ? { Mode: 'host', DynamicPorts: [{ Label: 'http' }] }
    : { Mode: 'host', ReservedPorts: [{ Label: 'http', Value: dice.pick(80, 8080) }] };

/** What became of one evaluation: by group the nodes in their order, and why no more were found. */
export interface Evaluated {
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly failed: Readonly<Record<string, AllocationMetric>>;
}

/** Nomad's scheduler on a state of plain lists. */
export class ReferenceScheduler {
  readonly allocations: Allocation[];
  readonly #nodes: Node[];
  readonly #algorithm: string;
  readonly #random: () => number;

  /** @param allocations  what stands there already. */
  constructor(nodes: readonly Node[], allocations: readonly Allocation[], algorithm: string, random: () => number) {
    this.#nodes = [...nodes];
    this.allocations = [...allocations];
    this.#algorithm = algorithm;
    this.#random = random;
  }

  join(nodes: readonly Node[]): void {
    this.#nodes.push(...nodes);
  }

  evaluate(job: Job): Evaluated {
    const evaluation: Evaluation = {
      ...{ ID: 'e', Namespace: job.Namespace, Priority: job.Priority, Type: job.Type, TriggeredBy: 'job-register' },
      ...{ JobID: job.ID, Status: 'pending', CreateIndex: 1, ModifyIndex: 1, CreateTime: 0, ModifyTime: 0 },
    };
    const newId = () => `a-${this.allocations.length}-${ids++}`;
    let ids = 0;
    const { plan, failed } = schedule(this.#snapshot(job), evaluation, { nowMs: 0, newId, random: this.#random });
    const nodes: Record<string, string[]> = {};
    for (const one of plan.placements) {
      nodes[one.TaskGroup] = [...(nodes[one.TaskGroup] ?? []), one.NodeID];
      this.allocations.push({ ...one, ClientStatus: 'running' });
    }
    return { nodes, failed };
  }

  #snapshot(job: Job): Snapshot {
    const nodes = this.#nodes;
    const { allocations } = this;
    const live = allocations.filter((one) => !isClientTerminal(one));
    const usage = new Map(nodes.map(({ ID }) => [ID, noUsage]));
    for (const one of live) usage.set(one.NodeID, countUsage(usage.get(one.NodeID) ?? noUsage, one, 1));
    const nothing = { SystemSchedulerEnabled: false, SysBatchSchedulerEnabled: false };
    return {
      ...{ index: 1, nodesIndex: nodes.length, job: () => job, nodes: () => nodes },
      node: (id) => nodes.find(({ ID }) => ID === id),
      schedulerConfiguration: {
        SchedulerAlgorithm: this.#algorithm,
        PreemptionConfig: { ...nothing, BatchSchedulerEnabled: false, ServiceSchedulerEnabled: false },
        ...{ MemoryOversubscriptionEnabled: false, RejectJobRegistration: false, PauseEvalBroker: false },
        ...{ NodeLimitForFeasibilityChecks: 100, CreateIndex: 0, ModifyIndex: 0 },
      },
      allocation: (id) => allocations.find(({ ID }) => ID === id),
      allocationsOfJob: (_, id) => allocations.filter(({ JobID }) => JobID === id),
      allocationsOfNode: (id) => live.filter(({ NodeID }) => NodeID === id),
      usage: (id) => usage.get(id) ?? noUsage,
      latestDeployment: () => undefined,
    };
  }
}
