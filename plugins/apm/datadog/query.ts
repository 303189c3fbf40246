/** Asks Datadog. Source: spec plugins.md §9; the texts are upstream's. */
import {
  AutoscalerError,
  type HttpAnswer,
  inContext,
  instantRefused,
  isInstant,
  type Logger,
  type Metric,
  statusFacts,
  type TimeRange,
} from 'nomad-autoscaler/sdk';
import { readAnswer } from './answer.ts';
import type { Datadog } from './connect.ts';

/**
 * @returns every series that has a list of points, an empty list too.
 * @throws  `datadog_failed`, and what the way to Datadog throws.
 */
export async function queryDatadog(
  datadog: Datadog,
  query: string,
  range: TimeRange,
  log: Logger,
  signal: AbortSignal,
): Promise<readonly (readonly Metric[])[]> {
  if (isInstant(range)) throw instantRefused('datadog');
  const answer = await datadog.get(pathOf(query, range), signal).catch(failed);
  if (answer.status === 429) throw rateLimited(answer);
  try {
    return readAnswer(answer, log, datadog.hide);
  } catch (cause) {
    return failed(cause);
  }
}

function failed(cause: unknown): never {
  throw inContext('error querying metrics from datadog', cause);
}

function pathOf(query: string, { from, to }: TimeRange): string {
  const seconds = (ms: number) => String(Math.floor(ms / 1000));
  return `/api/v1/query?${new URLSearchParams({ from: seconds(from), query, to: seconds(to) })}`;
}

/** By Datadog itself, whatever our own limit is. */
function rateLimited({ status, headers }: HttpAnswer): AutoscalerError {
  const resets = `resets in ${headers['x-ratelimit-reset'] ?? ''} sec`;
  const text = `metric queries are ratelimited in current time period by datadog, ${resets}`;
  return new AutoscalerError('datadog_failed', text, statusFacts(status));
}
