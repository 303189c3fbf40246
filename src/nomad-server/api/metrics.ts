/** Metrics, as Nomad's JSON or in Prometheus' text. Compat: spec nomad-api.md §11.2. */
import { collectSeries, type Series } from '../metrics.ts';
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
  const series = collectSeries({ store, broker, blocked, load, nowMs, startedAtMs, host });
  if (call.query.get('format') !== 'prometheus') return jsonReply(asJson(series, nowMs), call.isPretty);
  return { status: 200, headers: { 'Content-Type': prometheusType }, body: asPrometheus(series) };
}

function asJson(series: readonly Series[], nowMs: number) {
  const second = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
  const of = (kind: Series['kind']) => series.filter((one) => one.kind === kind);
  return {
    Timestamp: `${second} +0000 UTC`,
    Gauges: of('gauge').map(({ name, value, labels }) => ({ Name: name, Value: value, Labels: labels })),
    Points: [],
    Counters: of('counter').map(({ name, value, labels }) => ({
      ...{ Name: name, Count: 1, Rate: value, Sum: value, Min: value, Max: value, Mean: value, Stddev: 0 },
      Labels: labels,
    })),
    Samples: [],
    PrecisionGauges: [],
  };
}

function asPrometheus(series: readonly Series[]): string {
  const byName = new Map<string, Series[]>();
  for (const one of series) {
    const list = byName.get(one.name);
    if (list === undefined) byName.set(one.name, [one]);
    else list.push(one);
  }
  const lines: string[] = [];
  for (const [name, list] of byName) {
    const metric = name.replace(/[^a-zA-Z0-9_]/g, '_');
    lines.push(`# HELP ${metric} ${metric}`, `# TYPE ${metric} ${list[0]?.kind ?? 'gauge'}`);
    for (const one of list) lines.push(`${metric}{${labelText(one.labels)}} ${one.value}`);
  }
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Series['labels']): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',');
}
