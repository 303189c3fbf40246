import { AutoscalerError, inContext, type PluginWorld } from 'nomad-autoscaler/sdk';
import type { AllocationUsage, SharedNomad } from 'nomad-autoscaler/sdk/nomad';
import type { TaskGroupQuery } from './parse.ts';

type Nomad = Pick<SharedNomad, 'jobs' | 'usage'>;

/**
 * What the running allocations of a task group use, in one number: percent of a core, bytes, or percent of what the
 * group's tasks ask for.
 *
 * @throws when nothing runs, and when one of the allocations cannot be read: a part would pass for the whole.
 */
export async function taskGroupMetric(
  nomad: Nomad,
  query: TaskGroupQuery,
  text: string,
  log: PluginWorld['log'],
  signal: AbortSignal,
): Promise<number> {
  const ref = { namespace: query.namespace, id: query.job };
  const all = await attempt('failed to get alloc listing for job', () => nomad.jobs.running(ref, signal));
  const percentOf = await denominator(nomad, query, signal);
  const running = all.filter(({ group }) => group === query.group);
  if (running.length === 0)
    throw new AutoscalerError('metric_not_found', `metric not found: ${text}`, { blame: 'remote' });

  const values = await attempt('failed to get alloc stats', () =>
    Promise.all(
      running.map(async ({ id }) => {
        const used = figureOf(query.metric, await nomad.usage.of(id, query.namespace, signal));
        if (used === undefined) throw unmeasured(id, query.metric);
        return percentOf === undefined ? used : (used / percentOf) * 100;
      }),
    ),
  );
  log.debug('metrics found', { num_data_points: values.length, query: text });
  return aggregate(query.operation, values);
}

export function aggregate(operation: TaskGroupQuery['operation'], values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (operation) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
  }
}

const bytesPerMb = 2 ** 20;

function figureOf(metric: TaskGroupQuery['metric'], usage: AllocationUsage): number | undefined {
  switch (metric) {
    case 'cpu':
      return usage.cpuPercent;
    case 'cpu-allocated':
      return usage.cpuMhz;
    case 'memory':
      return usage.memoryBytes;
    case 'memory-allocated':
      return usage.memoryBytes === undefined ? undefined : Math.floor(usage.memoryBytes / bytesPerMb);
  }
}

/** What one instance of the group asks for, where the metric is a part of that. */
async function denominator(nomad: Nomad, query: TaskGroupQuery, signal: AbortSignal): Promise<number | undefined> {
  if (query.metric !== 'cpu-allocated' && query.metric !== 'memory-allocated') return undefined;
  const isCpu = query.metric === 'cpu-allocated';
  return attempt(`failed to get total allocated ${isCpu ? 'CPU' : 'memory'} for taskgroup`, async () => {
    const ref = { namespace: query.namespace, id: query.job };
    const groups = await attempt('failed to get info for job', () => nomad.jobs.reservations(ref, signal));
    const asked = groups?.get(query.group);
    if (asked === undefined) throw groupNotFound(query, groups !== undefined);
    const amount = isCpu ? asked.cpuMhz : asked.memoryMb;
    if (amount > 0) return amount;
    throw new AutoscalerError('no_reservation', `the tasks of group "${query.group}" ask for none`, { blame: 'usage' });
  });
}

function groupNotFound({ group, job }: TaskGroupQuery, isJobThere: boolean): AutoscalerError {
  const why = isJobThere ? `task group "${group}" not found in job "${job}"` : `job "${job}" not found`;
  return new AutoscalerError('task_group_not_found', why, { blame: 'usage' });
}

/** A figure that the client did not measure is not zero. */
function unmeasured(allocation: string, metric: string): AutoscalerError {
  const what = metric.startsWith('cpu') ? 'CPU' : 'memory';
  return new AutoscalerError('metric_not_found', `allocation ${allocation} does not report its ${what}`, {
    blame: 'remote',
    retryable: true,
  });
}

async function attempt<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw inContext(doing, cause);
  }
}
