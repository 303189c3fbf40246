/** Asks Instana. Source: spec plugins.md §11; the texts are upstream's. */
import {
  AutoscalerError,
  explain,
  type HttpAnswer,
  inContext,
  instantRefused,
  isInstant,
  isJsonObject,
  isSuccess,
  type JsonObject,
  type Logger,
  type Metric,
  refusalText,
  statusFacts,
  type TimeRange,
  usageError,
} from 'nomad-autoscaler/sdk';
import { readAnswer } from './answer.ts';
import type { Instana } from './connect.ts';

/**
 * @param query  what Instana is posted, as JSON: `plugin`, `metrics`, perhaps `query`, `snapshotIds` and `rollup`.
 * @returns      every series that has points.
 * @throws       `instana_failed`, `invalid_query` (usage), and what the way to Instana throws.
 */
export async function queryInstana(
  instana: Instana,
  query: string,
  range: TimeRange,
  log: Logger,
  signal: AbortSignal,
): Promise<readonly (readonly Metric[])[]> {
  if (isInstant(range)) throw instantRefused('instana');
  const body = bodyFor(query, range);
  try {
    const series = readAnswer(await ask(instana, body, signal), instana.hide);
    if (series.length === 0) log.warn('empty time series response from instana, try a wider query window');
    return series;
  } catch (error) {
    if (!signal.aborted) log.error('error querying instana metrics', { error: explain(error) });
    throw error;
  }
}

/** The query with the check's window in place of one of its own. */
function bodyFor(query: string, { from, to }: TimeRange): string {
  return JSON.stringify({ ...parse(query), timeFrame: { windowSize: to - from, to } });
}

function parse(query: string): JsonObject {
  try {
    const value: unknown = JSON.parse(query);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw usageError('invalid_query', 'failed to unmarshal instana query', cause);
  }
  throw usageError('invalid_query', 'failed to unmarshal instana query: it is no JSON object');
}

const path = '/api/infrastructure-monitoring/metrics';

async function ask(instana: Instana, body: string, signal: AbortSignal): Promise<HttpAnswer> {
  const request = { method: 'POST', path, body, isRead: true } as const;
  const answer = await instana.ask(request, signal).catch((cause: unknown) => {
    throw inContext('error querying metrics from instana', cause);
  });
  if (isSuccess(answer)) return answer;
  throw new AutoscalerError('instana_failed', whyRefused(answer, instana.hide), statusFacts(answer.status));
}

function whyRefused(answer: HttpAnswer, hide: (text: string) => string): string {
  const { status, headers } = answer;
  if (status === 429) {
    return `metric queries are rate limited by instana, resets at ${headers['x-ratelimit-reset'] ?? ''}`;
  }
  return `instana query failed with status ${status}: ${refusalText(answer, hide)}`;
}
