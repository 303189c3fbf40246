/**
 * What a host and a plugin cost each other, each ours or Go's with upstream's SDK, in one run: a status, one after the other
 * and with 1,000 under way; an APM's answer of 3,600 points; the start of a plugin; the memory of each bundled one.
 * Prints a JSON line per figure, and tables of them at the end. Needs Go and the build.
 * Run: `npm run bench -- plugins`, or `node --conditions=source test/bench/plugins.ts [seconds per figure]`
 */
import { bundledPlugins } from '../../src/builtin.ts';
import type { PluginType } from '../../src/model/plugin.ts';
import { remoteTarget } from '../../src/wire/remote.ts';
import { printColumns } from '../support/columns.ts';
import { median, pause, printFigure, quantile, repeated } from '../support/figures.ts';
import { type GoHost, startGoHost } from '../support/go-host.ts';
import { buildGo } from '../support/go-programs.ts';
import { never } from '../support/goplugin.ts';
import { builtPlugin, type Command, goPlugin, type OurPair, ourPair, ourPlugin } from '../support/plugin-pair.ts';
import { rssMib } from '../support/proc.ts';

const runMs = Number(process.argv[2] ?? 3) * 1000;
const many = 1000;
const starts = 5;

const go = buildGo('./plugin', './host');
if (go.leftOut !== false) process.exit(1);

type Side = 'ours' | 'Go';
const pairings: readonly (readonly [host: Side, plugin: Side])[] = [
  ['ours', 'ours'],
  ['ours', 'Go'],
  ['Go', 'ours'],
  ['Go', 'Go'],
];

/** Latencies in µs. */
interface Speed {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** Makes one kind of call again and again. */
type Repeat = (inFlight: number, forMs: number) => Promise<Speed>;

const commandOf = (plugin: Side, type: PluginType): Command =>
  plugin === 'ours' ? ourPlugin(type) : goPlugin(go.folder, type);
const mtlsOf = (isEncrypted: boolean) => (isEncrypted ? 'required' : 'off');
const tlsNames = { plain: false, AutoMTLS: true } as const;

/** The loop of a host of ours; Go's has the same one. */
const repeatHere =
  (call: () => unknown): Repeat =>
  async (inFlight, forMs) => {
    const taken: number[] = [];
    const began = performance.now();
    const until = began + forMs;
    const callOn = async () => {
      for (let at = performance.now(); at < until; ) {
        await call();
        const ended = performance.now();
        taken.push((ended - at) * 1000);
        at = ended;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, callOn));
    const seconds = (performance.now() - began) / 1000;
    return { p50: median(taken), p99: quantile(taken, 0.99), perSecond: taken.length / seconds };
  };

const repeatThere =
  (host: GoHost, order: object): Repeat =>
  async (inFlight, forMs) =>
    (await host.order({ ...order, do: 'bench', inFlight, forMs })) as Speed;

const settings = { count: '7' };
const hour = { from: 1_600_000_000_000, to: 1_600_003_600_000 };

/** Every kind of call that this pairing has, by name. */
function statusCalls(pair: OurPair | GoHost): Readonly<Record<string, Repeat>> {
  if ('order' in pair) return { status: repeatThere(pair, { config: settings }) };
  const alone = remoteTarget(pair.process.channel, pair.close);
  return {
    status: repeatHere(() => alone.status(settings, never)),
    'status, many in one message': repeatHere(() => pair.target.status(settings, never)),
  };
}

function pointsCalls(pair: OurPair | GoHost): Readonly<Record<string, Repeat>> {
  const query = 'points:3600';
  if ('order' in pair) {
    return { '3,600 points': repeatThere(pair, { query, from: `${hour.from}000000`, to: `${hour.to}000000` }) };
  }
  return { '3,600 points': repeatHere(() => pair.apm.query(query, hour, never)) };
}

async function start(host: Side, command: Command, type: PluginType, isEncrypted: boolean) {
  if (host === 'Go') return await startGoHost(go.folder, command, type, { isEncrypted });
  return await ourPair(command, type, mtlsOf(isEncrypted));
}

const snake = (...words: readonly string[]) => words.join('_').toLowerCase().replace(/\W+/g, '_');

/** Rows of host, TLS and call, and then what `show` makes of it. */
async function measureCalls(
  type: PluginType,
  callsOf: (pair: OurPair | GoHost) => Readonly<Record<string, Repeat>>,
  inFlights: readonly number[],
): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = [];
  for (const [host, plugin] of pairings) {
    for (const [tls, isEncrypted] of Object.entries(tlsNames)) {
      const pair = await start(host, commandOf(plugin, type), type, isEncrypted);
      for (const [call, repeat] of Object.entries(callsOf(pair))) {
        if (call !== 'status' && type === 'target' && plugin === 'Go') continue; // a service that only plugins of ours have
        const row = [`${host} → ${plugin}`, tls, call];
        for (const inFlight of inFlights) {
          await repeat(inFlight, runMs / 2);
          const { p50, p99, perSecond } = await repeat(inFlight, runMs);
          const name = snake('plugins', host, plugin, tls, call, inFlight === 1 ? 'alone' : `${inFlight}_in_flight`);
          printFigure(`${name}_p50`, p50, 'µs');
          printFigure(`${name}_p99`, p99, 'µs');
          printFigure(`${name}_rate`, perSecond, '1/s');
          row.push(...[p50, p99].map((us) => (us / 1000).toPrecision(3)), perSecond.toFixed(0));
        }
        rows.push(row);
      }
      await pair.close();
    }
  }
  return rows;
}

const startable: readonly { readonly name: string; readonly type: PluginType; readonly command: Command }[] = [
  ...bundledPlugins('').map(({ driver, type }) => ({ name: driver, type, command: builtPlugin(driver) })),
  ...(['apm', 'strategy', 'target'] as const).map((type) => ({
    ...{ name: `Go ${type}`, type, command: goPlugin(go.folder, type) },
  })),
];

/** From the start of the process to its first answered call, a health check, and what it holds a second after it told who it is. */
async function measureProcesses(): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = [];
  for (const { name, type, command } of startable) {
    const underOurs = await repeated(starts, async () => {
      const began = performance.now();
      const pair = await ourPair(command, type, 'off');
      const ms = performance.now() - began;
      await pair.close();
      return ms;
    });
    const underGo = await repeated(starts, async () => {
      const host = await startGoHost(go.folder, command, type);
      await host.close();
      return host.startMs;
    });
    const figures = [median(underOurs), median(underGo), await idleRss(command, type)];
    for (const [at, what] of ['start_ours', 'start_go', 'rss'].entries()) {
      printFigure(snake('plugins', what, name), figures[at] ?? Number.NaN, what === 'rss' ? 'MiB' : 'ms');
    }
    rows.push([name, ...figures.map((value) => value.toFixed(0))]);
  }
  return rows;
}

async function idleRss(command: Command, type: PluginType): Promise<number> {
  const pair = await ourPair(command, type, 'off');
  await pair.info();
  await pause(1000);
  const mib = rssMib(pair.pluginPid);
  await pair.close();
  return mib;
}

const statuses = await measureCalls('target', statusCalls, [1, many]);
const points = await measureCalls('apm', pointsCalls, [1]);
const processes = await measureProcesses();
const speeds = ['p50 ms', 'p99 ms', 'calls/s'];
const manySpeeds = ['1,000 in flight: p50 ms', 'p99 ms', 'calls/s'];
printColumns([['host → plugin', 'TLS', 'call', ...speeds, ...manySpeeds], ...statuses]);
console.log();
printColumns([['host → plugin', 'TLS', 'call', ...speeds], ...points]);
console.log();
printColumns([['plugin', 'start ms, our host', 'start ms, Go host', 'RSS MiB'], ...processes]);
