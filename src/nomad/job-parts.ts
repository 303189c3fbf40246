/** What a metric of a task group needs of its job. Only that is kept of Nomad's answers, which are long. */
import { type NomadClient, unlessRefused } from './client.ts';
import { type JobRef, jobAllocations, readJob } from './jobs.ts';
import type { TaskGroup } from './types.ts';

/** An allocation that runs, and its task group. */
export interface RunningAllocation {
  readonly id: string;
  readonly group: string;
}

/** What one instance of a task group asks for. */
export interface Reservation {
  readonly cpuMhz: number;
  readonly memoryMb: number;
}

/** The allocations that run, as their clients say; none for an unknown job. */
export async function runningAllocations(
  client: NomadClient,
  job: JobRef,
  signal: AbortSignal,
): Promise<readonly RunningAllocation[]> {
  const allocations = await jobAllocations(client, job, signal);
  return allocations
    .filter(({ ClientStatus }) => ClientStatus === 'running')
    .map(({ ID, TaskGroup }) => ({ id: ID, group: TaskGroup }));
}

/** By task group; undefined when there is no such job. Tasks that say nothing ask for nothing. */
export async function reservations(
  client: NomadClient,
  job: JobRef,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Reservation> | undefined> {
  const found = await unlessRefused(404, readJob(client, job, signal));
  if (found === undefined) return undefined;
  return new Map((found.TaskGroups ?? []).map((group) => [group.Name, reservationOf(group)]));
}

/** What one instance of the group asks for: the sum of its tasks. */
export function reservationOf({ Tasks }: Pick<TaskGroup, 'Tasks'>): Reservation {
  const cpuMhz = (Tasks ?? []).reduce((total, task) => total + (task.Resources?.CPU ?? 0), 0);
  const memoryMb = (Tasks ?? []).reduce((total, task) => total + (task.Resources?.MemoryMB ?? 0), 0);
  return { cpuMhz, memoryMb };
}
