/** The intervals as upstream shows them: the JSON document of `/v1/metrics`, and the lines of SIGUSR1. */
import { type Family, type Interval, intervalMs, type Kind, type Series } from './telemetry-series.ts';

export interface GaugeEntry {
  readonly Labels: Readonly<Record<string, string>>;
  readonly Name: string;
  readonly Value: number;
}

export interface SampledEntry {
  readonly Count: number;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Max: number;
  readonly Mean: number;
  readonly Min: number;
  readonly Name: string;
  /** Sum per second of the interval. */
  readonly Rate: number;
  readonly Stddev: number;
  readonly Sum: number;
}

/** Keys in alphabetical order. Source: spec agent.md §10.1. */
export interface MetricsDocument {
  readonly Counters: readonly SampledEntry[];
  readonly Gauges: readonly GaugeEntry[];
  readonly Points: readonly never[];
  readonly PrecisionGauges: readonly never[];
  readonly Samples: readonly SampledEntry[];
  readonly Timestamp: string;
}

interface Written {
  readonly series: Series;
  readonly interval: Interval;
}

export function metricsDocument(families: Iterable<Family>, now: number): MetricsDocument {
  const all = [...families];
  const start = startToShow(all, now);
  return {
    Counters: written(all, 'counter', start).map(sampled),
    Gauges: written(all, 'gauge', start).map(({ series, interval }) => ({
      Labels: series.labels,
      Name: series.family.name,
      Value: interval.sum,
    })),
    Points: [],
    PrecisionGauges: [],
    Samples: written(all, 'sample', start).map(sampled),
    Timestamp: instant(start).replace(/\.\d+/, ''),
  };
}

/** Source: spec agent.md §11.6. Families in the order of their first use. */
export function dumpText(families: Iterable<Family>, now: number): string {
  const all = [...families];
  const lines: string[] = [];
  for (const start of startsOf(all, now)) {
    if (start + intervalMs > now) continue;
    const stamp = instant(start).replace(/\.\d+/, '');
    for (const { series, interval } of written(all, 'gauge', start)) {
      lines.push(`[${stamp}][G] '${dumpName(series)}': ${interval.sum.toFixed(3)}`);
    }
    for (const { series, interval } of written(all, 'counter', start)) {
      lines.push(`[${stamp}][C] '${dumpName(series)}': ${aggregate(interval)}`);
    }
    for (const { series, interval } of written(all, 'sample', start)) {
      lines.push(`[${stamp}][S] '${dumpName(series)}': ${aggregate(interval)}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Ascending. */
function startsOf(families: readonly Family[], now: number): number[] {
  const starts = new Set<number>();
  for (const family of families) for (const series of family.all()) for (const at of series.starts(now)) starts.add(at);
  return [...starts].sort((a, b) => a - b);
}

/** The newest interval that is over; before there is one, the running one. */
function startToShow(families: readonly Family[], now: number): number {
  const finished = startsOf(families, now).findLast((start) => start + intervalMs <= now);
  return finished ?? now - (now % intervalMs);
}

/** By name, then labels. */
function written(families: readonly Family[], kind: Kind, start: number): Written[] {
  const found: Written[] = [];
  const wanted = families.filter((family) => family.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const family of wanted) {
    for (const series of family.all()) {
      const interval = series.interval(start);
      if (interval !== undefined) found.push({ series, interval });
    }
  }
  return found;
}

function sampled({ series, interval }: Written): SampledEntry {
  return {
    Count: interval.count,
    Labels: series.labels,
    Max: interval.max,
    Mean: interval.sum / interval.count,
    Min: interval.min,
    Name: series.family.name,
    Rate: interval.sum / (intervalMs / 1000),
    Stddev: deviation(interval),
    Sum: interval.sum,
  };
}

/** Of a sample: 0 for fewer than two values. */
function deviation({ count, sum, sumOfSquares }: Interval): number {
  if (count < 2) return 0;
  return Math.sqrt(Math.max(0, count * sumOfSquares - sum * sum) / (count * (count - 1)));
}

function aggregate(interval: Interval): string {
  const spread = deviation(interval);
  const sum = `Sum: ${interval.sum.toFixed(3)} LastUpdated: ${instant(interval.updatedAt)}`;
  if (spread === 0) return `Count: ${interval.count} ${sum}`;
  const mean = interval.sum / interval.count;
  const range = `Min: ${interval.min.toFixed(3)} Mean: ${mean.toFixed(3)} Max: ${interval.max.toFixed(3)}`;
  return `Count: ${interval.count} ${range} Stddev: ${spread.toFixed(3)} ${sum}`;
}

function dumpName(series: Series): string {
  return [series.family.name, ...Object.values(series.labels)].join('.');
}

/** `2026-11-25 00:07:30.25 +0000 UTC` */
function instant(at: number): string {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)} +0000 UTC`;
}
