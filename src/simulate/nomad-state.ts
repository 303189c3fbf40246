/** What a Nomad has and waits for, read through its API, as a simulation takes it. */
import { eachOf } from '../lib/each.ts';
import { AutoscalerError, inContext } from '../lib/error.ts';
import type { AllocStub } from '../nomad/allocation-types.ts';
import { type NomadClient, unlessRefused } from '../nomad/client.ts';
import { blockedEvaluations } from '../nomad/evaluations.ts';
import { readJob } from '../nomad/jobs.ts';
import type { Node, NodeListStub } from '../nomad/node-types.ts';
import { listNodes, readNode } from '../nomad/nodes.ts';
import type { Job } from '../nomad/types.ts';
import { isShortOfRoom, refOf, waitingByGroup } from '../nomad/waiting-view.ts';
import type { Allocation } from '../nomad-server/allocation.ts';
import { canonicalJob } from '../nomad-server/jobspec/canonicalize.ts';
import { noMetric } from './careful.ts';
import type { JobAsk } from './run.ts';
import type { Algorithm } from './snapshot.ts';

export interface NomadState {
  /** Those that take new allocations. */
  readonly nodes: readonly Node[];
  /** How many do not: they are down, draining or ineligible. */
  readonly away: number;
  /** Unfinished ones of all namespaces that the token may see. */
  readonly allocations: readonly Allocation[];
  readonly algorithm: Algorithm;
}

/** Requests at the same moment; a shared client has few connections. */
const atOnce = 3;
const pageSize = '5000';

export async function readState(client: NomadClient, signal: AbortSignal): Promise<NomadState> {
  const stubs = await reading('the nodes', listNodes(client, false, signal));
  const open = stubs.filter(takesAllocations).toReversed();
  const read = async ({ ID }: NodeListStub) => (await unlessRefused(404, readNode(client, ID, {}, signal)))?.value; // it may be gone by now
  const nodes = (await reading('the nodes', eachOf(open, atOnce, read))).filter((node) => node !== undefined);
  const allocations = await reading('the allocations of all namespaces', readAllocations(client, signal));
  return { nodes, away: stubs.length - open.length, allocations, algorithm: await readAlgorithm(client, signal) };
}

/** A refusal does not say of what. */
async function reading<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw inContext(`cannot read ${what}`, cause);
  }
}

const takesAllocations = ({ Status, Drain, SchedulingEligibility }: NodeListStub): boolean =>
  Status === 'ready' && !Drain && SchedulingEligibility === 'eligible';

async function readAllocations(client: NomadClient, signal: AbortSignal): Promise<readonly Allocation[]> {
  const all: Allocation[] = [];
  let next: string | undefined;
  do {
    const query = {
      ...{ resources: 'true', task_states: 'false', per_page: pageSize },
      ...(next === undefined ? {} : { next_token: next }),
    };
    const page = await client.list<AllocStub>('/v1/allocations', { namespace: '*', query, long: true }, signal);
    for (const stub of page.value) if (!isEnded(stub)) all.push(allocationOf(stub));
    next = page.nextToken;
  } while (next !== undefined);
  return all;
}

const isEnded = ({ ClientStatus }: AllocStub): boolean =>
  ClientStatus === 'complete' || ClientStatus === 'failed' || ClientStatus === 'lost';

/** @throws `incomplete_resources`: an old server does not tell what allocations take. */
function allocationOf({ AllocatedResources, ...stub }: AllocStub): Allocation {
  if (!AllocatedResources) {
    throw new AutoscalerError('incomplete_resources', `allocation ${stub.ID}: Nomad does not tell its resources`, {
      blame: 'remote',
    });
  }
  const { ID, Namespace, EvalID, Name, NodeID, NodeName, JobID, TaskGroup, DesiredStatus, ClientStatus } = stub;
  const { CreateIndex, ModifyIndex, CreateTime, ModifyTime } = stub;
  return {
    ...{ ID, Namespace, EvalID, Name, NodeID, NodeName, JobID, TaskGroup, DesiredStatus, ClientStatus },
    ...{ CreateIndex, ModifyIndex, AllocModifyIndex: ModifyIndex, CreateTime, ModifyTime },
    ...{ AllocatedResources, Metrics: noMetric, Job: unknownJob },
  };
}

/** Of allocations that stand: what they take is known, what they run does not matter. */
const unknownJob: Job = canonicalJob({}, { region: '', namespace: '' });

/** Unless the token may not read it: then it is what Nomad does by default. */
async function readAlgorithm(client: NomadClient, signal: AbortSignal): Promise<Algorithm> {
  const path = '/v1/operator/scheduler/configuration';
  const asked = client.object<{ SchedulerConfig?: { SchedulerAlgorithm?: string } }>(path, {}, signal);
  const answer = await unlessRefused(403, asked);
  return answer?.value.SchedulerConfig?.SchedulerAlgorithm === 'spread' ? 'spread' : 'binpack';
}

/**
 * Allocations that wait for room: those of blocked evaluations, the oldest first. Jobs that run on every node wait for
 * that very node, and are left out, as are those that wait for quota.
 *
 * @param namespace  undefined or `*` for all.
 */
export async function readPending(
  client: NomadClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly JobAsk[]> {
  const isWanted = (name: string) => namespace === undefined || namespace === '*' || namespace === name;
  const blocked = (await reading('what waits for room', blockedEvaluations(client, signal))).filter(
    (one) => isShortOfRoom(one) && isWanted(one.Namespace),
  );
  const asks = await eachOf(
    blocked.toSorted((one, other) => one.CreateIndex - other.CreateIndex),
    atOnce,
    async (evaluation): Promise<JobAsk | undefined> => {
      const counts = await waitingByGroup(client, evaluation, signal);
      const job = await unlessRefused(404, readJob(client, refOf(evaluation), signal));
      if (job === undefined || job.Stop || counts.size === 0) return undefined;
      const full = canonicalJob(job, { region: job.Region, namespace: job.Namespace });
      return { job: full, counts: new Map(full.TaskGroups.map(({ Name }) => [Name, counts.get(Name) ?? 0])) };
    },
  );
  return asks.filter((one) => one !== undefined);
}
