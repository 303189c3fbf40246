/** Metrics, as Nomad's JSON or in Prometheus' text. Compat: spec nomad-api.md §11.2. */
import { collectSeries, hookSummaries, type Series, type Summary } from '../metrics.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const prometheusType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

export function metricsRoutes(parts: ApiParts): Routes {
  return { exact: { '/v1/metrics': (call) => byMethod(call, { read: () => read(parts, call) }) } };
}

function read(parts: ApiParts, call: Call): ApiResponse {
  const { store, broker, blocked, load, world, identity } = parts;
  const nowMs = world.clock.now();
  const { startedAtMs, name: host } = identity;
  const hooks = hookSummaries(store);
  const hooksDone = hooks.map(({ labels, count }): Series => {
    return { kind: 'counter', name: 'client.alloc_hook.prerun.success', labels, value: count };
  });
  const series = [...collectSeries({ store, broker, blocked, load, nowMs, startedAtMs }), ...hooksDone];
  const summaries = [...hooks, ...parts.rpcTimes.summaries()];
  if (call.query.get('format') !== 'prometheus') {
    return jsonReply(asJson({ series, summaries }, nowMs, host), call.isPretty);
  }
  const body = asPrometheus(series, host) + summariesText(summaries, host);
  return { status: 200, headers: { 'Content-Type': prometheusType }, body };
}

interface Told {
  readonly series: readonly Series[];
  readonly summaries: readonly Summary[];
}

function asJson({ series, summaries }: Told, nowMs: number, host: string) {
  const named = ({ name, labels }: Pick<Series, 'name' | 'labels'>) => ({
    Name: `nomad.${name}`,
    Labels: { host, ...labels },
  });
  const second = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
  const of = (kind: Series['kind']) => series.filter((one) => one.kind === kind);
  return {
    Timestamp: `${second} +0000 UTC`,
    Gauges: of('gauge').map((one) => ({ ...named(one), Value: one.value })),
    Points: [],
    Counters: of('counter').map((one) => ({ ...named(one), ...countedOnce(one.value) })),
    Samples: summaries.map((one) => ({ ...named(one), ...sampled(one) })),
    PrecisionGauges: [],
  };
}

function countedOnce(value: number) {
  return { Count: 1, Rate: value, Sum: value, Min: value, Max: value, Mean: value, Stddev: 0 };
}

function sampled({ count, sum, quantiles }: Summary) {
  const Mean = count === 0 ? 0 : sum / count;
  return { Count: count, Rate: sum, Sum: sum, Min: 0, Max: quantiles.get('0.99') ?? 0, Mean, Stddev: 0 };
}

function summariesText(summaries: readonly Summary[], host: string): string {
  const seen = new Set<string>();
  return summaries
    .map(({ name, labels, quantiles, sum, count }) => {
      const metric = metricName(name);
      const text = labelText({ host, ...labels });
      const head = seen.has(metric) ? '' : `# HELP ${metric} ${metric}\n# TYPE ${metric} summary\n`;
      seen.add(metric);
      const each = [...quantiles].map(([share, value]) => `${metric}{${text},quantile="${share}"} ${value}\n`);
      return `${head}${each.join('')}${metric}_sum{${text}} ${sum}\n${metric}_count{${text}} ${count}\n`;
    })
    .join('');
}

function asPrometheus(series: readonly Series[], host: string): string {
  const texts = new Map<Series['labels'], string>();
  const blocks = new Map<string, string[]>();
  for (const { name, labels, value, kind } of series) {
    let text = texts.get(labels);
    if (text === undefined) {
      text = labelText({ host, ...labels });
      texts.set(labels, text);
    }
    let lines = blocks.get(name);
    if (lines === undefined) {
      const metric = metricName(name);
      lines = [`# HELP ${metric} ${metric}\n# TYPE ${metric} ${kind}\n`];
      blocks.set(name, lines);
    }
    lines.push(`${metricName(name)}{${text}} ${value}\n`);
  }
  return [...blocks.values()].map((lines) => lines.join('')).join('');
}

const metricNames = new Map<string, string>();

function metricName(name: string): string {
  let metric = metricNames.get(name);
  if (metric === undefined) {
    metric = `nomad_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`;
    metricNames.set(name, metric);
  }
  return metric;
}

function labelText(labels: Series['labels']): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, escaped)}"`)
    .join(',');
}

const escaped = (sign: string): string => (sign === '\n' ? '\\n' : `\\${sign}`);
