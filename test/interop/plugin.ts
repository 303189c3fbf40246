/**
 * The twin of go/plugin: a plugin of ours whose first argument says of which type it is; `tcp` after it makes it listen
 * on TCP, as on Windows. What it answers stands in the settings of each call.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { RpcError, status } from '../../src/goplugin/status.ts';
import type { Action } from '../../src/model/action.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { noOp, scaled } from '../../src/model/target.ts';
import { servePlugin } from '../../src/wire/serve.ts';
import type { Plugin } from '../../src/wire/services.ts';
import { world } from '../fixtures/plugins/serve.ts';

const [, , type = 'target', network] = process.argv;
if (network === 'tcp') Object.defineProperty(process, 'platform', { value: 'win32' });

/** Calls that wait until so many have come. */
let gate: (() => void)[] = [];

/** What any call can be told, whatever its type. */
async function act(told: StringMap, signal: AbortSignal): Promise<void> {
  if (told['crash'] !== undefined) {
    setImmediate(() => {
      throw new Error('boom');
    });
    await setTimeout(60_000, undefined, { signal });
  }
  if (told['slow_ms'] !== undefined) {
    world.log.info('slow call began');
    await setTimeout(Number(told['slow_ms']), undefined, { signal });
  }
  if (told['together'] !== undefined) {
    await new Promise<void>((resolve) => {
      gate.push(resolve);
      if (gate.length < Number(told['together'])) return;
      for (const open of gate) open();
      gate = [];
    });
  }
  if (told['fail'] !== undefined) throw new Error(told['fail']);
  if (told['abort'] !== undefined) throw new RpcError(status.aborted, told['abort']);
}

/** Prints so many bytes, numbers of seven digits, a line each; no faster than a host can fetch them, as more would be dropped. */
async function printNumbers(size: number): Promise<void> {
  for (let at = 0; at * 8 < size; at++) {
    process.stdout.write(`${String(at).padStart(7, '0')}\n`);
    if (at % 4096 === 0) await setTimeout(5);
  }
}

const session = {
  async setConfig(config: StringMap) {
    if (config['fail'] !== undefined) throw new Error(config['fail']);
    if (config['log'] !== undefined) {
      for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
        world.log[level](`${level} ${config['log']}`, { n: 12, s: 'bar' });
      }
    }
    if (config['print'] !== undefined) {
      process.stdout.write(config['print']);
      process.stderr.write(config['complain'] ?? '');
    }
    for (let at = 0; at < Number(config['log_lines'] ?? 0); at++) world.log.info('line', { at, pad: 'x'.repeat(200) });
    await printNumbers(Number(config['print_bytes'] ?? 0));
    world.log.info('configured', { keys: Object.keys(config).length });
  },
  async close() {
    world.log.info('closed');
  },
};

const series = async (query: string, span: { readonly from: number; readonly to: number }, signal: AbortSignal) => {
  const [, verb = '', text = ''] = /^([^:]*):?(.*)$/s.exec(query) ?? [];
  if (verb === 'nil') return [];
  if (verb === 'fixed') {
    const points = [];
    for (let at = span.from + 1000; at <= span.to; at += 1000) points.push({ at, atNanos: 5, value: Number(text) });
    return points;
  }
  if (verb === 'points') {
    return Array.from({ length: Number(text) }, (_, at) => ({
      ...{ at: span.from + at * 1000, atNanos: 5, value: at + 0.5 },
    }));
  }
  if (!['crash', 'slow_ms', 'together', 'fail', 'abort'].includes(verb))
    throw new Error(`invalid query type "${verb}"`);
  const [told = '', value] = text.split('/');
  await act({ [verb]: told }, signal);
  return [{ at: span.to, value: Number(value ?? 0) }];
};

const plugins: { readonly [T in Plugin['info']['type']]: Extract<Plugin, { info: { type: T } }> } = {
  apm: {
    info: { name: 'fixture-apm', type: 'apm' },
    session: {
      ...session,
      query: series,
      async queryMultiple(query, span, signal) {
        if (query === 'nil') return [];
        return query === 'nils' ? [[]] : [await series(query, span, signal)];
      },
    },
  },
  strategy: {
    info: { name: 'fixture-strategy', type: 'strategy' },
    session: {
      ...session,
      async run({ config, count, queryWindowMs, metrics }, signal): Promise<Action | undefined> {
        await act(config, signal);
        if (config['nil'] !== undefined) return undefined;
        world.log.info('run', { count, window_ms: queryWindowMs, points: metrics.length });
        const direction = config['direction'];
        return {
          count: Number(config['count'] ?? 0),
          reason: config['big'] === undefined ? (config['reason'] ?? '') : 'x'.repeat(Number(config['big'])),
          direction: direction === 'up' || direction === 'down' ? direction : 'none',
          meta: { n: 1e6, list: ['a', { b: null }] },
        };
      },
    },
  },
  target: {
    info: { name: 'fixture-target', type: 'target' },
    session: {
      ...session,
      async status(config, signal) {
        await act(config, signal);
        if (config['nil'] !== undefined) return undefined;
        const big = config['big'] === undefined ? {} : { big: 'x'.repeat(Number(config['big'])) };
        const ready = config['ready'] !== 'false';
        if (config['file'] !== undefined)
          return { ready, count: Number(readFileSync(config['file'], 'utf8')), meta: {} };
        return {
          ...{ ready, count: Number(config['count'] ?? 0), lastEventAt: 1_600_000_000_123 },
          meta: { more: 'facts', ...big },
        };
      },
      async scale(action, config, signal) {
        await act(config, signal);
        if (config['noop'] !== undefined) return noOp(config['noop']);
        if (config['file'] !== undefined) writeFileSync(config['file'], String(action.count));
        world.log.info('scale', { ...action, meta: JSON.stringify(action.meta) });
        return scaled;
      },
    },
  },
};

await servePlugin(plugins[type as keyof typeof plugins], world);
