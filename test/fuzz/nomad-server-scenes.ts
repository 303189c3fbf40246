/**
 * A moment of a cluster: nodes in every state, allocations of every fate, a job in some version, a rollout; and the
 * evaluation of that job. What is there fits, so that whatever does not fit afterwards is the scheduler's fault.
 */
import fc from 'fast-check';
import type { DeploymentState } from '../../src/nomad/evaluation-types.ts';
import type { Node } from '../../src/nomad/node-types.ts';
import type { Job, JobType, TaskGroup } from '../../src/nomad/types.ts';
import type { Allocation } from '../../src/nomad-server/allocation.ts';
import { canonicalJob } from '../../src/nomad-server/jobspec/canonicalize.ts';
import { nodeRecord } from '../../src/nomad-server/node-record.ts';
import type { StateStore } from '../../src/nomad-server/state-store.ts';
import {
  type GroupShape,
  type JobShape,
  jobJson,
  jobShapes,
  type NodeShape,
  nodeShapes,
  plainBatchJob,
} from '../support/nomad-arbitraries.ts';
import { type Fate, nowMs, stateOf, There } from './nomad-server-there.ts';

type NodeState = 'ready' | 'ineligible' | 'draining' | 'down' | 'disconnected';

interface Own {
  readonly node: number;
  readonly group: number;
  readonly fate: Fate;
  /** Of the job's former version. */
  readonly isOld: boolean;
  readonly health: boolean | null;
}

interface Other {
  readonly node: number;
  readonly priority: number;
  readonly fate: Fate;
  readonly takes: Pick<GroupShape, 'cpu' | 'cores' | 'memory' | 'staticPort'>;
}

export interface Scene {
  readonly nodes: readonly { readonly shape: NodeShape; readonly state: NodeState }[];
  readonly job: JobShape;
  /** What the former version had instead. */
  readonly former: { readonly count: number; readonly revision: number };
  readonly own: readonly Own[];
  readonly others: readonly Other[];
  readonly rollout: 'none' | 'running' | 'paused' | 'failed' | 'successful';
  readonly isPromoted: boolean;
  readonly isStopped: boolean;
  readonly algorithm: 'binpack' | 'spread';
  readonly preempts: boolean;
  readonly seed: number;
}

const fates = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>('runs') },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Fate>(
      ...(['starts', 'done', 'failed', 'is to stop', 'stopped', 'is to move', 'unknown', 'lost'] as const),
    ),
  },
);
const number = fc.nat({ max: 5 });
const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) });

/** @param types  of the job. */
export function scenes(types: readonly JobType[]): fc.Arbitrary<Scene> {
  return fc.record({
    nodes: fc.array(
      fc.record({
        shape: nodeShapes,
        state: mostly<NodeState>('ready', 'ineligible', 'draining', 'down', 'disconnected'),
      }),
      { minLength: 1, maxLength: 5, size: 'max' },
    ),
    job: jobShapes(types),
    former: fc.record({ count: fc.constantFrom(1, 3), revision: fc.constantFrom(0, 1) }),
    own: fc.array(
      fc.record({
        ...{ node: number, group: fc.nat({ max: 1 }), fate: fates, isOld: fc.boolean() },
        health: fc.constantFrom(true, null, false),
      }),
      { maxLength: 6, size: 'max' },
    ),
    others: fc.array(
      fc.record({
        ...{ node: number, priority: fc.constantFrom(50, 20, 80), fate: fates },
        takes: fc.record({
          cpu: fc.constantFrom(400, 900, 2000),
          cores: mostly(0, 1),
          memory: fc.constantFrom(200, 256, 257, 1000),
          staticPort: mostly(0, 8080),
        }),
      }),
      { maxLength: 5, size: 'max' },
    ),
    rollout: mostly<Scene['rollout']>('none', 'running', 'paused', 'failed', 'successful'),
    isPromoted: fc.boolean(),
    isStopped: mostly(false, true),
    algorithm: fc.constantFrom('binpack', 'spread'),
    preempts: fc.boolean(),
    seed: fc.nat({ max: 1_000_000 }),
  });
}

const around = { httpAddress: '127.0.0.1:4646', version: '2.0.6', nowMs };
const place = { region: 'global', namespace: 'default' };

/** Puts the scene into an empty store. @returns the job. */
export function stage(store: StateStore, scene: Scene): Job {
  const nodes = scene.nodes.map(({ shape, state }, at) => nodeIn(state, shape, at));
  store.transact(nowMs, (tx) => {
    for (const node of nodes) tx.putNode(node);
  });
  store.putSchedulerConfiguration(nowMs, {
    ...store.schedulerConfiguration,
    SchedulerAlgorithm: scene.algorithm,
    PreemptionConfig: {
      ...{ SystemSchedulerEnabled: true, SysBatchSchedulerEnabled: scene.preempts },
      ...{ BatchSchedulerEnabled: scene.preempts, ServiceSchedulerEnabled: scene.preempts },
    },
  });
  const groups = scene.job.groups.map((group) => ({ ...group, ...scene.former }));
  const former = register(store, canonicalJob(jobJson('web', { ...scene.job, groups }), place), []);
  const job = register(store, { ...canonicalJob(jobJson('web', scene.job), place), Stop: scene.isStopped }, [former]);
  const there = new There(store, nodes);
  for (const [at, { node, fate, ...shape }] of scene.others.entries()) {
    const other = register(store, canonicalJob(jobJson(`other${at}`, otherShape(shape)), place), []);
    there.add(node, other, 0, stateOf[fate]);
  }
  for (const { node, group, fate, health, isOld } of scene.own) {
    const verdict = { Healthy: health, Timestamp: null, Canary: false, ModifyIndex: 0 };
    there.add(node, isOld ? former : job, group, {
      ...stateOf[fate],
      ...(health === null ? {} : { DeploymentStatus: verdict }),
      ...(isOld || scene.rollout === 'none' ? {} : { DeploymentID: rolloutId }),
    });
  }
  if (scene.rollout !== 'none') putRollout(store, job, scene.rollout, scene.isPromoted);
  return job;
}

const rolloutId = 'rollout';

function otherShape({ priority, takes }: Omit<Other, 'node' | 'fate'>): JobShape {
  const groups = plainBatchJob.groups.map((plain) => ({ ...plain, ...takes }));
  return { ...plainBatchJob, type: 'service', priority, groups };
}

function nodeIn(state: NodeState, shape: NodeShape, at: number): Node {
  const node = nodeRecord(`node-${at}`, { ...shape, name: `n${at + 1}` }, around);
  switch (state) {
    case 'ready':
      return node;
    case 'ineligible':
      return { ...node, SchedulingEligibility: 'ineligible' };
    case 'draining': {
      const strategy = { Deadline: 0, IgnoreSystemJobs: false, ForceDeadline: null, StartedAt: '2026-01-01T00:00:00Z' };
      return { ...node, SchedulingEligibility: 'ineligible', Drain: true, DrainStrategy: strategy };
    }
    default:
      return { ...node, Status: state };
  }
}

function register(store: StateStore, job: Job, former: readonly Job[]): Job {
  const Version = former.length;
  return store.transact(nowMs, (tx) => {
    tx.putJobVersion({ ...job, Version }, former);
    return store.job('default', job.ID) ?? job;
  });
}

function putRollout(store: StateStore, job: Job, status: Exclude<Scene['rollout'], 'none'>, isPromoted: boolean): void {
  const groups = job.TaskGroups.map((group) => [group.Name, rolloutOf(store, job, group, isPromoted)] as const);
  store.transact(nowMs, (tx) => {
    tx.putDeployment({
      ...{ ID: rolloutId, Namespace: 'default', JobID: job.ID, JobVersion: job.Version, IsMultiregion: false },
      ...{ JobModifyIndex: job.ModifyIndex, JobSpecModifyIndex: job.JobModifyIndex, JobCreateIndex: job.CreateIndex },
      ...{ TaskGroups: Object.fromEntries(groups), Status: status, StatusDescription: '', EvalPriority: 50 },
      ...{ CreateIndex: 0, ModifyIndex: 0, CreateTime: 0, ModifyTime: 0 },
    });
    for (const id of groups.flatMap(([, { PlacedCanaries }]) => PlacedCanaries ?? [])) {
      const one = store.allocation(id);
      const verdict = one?.DeploymentStatus ?? { Healthy: null, Timestamp: null, Canary: false, ModifyIndex: 0 };
      if (one !== undefined)
        tx.putAllocation({ ...one, DeploymentStatus: { ...verdict, Canary: !isPromoted } }, 'server');
    }
  });
}

/** Where something is to be replaced, the first ones of the new version are its canaries. */
function rolloutOf(store: StateStore, job: Job, group: TaskGroup, Promoted: boolean): DeploymentState {
  const { Name, Update, Count } = group;
  const isOther = (one: Allocation) =>
    one.Job.TaskGroups.some(
      (other) => other.Name === Name && other.Tasks[0]?.Env?.['revision'] !== group.Tasks[0]?.Env?.['revision'],
    );
  const own = [...store.allocationsOfJob('default', job.ID)].filter((one) => one.TaskGroup === Name);
  const placed = own.filter((one) => one.DeploymentID === rolloutId);
  const canaries = own.some(isOther) && Update?.MaxParallel !== 0 ? (Update?.Canary ?? 0) : 0;
  const told = (health: boolean) => placed.filter((one) => one.DeploymentStatus?.Healthy === health).length;
  return {
    ...{ AutoRevert: false, AutoPromote: false, ProgressDeadline: Update?.ProgressDeadline ?? 0 },
    ...{ RequireProgressBy: null, Promoted, DesiredCanaries: canaries, DesiredTotal: Count },
    PlacedCanaries: canaries === 0 ? null : placed.slice(0, canaries).map((one) => one.ID),
    ...{ PlacedAllocs: placed.length, HealthyAllocs: told(true), UnhealthyAllocs: told(false) },
  };
}
