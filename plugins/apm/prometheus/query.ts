import { answeredWithin, inContext, type Metric, type PluginWorld, type TimeRange } from 'nomad-autoscaler/sdk';
import { type Answer, readAnswer } from './answer.ts';
import { timeoutMs } from './ask.ts';
import type { Prometheus } from './connect.ts';
import { seriesOf } from './result.ts';

/** Prometheus refuses a series of more than 11,000 points. */
const mostSteps = 10_998;

/**
 * @returns every series; a vector is one series of all its elements. An answer that is not whole says so in each.
 * @throws  `failed to query: …`, and what is wrong with the series themselves.
 */
export async function queryPrometheus(
  prometheus: Prometheus,
  query: string,
  range: TimeRange,
  { clock, log }: PluginWorld,
  signal: AbortSignal,
): Promise<readonly (readonly Metric[])[]> {
  const { path, parameters } = requestFor(query, range);
  let answer: Answer;
  try {
    const got = await answeredWithin(clock, timeoutMs, signal, (inner) => prometheus.ask(path, parameters, inner));
    answer = readAnswer(got, prometheus.hide);
  } catch (cause) {
    throw inContext('failed to query', cause);
  }
  const { data, warnings, infos, partial } = answer;
  for (const warning of warnings) log.warn('prometheus query returned warning', { warning });
  for (const info of infos) log.debug('prometheus query returned info', { info });
  const series = seriesOf(data);
  return partial === undefined ? series : series.map((points) => marked(points, partial));
}

function marked(points: readonly Metric[], partial: string): readonly Metric[] {
  const newest = points.at(-1);
  return newest === undefined ? points : [...points.slice(0, -1), { ...newest, partial }];
}

/**
 * A range is asked in steps of a second, or in wider ones where a series would have too many points; the last of them is
 * always the range's end, since the newest point is what most strategies go by.
 */
export function requestFor(query: string, range: TimeRange): { readonly path: string; readonly parameters: string } {
  const start = seconds(range.from, range.fromNanos);
  const end = seconds(range.to, range.toNanos);
  if (start === end) return { path: '/api/v1/query', parameters: form({ query, time: String(end) }) };
  const step = Math.max(1, Math.ceil((end - start) / mostSteps));
  const first = step === 1 ? start : end - Math.floor((end - start) / step) * step;
  const parameters = form({ end: String(end), query, start: String(first), step: String(step) });
  return { path: '/api/v1/query_range', parameters };
}

const form = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();

/** Unix seconds with the fraction that Go's `float64` gives. */
function seconds(ms: number, nanos = 0): number {
  const whole = Math.floor(ms / 1000);
  return whole + ((ms - whole * 1000) * 1e6 + nanos) / 1e9;
}
