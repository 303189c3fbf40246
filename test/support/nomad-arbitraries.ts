/**
 * Clusters and jobs of every shape, small enough that nodes fill up and rules get into each other's way. Each shape is
 * plain data: a counterexample can be read, and shrinks towards the plainest node and the plainest job.
 */
import fc from 'fast-check';
import type { JobType } from '../../src/nomad/types.ts';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';

/** What tells one node from another; its name comes from whoever makes it. */
export type NodeShape = Omit<NodeSpec, 'id' | 'name'>;

export interface ConstraintShape {
  readonly LTarget: string;
  readonly Operand: string;
  readonly RTarget: string;
}

/** What becomes of a task once it runs. */
export type TaskEnd = 'never' | 'fails' | 'fails late' | 'succeeds' | 'cannot start';

export interface GroupShape {
  readonly count: number;
  readonly cpu: number;
  readonly cores: number;
  readonly memory: number;
  readonly disk: number;
  /** A change of it replaces what runs. */
  readonly revision: number;
  readonly end: TaskEnd;
  readonly staticPort: number;
  readonly dynamicPorts: number;
  readonly constraints: readonly ConstraintShape[];
  readonly affinities: readonly (ConstraintShape & { readonly Weight: number })[];
  readonly spreads: readonly {
    readonly attribute: string;
    readonly percents: readonly (readonly [string, number])[];
  }[];
  readonly update: {
    readonly maxParallel: number;
    readonly canary: number;
    readonly autoPromote: boolean;
    readonly autoRevert: boolean;
    readonly isProgressing: boolean;
  };
  readonly migrateParallel: number;
  readonly reschedule: 'usual' | 'never' | 'twice' | 'soon';
  readonly restarts: number;
  readonly disconnect: { readonly lostAfterS: number; readonly replace: boolean; readonly reconcile: string } | null;
}

export interface JobShape {
  readonly type: JobType;
  readonly priority: number;
  readonly datacenters: readonly string[];
  readonly pool: string;
  readonly allAtOnce: boolean;
  readonly constraints: readonly ConstraintShape[];
  readonly groups: readonly GroupShape[];
}

const plainOr = <T>(plain: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: fc.constantFrom(plain, ...others) });

const racks = ['r1', 'r2', 'r3'];

export const nodeShapes: fc.Arbitrary<NodeShape> = fc
  .record({
    datacenter: plainOr('dc1', 'dc2'),
    nodeClass: plainOr('', 'large', 'small'),
    nodePool: plainOr('default', 'gpu'),
    cpuMhz: fc.constantFrom(4000, 2000, 1000, 12_000),
    cores: fc.constantFrom(2, 1, 4),
    memoryMb: fc.constantFrom(4096, 1024, 512),
    diskMb: plainOr(20_000, 1000),
    reserved: plainOr({}, { cpuMhz: 300, memoryMb: 200, diskMb: 100 }),
    attributes: plainOr<NodeShape['attributes']>(
      {},
      { version: '1.2.0', tags: 'a,b' },
      { version: '1.10.1', tags: 'b' },
    ),
    rack: fc.constantFrom(...racks, undefined),
    drivers: plainOr(['mock_driver'], ['raw_exec']),
    maxAllocations: plainOr(0, 3),
    addresses: plainOr(['127.0.0.1'], ['127.0.0.1', '::1']),
  })
  .map(({ rack, attributes, ...rest }) => ({
    ...rest,
    ...(attributes === undefined ? {} : { attributes }),
    meta: rack === undefined ? {} : { rack },
  }));

/** Constraints of every operand, most of which some nodes meet and others do not. */
const constraintShapes: fc.Arbitrary<ConstraintShape> = fc.constantFrom(
  ...[
    ['${node.class}', '=', 'large'],
    ['${node.class}', '!=', 'large'],
    ['${node.datacenter}', 'regexp', 'dc[13]'],
    ['${node.unique.name}', '!=', 'n1'],
    ['${meta.rack}', '=', 'r1'],
    ['${meta.rack}', '!=', 'r1'],
    ['${meta.rack}', 'is_set', ''],
    ['${meta.rack}', 'is_not_set', ''],
    ['${meta.rack}', '>=', 'r2'],
    ['${attr.cpu.numcores}', '>', '1'],
    ['${attr.version}', 'version', '>= 1.3'],
    ['${attr.version}', 'semver', '< 1.10.0'],
    ['${attr.tags}', 'set_contains', 'a,b'],
    ['${attr.tags}', 'set_contains_any', 'c,b'],
    ['', 'distinct_hosts', ''],
    ['', 'distinct_hosts', ''],
    ['${meta.rack}', 'distinct_property', ''],
    ['${meta.rack}', 'distinct_property', '2'],
  ].map(([LTarget = '', Operand = '', RTarget = '']) => ({ LTarget, Operand, RTarget })),
);

const few = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant([] as readonly T[]) },
    { weight: 1, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: 2 }) as fc.Arbitrary<readonly T[]> },
  );

const affinityShapes = fc.constantFrom(
  { LTarget: '${meta.rack}', Operand: '=', RTarget: 'r1', Weight: 50 },
  { LTarget: '${node.class}', Operand: '=', RTarget: 'large', Weight: -100 },
);

const spreadShapes = fc.constantFrom<GroupShape['spreads'][number]>(
  { attribute: '${meta.rack}', percents: [] },
  { attribute: '${node.datacenter}', percents: [['dc1', 70]] },
  {
    attribute: '${meta.rack}',
    percents: [
      ['r1', 50],
      ['r2', 50],
    ],
  },
);

export const groupShapes: fc.Arbitrary<GroupShape> = fc.record({
  count: fc.constantFrom(1, 0, 2, 3, 5),
  // Some sums just fit, and some are one too many.
  cpu: fc.constantFrom(100, 101, 400, 900),
  cores: plainOr(0, 1, 2),
  memory: fc.constantFrom(64, 200, 256, 257, 500),
  disk: plainOr(10, 300),
  revision: fc.constantFrom(0, 1),
  end: plainOr<TaskEnd>('never', 'fails', 'fails late', 'succeeds', 'cannot start'),
  staticPort: plainOr(0, 8080),
  dynamicPorts: plainOr(0, 1, 2),
  constraints: few(constraintShapes),
  affinities: few(affinityShapes),
  spreads: few(spreadShapes),
  update: fc.record({
    maxParallel: fc.constantFrom(1, 0, 2),
    canary: plainOr(0, 1, 2),
    autoPromote: fc.boolean(),
    autoRevert: fc.boolean(),
    isProgressing: plainOr(true, false),
  }),
  migrateParallel: fc.constantFrom(1, 2),
  reschedule: fc.constantFrom('usual', 'never', 'twice', 'soon'),
  restarts: fc.constantFrom(0, 1),
  disconnect: plainOr<GroupShape['disconnect']>(
    null,
    { lostAfterS: 20, replace: true, reconcile: 'best_score' },
    { lostAfterS: 300, replace: true, reconcile: 'keep_original' },
    { lostAfterS: 300, replace: true, reconcile: 'keep_replacement' },
    { lostAfterS: 60, replace: false, reconcile: 'longest_running' },
  ),
});

/** @param types  of the jobs. */
export function jobShapes(types: readonly JobType[]): fc.Arbitrary<JobShape> {
  return fc.record({
    type: fc.constantFrom(...types),
    priority: fc.constantFrom(50, 20, 80),
    datacenters: plainOr(['*'], ['dc1'], ['dc*', 'eu'], ['dc2']),
    pool: plainOr('default', 'all', 'gpu'),
    allAtOnce: plainOr(false, true),
    constraints: few(constraintShapes),
    groups: fc.array(groupShapes, { minLength: 1, maxLength: 2 }),
  });
}

/** One short task that succeeds. */
export const plainBatchJob: JobShape = {
  ...{ type: 'batch', priority: 50, datacenters: ['*'], pool: 'default', allAtOnce: false, constraints: [] },
  groups: [
    {
      ...{ count: 1, cpu: 100, cores: 0, memory: 64, disk: 10, revision: 0, end: 'succeeds' },
      ...{ staticPort: 0, dynamicPorts: 0, constraints: [], affinities: [], spreads: [] },
      update: { maxParallel: 1, canary: 0, autoPromote: false, autoRevert: false, isProgressing: true },
      ...{ migrateParallel: 1, reschedule: 'usual', restarts: 0, disconnect: null },
    },
  ],
};

const second = 1_000_000_000;

const scripts: Readonly<Record<TaskEnd, Readonly<Record<string, unknown>>>> = {
  never: { run_for: '10000h' },
  fails: { run_for: '200ms', exit_code: 1 },
  'fails late': { run_for: '40s', exit_code: 1 },
  succeeds: { run_for: '2s' },
  'cannot start': { start_error: 'no' },
};

const reschedules = {
  usual: undefined,
  never: { Attempts: 0, Unlimited: false },
  twice: {
    ...{ Attempts: 2, Interval: 3600 * second, Delay: 5 * second, DelayFunction: 'constant' },
    ...{ Unlimited: false, MaxDelay: 0 },
  },
  soon: {
    Attempts: 0,
    Interval: 0,
    Unlimited: true,
    Delay: 10 * second,
    DelayFunction: 'exponential',
    MaxDelay: 300 * second,
  },
} as const;

/** The job as a client submits it. @param more  fields beside those of the shape. */
export function jobJson(id: string, shape: JobShape, more: Readonly<Record<string, unknown>> = {}) {
  return {
    ID: id,
    Type: shape.type,
    Priority: shape.priority,
    Datacenters: shape.datacenters,
    NodePool: shape.pool,
    AllAtOnce: shape.allAtOnce,
    Constraints: shape.constraints,
    TaskGroups: shape.groups.map((group, at) => groupJson(`g${at}`, group, shape.type)),
    ...more,
  };
}

/** Blocks that a type of job does not take are left out. */
function groupJson(name: string, shape: GroupShape, type: JobType) {
  const isSystem = type === 'system' || type === 'sysbatch';
  const isLong = type === 'service' || type === 'system';
  const network = {
    Mode: 'host',
    ReservedPorts: shape.staticPort === 0 ? [] : [{ Label: 'fixed', Value: shape.staticPort }],
    DynamicPorts: Array.from({ length: shape.dynamicPorts }, (_, at) => ({ Label: `p${at}` })),
  };
  return {
    Name: name,
    Count: isSystem ? Math.min(shape.count, 1) : shape.count,
    Constraints: shape.constraints,
    ...(isSystem ? {} : { Affinities: shape.affinities, Spreads: shape.spreads.map(spreadJson) }),
    ...(isLong ? { Update: updateJson(shape, type) } : {}),
    ...(type === 'service' ? { Migrate: { ...pace, MaxParallel: shape.migrateParallel } } : {}),
    ...(isSystem ? {} : { ReschedulePolicy: reschedules[shape.reschedule] }),
    ...(isSystem || shape.disconnect === null ? {} : { Disconnect: disconnectJson(shape.disconnect) }),
    RestartPolicy: { Attempts: shape.restarts, Delay: second, Interval: 600 * second, Mode: 'fail' },
    EphemeralDisk: { SizeMB: shape.disk },
    ...(shape.staticPort + shape.dynamicPorts === 0 ? {} : { Networks: [network] }),
    Tasks: [
      {
        ...{ Name: 't', Driver: 'mock_driver', Config: scripts[shape.end], Env: { revision: String(shape.revision) } },
        LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
        Resources: {
          ...(shape.cores === 0 ? { CPU: shape.cpu } : { Cores: shape.cores }),
          MemoryMB: shape.memory,
        },
      },
    ],
  };
}

const pace = { HealthCheck: 'task_states', MinHealthyTime: second, HealthyDeadline: 20 * second };

function updateJson({ update }: GroupShape, type: JobType) {
  const canary = type === 'service' ? update.canary : 0;
  return {
    ...pace,
    ...{ MaxParallel: update.maxParallel, Canary: canary, AutoRevert: update.autoRevert },
    AutoPromote: canary > 0 && update.autoPromote,
    ProgressDeadline: update.isProgressing ? 60 * second : 0,
  };
}

function spreadJson({ attribute, percents }: GroupShape['spreads'][number]) {
  return { Attribute: attribute, SpreadTarget: percents.map(([Value, Percent]) => ({ Value, Percent })) };
}

function disconnectJson({ lostAfterS, replace, reconcile }: NonNullable<GroupShape['disconnect']>) {
  return { LostAfter: lostAfterS * second, Replace: replace, Reconcile: reconcile };
}
