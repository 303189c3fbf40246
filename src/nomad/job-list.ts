/**
 * Watches the list of all jobs with one blocking query: which jobs there are, and which of them moved. It is how
 * thousands of jobs cost one connection instead of one each.
 *
 * `ModifyIndex` of a job moves with each write to it, that of its summary with each placement and each change of an
 * allocation's client status. Both together are the job's version.
 */
import { type Clock, sleep } from '../lib/clock.ts';
import { AutoscalerError, explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';
import { backoffMs } from '../lib/retry.ts';
import { type NomadClient, NomadError } from './client.ts';
import { listJobs } from './jobs.ts';
import type { JobListStub } from './scaling-types.ts';

export interface JobListWorld {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export type ListState =
  /** No answer yet. */
  | { readonly kind: 'starting' }
  /** What was handed on is what Nomad has, give or take the pause between two reads. */
  | { readonly kind: 'following' }
  /** Nomad cannot be reached. */
  | { readonly kind: 'down'; readonly error: unknown }
  /** Nomad can be reached, but not asked this: the token may not list jobs, the server is in trouble, the list is no list. */
  | { readonly kind: 'refused' };

export interface JobListEvents {
  /** The list was read. */
  onList(jobs: readonly JobListStub[]): void;
  onState(state: ListState): void;
}

/** After a change the list rests, so that a busy Nomad is not read without end: longer for a longer list. */
const restPerJobMs = 0.5;
const leastRestMs = 500;
const mostRestMs = 10_000;
/** Without an index Nomad cannot hold the query. */
const unheldRestMs = 5_000;
const whenDown = { firstMs: 500, longestMs: 3_000 };
/** A refusal that the server may get over, and one that an operator has to mend. */
const refusedBrieflyMs = 5_000;
const refusedMs = 60_000;

/** @returns when `signal` aborts. */
export async function followJobList(
  client: NomadClient,
  namespace: string,
  world: JobListWorld,
  events: JobListEvents,
  signal: AbortSignal,
): Promise<void> {
  let index = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const answer = await listJobs(client, namespace, index === 0 ? undefined : index, signal);
      if (failures > 0) world.log.info('reading the list of jobs again', { namespace });
      failures = 0;
      events.onList(answer.value);
      events.onState({ kind: 'following' });
      const restMs = Math.min(Math.max(answer.value.length * restPerJobMs, leastRestMs), mostRestMs);
      // An index that went back is that of another server's life: begin anew.
      index = answer.index < index ? 0 : answer.index;
      await pause(world.clock, index === 0 ? unheldRestMs : restMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      // A held query may break where a plain one does not, as behind a proxy that ends long waits.
      if (index > 0) {
        index = 0;
        continue;
      }
      failures++;
      const restMs = afterFailure(error, failures, world);
      if (failures === 1) report(error, namespace, world.log);
      events.onState(isUnreachable(error) ? { kind: 'down', error } : { kind: 'refused' });
      await pause(world.clock, restMs, signal);
    }
  }
}

function report(error: unknown, namespace: string, log: Logger): void {
  const fields = { namespace, error: explain(error) };
  if (error instanceof NomadError && error.status === 403)
    log.info('the list of jobs is refused: reading each job by itself', fields);
  else log.warn('failed to read the list of jobs, retrying', fields);
}

function afterFailure(error: unknown, failures: number, world: JobListWorld): number {
  if (isUnreachable(error)) return backoffMs(failures, whenDown, world.random);
  return error instanceof NomadError && error.retryable ? refusedBrieflyMs : refusedMs;
}

/** What the transport throws without an answer. */
function isUnreachable(error: unknown): boolean {
  return error instanceof AutoscalerError && (error.code === 'connection_failed' || error.code === 'no_answer');
}

/** @returns early when the signal aborts. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
