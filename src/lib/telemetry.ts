/** Our own counters, gauges and samples. A series is looked up once and then written to. Source: spec agent.md §11. */
import type { Clock } from './clock.ts';
import { dumpText, type MetricsDocument, metricsDocument } from './telemetry-document.ts';
import { exposition } from './telemetry-prometheus.ts';
import type { Push } from './telemetry-push.ts';
import { Family, type Kind, labelsText, type Series } from './telemetry-series.ts';

export type Labels = Readonly<Record<string, string>>;

/** Counts up. */
export interface Counter {
  add(n: number): void;
}

/** Keeps the last value. */
export interface Gauge {
  set(value: number): void;
}

/** A distribution; timers are in milliseconds. */
export interface Sample {
  observe(value: number): void;
}

/**
 * Names are upstream's dotted keys without the service prefix: `scale.invoke.success_count`.
 * A series shows up with its first value, not before.
 */
export interface Telemetry {
  counter(name: string, labels?: Labels): Counter;
  gauge(name: string, labels?: Labels): Gauge;
  sample(name: string, labels?: Labels): Sample;
  /** Forgets every series that carries this label value, as when a policy is removed. */
  drop(label: string, value: string): void;
}

const nothing = { add: () => undefined, set: () => undefined, observe: () => undefined };

/** Telemetry that keeps nothing. */
export const noTelemetry: Telemetry = {
  counter: () => nothing,
  gauge: () => nothing,
  sample: () => nothing,
  drop: () => undefined,
};

export interface TelemetryOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** First part of every name: `nomad-autoscaler`. */
  readonly service: string;
  /** Of the operating system; empty when it cannot be read. */
  readonly hostName: string;
  /** Leave the host out of the gauges' names. */
  readonly disableHostname: boolean;
  /** Put the host into a label `host` of every series, and out of the names. */
  readonly enableHostnameLabel: boolean;
  /** Leave series that nobody wrote to for this long out of the Prometheus text; 0 keeps them. */
  readonly retentionMs: number;
  /** Each is given every value of every series at once. */
  readonly pushes?: readonly Push[];
}

/** Telemetry that can be read. */
export interface TelemetryStore extends Telemetry {
  /** The most recently finished interval of 10 s; during the first one, what there is so far. */
  document(): MetricsDocument;
  /** The Prometheus text, in portions of some thousand lines. */
  exposition(): Iterable<string>;
  /** Every finished interval of the last minute, one line per series, as upstream prints them on SIGUSR1. */
  dump(): string;
}

export function createTelemetry(options: TelemetryOptions): TelemetryStore {
  const { clock, service, pushes = [] } = options;
  const host = options.hostName;
  const inLabel: Labels = options.enableHostnameLabel && host !== '' ? { host } : {};
  const inGauges = options.disableHostname || options.enableHostnameLabel || host === '' ? '' : `.${host}`;
  const families = new Map<string, Family>();
  const byLabel = new Map<string, Set<Series>>();

  const index = (series: Series) => {
    for (const pair of labelPairs(series)) {
      const carriers = byLabel.get(pair);
      if (carriers === undefined) byLabel.set(pair, new Set([series]));
      else carriers.add(series);
    }
  };
  const forget = (series: Series) => {
    series.family.delete(series);
    for (const pair of labelPairs(series)) {
      const carriers = byLabel.get(pair);
      carriers?.delete(series);
      if (carriers?.size === 0) byLabel.delete(pair);
    }
  };
  const find = (kind: Kind, name: string, labels: Labels | undefined): Series => {
    const key = `${kind} ${name}`;
    let family = families.get(key);
    if (family === undefined) {
      family = new Family(kind, `${service}${kind === 'gauge' ? inGauges : ''}.${name}`, clock);
      families.set(key, family);
    }
    const all: Labels = { ...labels, ...inLabel };
    const text = labelsText(all);
    const known = family.get(text);
    if (known !== undefined) return known;
    const pushed = { kind, name: `${service}.${name}`, hostName: family.name, labels: all };
    const emits = pushes.map((push) => push(pushed));
    const series = family.create(all, text, emits);
    index(series);
    return series;
  };

  return {
    counter: (name, labels) => find('counter', name, labels),
    gauge: (name, labels) => find('gauge', name, labels),
    sample: (name, labels) => find('sample', name, labels),
    drop(label, value) {
      for (const series of [...(byLabel.get(labelPair(label, value)) ?? [])]) forget(series);
    },
    document: () => metricsDocument(families.values(), clock.now()),
    exposition: () => exposition(families.values(), clock.now(), options.retentionMs),
    dump: () => dumpText(families.values(), clock.now()),
  };
}

function labelPairs(series: Series): string[] {
  return Object.entries(series.labels).map(([label, value]) => labelPair(label, value));
}

function labelPair(label: string, value: string): string {
  return `${label}=${value}`;
}
