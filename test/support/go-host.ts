/** The host of test/interop/go as a pair: every call becomes a line to it, every line from it an answer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { RpcError } from '../../src/goplugin/status.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { LogFields, LogLevel } from '../../src/lib/log.ts';
import type { Action, Direction } from '../../src/model/action.ts';
import type { Metric } from '../../src/model/metric.ts';
import type { ApmSession, PluginType, StrategyInput, StrategySession, TargetSession } from '../../src/model/plugin.ts';
import { scaled } from '../../src/model/target.ts';
import { statusFromWire } from '../../src/wire/status.ts';
import { LogBook } from './goplugin.ts';
import type { Command, Pair } from './plugin-pair.ts';
import { endWithUs } from './proc.ts';

export interface GoHost extends Pair {
  /** From the start of the plugin to its answer to a ping. */
  readonly startMs: number;
  /** An order that is no call of a session. */
  order(what: Order): Promise<unknown>;
}

export type Order = Readonly<Record<string, unknown>> & { readonly do: string };

export interface GoHostOptions {
  readonly isEncrypted?: boolean;
  /** Reads the plugin's log slowly. */
  readonly isSlow?: boolean;
}

interface Reply {
  readonly answer: unknown;
  readonly error?: string;
  readonly code?: number;
  readonly details?: string;
}

/** @param folder  of the Go programs. @throws Error with the host's text when the plugin does not start. */
export async function startGoHost(
  folder: string,
  command: Command,
  type: PluginType,
  { isEncrypted = false, isSlow = false }: GoHostOptions = {},
): Promise<GoHost> {
  const flags = [`-type=${type}`, `-mtls=${isEncrypted}`, `-slowly=${isSlow}`];
  const child = spawn(join(folder, 'host'), [...flags, command.path, ...command.args], {
    stdio: 'pipe',
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` }, // for scripts of ours
  });
  endWithUs(child);
  const ended = once(child, 'close');
  const log = new LogBook();
  const printed = { stdout: [] as string[], stderr: [] as string[] };
  const waiting = new Map<number, (reply: Reply) => void>();
  createInterface(child.stderr).on('line', (line) => keepLogLine(log, line));
  const started = new Promise<StartedEvent>((resolve, reject) => {
    createInterface(child.stdout).on('line', (text) => {
      const line = JSON.parse(text);
      if (line.event === 'started') resolve(line);
      else if (line.event === 'failed') reject(new Error(line.error));
      else if (line.event === 'stdout' || line.event === 'stderr') printed[line.event as 'stdout'].push(line.text);
      else waiting.get(line.id)?.(line);
    });
    void ended.then(() => {
      reject(new Error('the Go host has ended'));
      for (const settle of waiting.values()) settle({ answer: null, error: 'the Go host has ended' });
    });
  });
  const { pid: pluginPid, address, ms: startMs } = await started;
  const order = orderer(child, waiting);
  const close = async () => {
    child.stdin.end();
    await ended;
  };
  const base = {
    setConfig: async (config: Readonly<Record<string, string>>) => void (await order({ do: 'setConfig', config })),
    close,
  };
  return {
    ...{ address, pluginPid, isEncrypted, startMs, log, printed, order, close },
    setConfig: base.setConfig,
    async info() {
      const { Name, PluginType } = (await order({ do: 'info' })) as { Name: string; PluginType: PluginType };
      return { name: Name, type: PluginType };
    },
    apm: { ...base, ...apmCalls(order) },
    strategy: { ...base, ...strategyCalls(order) },
    target: { ...base, ...targetCalls(order) },
    async kill() {
      const { ms } = (await order({ do: 'kill' })) as { ms: number };
      return { forced: log.lines('warn').includes('WARN plugin failed to exit gracefully'), ms };
    },
  };
}

interface StartedEvent {
  readonly pid: number;
  readonly address: string;
  readonly ms: number;
}

type SendOrder = (what: Order) => Promise<unknown>;

function orderer(child: ChildProcess, waiting: Map<number, (reply: Reply) => void>): SendOrder {
  let last = 0;
  return (what) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ answer, error, code, details }) => {
        waiting.delete(id);
        if (error === undefined) resolve(answer);
        else reject(code === undefined ? new Error(error) : new RpcError(code, details ?? ''));
      });
      child.stdin?.write(`${JSON.stringify({ id, ...what })}\n`);
    });
}

interface Point {
  readonly at: string;
  readonly value: string;
}

const nanos = (ms: number, more = 0): string => `${BigInt(ms) * 1_000_000n + BigInt(more)}`;

function metricOf({ at, value }: Point): Metric {
  const instant = BigInt(at);
  const atNanos = Number(instant % 1_000_000n);
  return {
    at: Number(instant / 1_000_000n),
    ...(atNanos === 0 ? {} : { atNanos }),
    value: Number(value.replace('Inf', 'Infinity')),
  };
}

function apmCalls(order: SendOrder): Pick<ApmSession, 'query' | 'queryMultiple'> {
  const span = ({ from, fromNanos, to, toNanos }: Parameters<ApmSession['query']>[1]) => ({
    ...{ from: nanos(from, fromNanos), to: nanos(to, toNanos) },
  });
  return {
    async query(query, range) {
      const points = await order({ do: 'query', query, ...span(range) });
      return (points as readonly Point[]).map(metricOf);
    },
    async queryMultiple(query, range) {
      const all = await order({ do: 'queryMultiple', query, ...span(range) });
      return (all as readonly (readonly Point[])[]).map((series) => series.map(metricOf));
    },
  };
}

/** What upstream's SDK calls an action. */
interface GoAction {
  readonly Count: number;
  readonly Reason: string;
  readonly Error: boolean;
  readonly Direction: number;
  readonly Meta: Action['meta'] | null;
}

const directions: Readonly<Record<Direction, number>> = { down: -1, none: 0, up: 1, recommendation: 127 };
const directionOf = (number: number): Direction => {
  const [name = 'none'] = Object.entries(directions).find(([, one]) => one === number) ?? [];
  return name as Direction;
};

/** Upstream's client has a zero action where ours has none. */
function strategyCalls(order: SendOrder): Pick<StrategySession, 'run'> {
  return {
    async run(input) {
      const action = (await order({ do: 'run', ...runOrder(input) })) as GoAction;
      return {
        ...{ count: action.Count, reason: action.Reason, direction: directionOf(action.Direction) },
        ...(action.Error ? { error: true } : {}),
        meta: action.Meta ?? {},
      };
    },
  };
}

/** The order for a strategy's run, but for what is to be done with it. */
const runOrder = (input: StrategyInput) => ({
  ...{ config: input.config, query: input.query, count: input.count, window: input.queryWindowMs * 1e6 },
  points: input.metrics.map(({ at, atNanos, value }) => ({ at: nanos(at, atNanos), value: String(value) })),
});

interface GoStatus {
  readonly Ready: boolean;
  readonly Count: number;
  readonly Meta: Readonly<Record<string, string>> | null;
}

function targetCalls(order: SendOrder): Pick<TargetSession, 'status' | 'scale'> {
  return {
    async status(config) {
      const { Ready, Count, Meta } = (await order({ do: 'status', config })) as GoStatus;
      return statusFromWire({ ready: Ready, count: BigInt(Count), meta: Meta ?? {} });
    },
    async scale({ count, direction, reason, error, meta }, config) {
      const action = {
        Count: count,
        Direction: directions[direction],
        Reason: reason,
        Error: error === true,
        Meta: meta,
      };
      await order({ do: 'scale', action, config });
      return scaled;
    },
  };
}

function keepLogLine(log: LogBook, text: string): void {
  if (!text.startsWith('{')) return;
  const { '@level': level, '@message': message, '@module': module, ...fields } = JSON.parse(text);
  if (!isJsonObject(fields)) return;
  const logger = log.root.named(String(module ?? ''));
  logger[level as Exclude<LogLevel, 'off'>](String(message), fields as LogFields);
}
