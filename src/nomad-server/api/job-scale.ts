/** Scaling a job and what came of it. Compat: spec nomad-api.md §4.10, J16. */
import type { JobScaleStatus, TaskGroupScaleStatus } from '../../nomad/scaling-types.ts';
import type { Job } from '../../nomad/types.ts';
import { jobKey } from '../identity.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { ScaleRequest } from '../scale.ts';
import type { StateStore } from '../state-store.ts';
import { watchKey } from '../watch.ts';
import { isCounted } from './allocation-json.ts';
import type { Query } from './blocking.ts';
import type { Call } from './call.ts';

/** Reads and checks the body against the path. */
export function readScaleRequest(call: Call, jobId: string): ScaleRequest {
  const input = new Input(call.json());
  const target = input.object('Target');
  const count = readCount(input.value('Count'));
  const job = target?.text('Job') ?? '';
  const namespace = target?.text('Namespace') ?? '';
  const group = target?.text('Group') ?? '';
  if (job !== '' && job !== jobId) throw new Refusal(400, 'job ID in payload did not match URL');
  if (namespace !== '' && namespace !== call.namespace) {
    throw new Refusal(400, 'namespace in payload did not match header');
  }
  if (group === '') throw new Refusal(400, 'missing task group name for scaling action');
  const error = input.flag('Error');
  if (count !== null && count < 0) throw new Refusal(400, "scaling action count can't be negative");
  if (count !== null && error) throw new Refusal(400, 'scaling action should not contain count if error is true');
  return {
    ...{ group, count, error, message: input.text('Message'), meta: input.opaque('Meta') },
    jobModifyIndex: input.number('JobModifyIndex'),
  };
}

function readCount(value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const what = typeof value === 'number' ? `number ${value}` : Array.isArray(value) ? 'array' : typeof value;
  throw new Refusal(400, `json: cannot unmarshal ${what} into Go struct field ScalingRequest.Count of type int64`);
}

/** The status as a query that wakes with the job, its events and its allocations. */
export function scaleStatusQuery(store: StateStore, namespace: string, jobId: string): Query {
  const key = jobKey(namespace, jobId);
  return {
    keys: [watchKey.job(key), watchKey.scalingEventsOfJob(key), watchKey.allocationsOfJob(key)],
    index: () => scaleStatusIndex(store, key),
    read: () => {
      const job = store.state.jobs.get(key);
      return job === undefined ? { missing: 'job not found' } : { value: scaleStatus(store, job) };
    },
  };
}

function scaleStatusIndex(store: StateStore, key: string): number {
  const job = store.state.jobs.get(key);
  if (job === undefined) return store.state.jobs.index;
  let index = Math.max(job.ModifyIndex, store.state.scalingEvents.get(key)?.ModifyIndex ?? 0);
  for (const one of store.state.allocationsByJob.of(key).values()) {
    if (isCounted(one)) index = Math.max(index, one.ModifyIndex);
  }
  return index;
}

function scaleStatus(store: StateStore, job: Job): JobScaleStatus {
  const key = jobKey(job.Namespace, job.ID);
  const events = store.state.scalingEvents.get(key)?.groups;
  const counts = new Map(job.TaskGroups.map((one) => [one.Name, { Placed: 0, Running: 0, Healthy: 0, Unhealthy: 0 }]));
  for (const one of store.state.allocationsByJob.of(key).values()) {
    const group = counts.get(one.TaskGroup);
    if (group === undefined || !isCounted(one)) continue;
    group.Placed++;
    if (one.ClientStatus === 'running') group.Running++;
    if (one.DeploymentStatus?.Healthy === true) group.Healthy++;
    if (one.DeploymentStatus?.Healthy === false) group.Unhealthy++;
  }
  const noCounts = { Placed: 0, Running: 0, Healthy: 0, Unhealthy: 0 };
  const groups = job.TaskGroups.map((one): [string, TaskGroupScaleStatus] => [
    one.Name,
    { Desired: one.Count, ...(counts.get(one.Name) ?? noCounts), Events: events?.get(one.Name) ?? null },
  ]);
  return {
    ...{ JobID: job.ID, Namespace: job.Namespace, JobCreateIndex: job.CreateIndex, JobModifyIndex: job.ModifyIndex },
    ...{ JobStopped: job.Stop, TaskGroups: Object.fromEntries(groups) },
  };
}
