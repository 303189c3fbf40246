/** Stand-ins for what the heart is given: they record what they are asked and can be told to fail or to take their time. */
import { type VirtualClock, virtualClock } from '../../src/lib/clock.ts';
import type { LogFields, Logger, LogLevel } from '../../src/lib/log.ts';
import type { Labels, Telemetry } from '../../src/lib/telemetry.ts';
import type { World } from '../../src/lib/world.ts';
import type { Action } from '../../src/model/action.ts';
import type { Metric, TimeRange } from '../../src/model/metric.ts';
import type { ApmSession, Awaitable, StrategyInput, StrategySession, TargetSession } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { type Outcome, scaled, type TargetStatus } from '../../src/model/target.ts';
import type { Plugins } from '../../src/scaling/parts.ts';
import { metrics, status } from './builders.ts';

const session = { setConfig: () => undefined, close: () => Promise.resolve() };

export interface FakeTarget extends TargetSession {
  /** What `status` answers; a scaling changes it. Change it as you like; an Error is thrown. */
  now: TargetStatus | undefined | Error;
  /** The counts that `scale` was asked for; -1 for a dry run. */
  readonly scaledTo: number[];
  readonly actions: Action[];
  readonly configs: StringMap[];
  statusCalls: number;
  /** What the next calls of `scale` do instead of setting the count. */
  onScale: ((action: Action, signal: AbortSignal) => Awaitable<Outcome>) | undefined;
}

/** A target that scales at once. */
export function fakeTarget(start: Partial<TargetStatus> = {}): FakeTarget {
  return {
    ...session,
    now: status(start),
    scaledTo: [],
    actions: [],
    configs: [],
    statusCalls: 0,
    onScale: undefined,
    status() {
      this.statusCalls++;
      if (this.now instanceof Error) throw this.now;
      return this.now;
    },
    scale(action, config, signal) {
      this.scaledTo.push(action.dryRun ? -1 : action.count);
      this.actions.push(action);
      this.configs.push(config);
      if (this.onScale) return this.onScale(action, signal);
      if (!action.dryRun && this.now !== undefined && !(this.now instanceof Error)) {
        this.now = { ...this.now, count: action.count };
      }
      return scaled;
    },
  };
}

export interface FakeApm extends ApmSession {
  readonly asked: { readonly query: string; readonly range: TimeRange }[];
  answer: readonly Metric[] | Error | ((query: string, signal: AbortSignal) => Awaitable<readonly Metric[]>);
}

export function fakeApm(values: readonly number[] = [1]): FakeApm {
  return {
    ...session,
    asked: [],
    answer: metrics(values),
    query(query, range, signal) {
      this.asked.push({ query, range });
      if (this.answer instanceof Error) throw this.answer;
      return typeof this.answer === 'function' ? this.answer(query, signal) : this.answer;
    },
    async queryMultiple(query, range, signal) {
      return [await this.query(query, range, signal)];
    },
  };
}

export interface FakeStrategy extends StrategySession {
  readonly asked: StrategyInput[];
}

/** A strategy that says what `decide` says. */
export function fakeStrategy(
  decide: (input: StrategyInput, signal: AbortSignal) => Awaitable<Action | undefined>,
): FakeStrategy {
  return {
    ...session,
    asked: [],
    run(input, signal) {
      this.asked.push(input);
      return decide(input, signal);
    },
  };
}

/** Plugins by label; an unknown label's calls fail, as the plugin manager's do. */
export function fakePlugins(parts: {
  readonly apm?: Readonly<Record<string, ApmSession>>;
  readonly strategy?: Readonly<Record<string, StrategySession>>;
  readonly target?: Readonly<Record<string, TargetSession>>;
}): Plugins {
  const missing = (label: string) => (): never => {
    throw new Error(`"${label}" is not stored`);
  };
  return {
    apm: (label) => parts.apm?.[label] ?? { ...session, query: missing(label), queryMultiple: missing(label) },
    strategy: (label) => parts.strategy?.[label] ?? { ...session, run: missing(label) },
    target: (label) => parts.target?.[label] ?? { ...session, status: missing(label), scale: missing(label) },
  };
}

export interface LogLine {
  readonly level: LogLevel;
  readonly logger: string;
  readonly message: string;
  /** Context first, as a list, since a key may come twice. */
  readonly fields: readonly (readonly [string, unknown])[];
}

/** `INFO policy_manager: text key=value`, without the context that `with` gave. */
export function lineText({ level, logger, message, fields }: LogLine): string {
  const shown = fields.map(([key, value]) => ` ${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return `${level.toUpperCase()} ${logger}: ${message}${shown.join('')}`;
}

/** A logger that keeps its lines. */
function recordingLog(level: LogLevel = 'trace'): { readonly log: Logger; readonly lines: LogLine[] } {
  const order: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'off'];
  const lines: LogLine[] = [];
  const isEnabled = (asked: LogLevel) => order.indexOf(asked) >= order.indexOf(level);
  const logger = (name: string, context: LogLine['fields']): Logger => {
    const write = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (isEnabled(at))
        lines.push({ level: at, logger: name, message, fields: [...context, ...Object.entries(fields ?? {})] });
    };
    return {
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      isEnabled,
      named: (child) => logger(name === '' ? child : `${name}.${child}`, context),
      with: (fields) => logger(name, [...context, ...Object.entries(fields)]),
    };
  };
  return { log: logger('', []), lines };
}

/** Telemetry that keeps every value, by `name{label=value,…}` with the labels sorted. */
function recordingTelemetry(): { readonly telemetry: Telemetry; readonly series: Map<string, number[]> } {
  const series = new Map<string, number[]>();
  const keep = (name: string, labels: Labels = {}) => {
    const inside = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    const key = `${name}{${inside.sort().join(',')}}`;
    return (value: number) => {
      const values = series.get(key) ?? [];
      values.push(value);
      series.set(key, values);
    };
  };
  return {
    series,
    telemetry: {
      counter: (name, labels) => ({ add: keep(name, labels) }),
      gauge: (name, labels) => ({ set: keep(name, labels) }),
      sample: (name, labels) => ({ observe: keep(name, labels) }),
      drop(label, value) {
        for (const key of series.keys()) if (key.includes(`${label}=${value}`)) series.delete(key);
      },
    },
  };
}

export interface FakeWorld extends World {
  readonly clock: VirtualClock;
  readonly lines: LogLine[];
  readonly series: Map<string, number[]>;
}

/** A world in which time stands still until it is moved and nothing is lost. */
export function fakeWorld(level: LogLevel = 'trace'): FakeWorld {
  const { log, lines } = recordingLog(level);
  const { telemetry, series } = recordingTelemetry();
  return { clock: virtualClock(), random: () => 0.5, log, lines, telemetry, series };
}
