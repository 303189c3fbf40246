/** Metrics as lines for servers that take them one by one: statsd, statsite and DogStatsD. Source: spec agent.md §11.3. */
import type { Kind } from './telemetry-series.ts';

/** What a line says beside its value. */
export interface PushedSeries {
  readonly kind: Kind;
  /** Dotted, with service but without host: `nomad-autoscaler.scale.invoke_ms`. */
  readonly name: string;
  /** The same with the host, for gauges whose name carries it. */
  readonly hostName: string;
  /** In the order in which the caller gave them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Prepares a series once; what it returns is called with every value. */
export type Push = (series: PushedSeries) => (value: number) => void;

const types = { gauge: 'g', counter: 'c', sample: 'ms' } as const;

/** `<key>.<label value>…:<value>|<type>` and a line feed. Names of labels are lost. */
export function statsdPush(write: (line: string) => void): Push {
  return ({ kind, hostName, labels }) => {
    const key = [hostName, ...Object.values(labels)].join('.').replaceAll(/[:\s]/g, '_');
    return (value) => write(`${key}:${value.toFixed(6)}|${types[kind]}\n`);
  };
}

/** `<key>:<value>|<type>|#<name>:<value>,…` and a line feed; counts are whole. @param tags  of every line: `name:value`. */
export function dogstatsdPush(write: (line: string) => void, tags: readonly string[]): Push {
  return ({ kind, name, labels }) => {
    const key = name.replaceAll(/[:\s]/g, '_');
    const own = Object.entries(labels).map(([label, value]) => (value === '' ? label : `${label}:${tagValue(value)}`));
    const all = [...tags, ...own];
    const tail = all.length === 0 ? '\n' : `|#${all.join(',')}\n`;
    return (value) => write(`${key}:${number(kind, value)}|${types[kind]}${tail}`);
  };
}

/** Signs that would begin another tag, or another part of the line. */
const tagValue = (value: string) => value.replaceAll(/[,|#\s]/g, '_');

function number(kind: Kind, value: number): string {
  if (kind === 'counter') return String(Math.trunc(value));
  return kind === 'sample' ? value.toFixed(6) : String(value);
}
