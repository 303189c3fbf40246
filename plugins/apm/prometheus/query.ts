import {
  inContext,
  type Metric,
  type PluginWorld,
  type TimeRange,
  usageError,
  withDeadline,
} from 'nomad-autoscaler/sdk';
import { type Answer, readAnswer, seriesOf } from './answer.ts';
import type { Prometheus } from './connect.ts';

/** Compat: upstream's bound on one query. */
const timeoutMs = 10_000;
const maxBytes = 64 * 2 ** 20;
/** Prometheus refuses more points of a series than this. */
const mostPoints = 11_000;

/**
 * @returns every series; a vector is one series of all its elements.
 * @throws  `failed to query: …`, and what is wrong with the series themselves.
 */
export async function queryPrometheus(
  prometheus: Prometheus,
  query: string,
  range: TimeRange,
  world: PluginWorld,
  signal: AbortSignal,
): Promise<readonly (readonly Metric[])[]> {
  const { path, parameters } = requestFor(query, range);
  let answer: Answer;
  try {
    const { status, body } = await withDeadline(world.clock, timeoutMs, signal, (inner) =>
      ask(prometheus, path, parameters, inner),
    );
    answer = readAnswer(status, body);
  } catch (cause) {
    throw inContext('failed to query', cause);
  }
  for (const warning of answer.warnings) world.log.warn('prometheus query returned warning', { warning });
  return seriesOf(answer);
}

/** A check wants one series: none at all is no data, more than one is a query that means something else. */
export function onlySeries(series: readonly (readonly Metric[])[]): readonly Metric[] {
  if (series.length <= 1) return series[0] ?? [];
  throw usageError('several_series', `query returned ${series.length} metric streams, only 1 is expected`);
}

/** A range is asked in steps of a second, or wider ones where a series would have too many points. */
export function requestFor(query: string, range: TimeRange): { readonly path: string; readonly parameters: string } {
  const start = seconds(range.from, range.fromNanos);
  const end = seconds(range.to, range.toNanos);
  if (start === end) return { path: '/api/v1/query', parameters: form({ query, time: String(end) }) };
  const step = Math.max(1, Math.ceil((end - start) / mostPoints));
  const parameters = form({ end: String(end), query, start: String(start), step: String(step) });
  return { path: '/api/v1/query_range', parameters };
}

const form = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();

/** Unix seconds with the fraction that Go's `float64` gives. */
function seconds(ms: number, nanos = 0): number {
  const whole = Math.floor(ms / 1000);
  return whole + ((ms - whole * 1000) * 1e6 + nanos) / 1e9;
}

/** By POST, since queries are long, and by GET where a server or a proxy takes no POST. */
async function ask({ send, basePath, headers }: Prometheus, path: string, parameters: string, signal: AbortSignal) {
  const limits = { timeoutMs, maxBytes };
  const posted = await send(
    {
      method: 'POST',
      path: `${basePath}${path}`,
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: parameters,
      ...limits,
    },
    signal,
  );
  if (posted.status !== 405 && posted.status !== 501) return posted;
  return send({ method: 'GET', path: `${basePath}${path}?${parameters}`, headers, ...limits }, signal);
}
