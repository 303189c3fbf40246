/** Our own counters, gauges and samples. A series is looked up once and then written to. */

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
