/**
 * What calling a plugin costs, in this process and in one of its own: a target's status and a strategy's run, through the
 * plugin manager, with the built executables. Prints a JSON line per figure.
 * Run: `npm run bench -- plugin-call`, or `node --conditions=source test/bench/plugin-call.ts [seconds per figure]`
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bundledPlugins } from '../../src/builtin.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { noLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { Awaitable, PluginType } from '../../src/model/plugin.ts';
import type { Isolation, PluginBlock } from '../../src/plugin-manager/catalog.ts';
import { executableFinder } from '../../src/plugin-manager/executables.ts';
import { PluginManager } from '../../src/plugin-manager/manager.ts';
import { processOpener } from '../../src/plugin-manager/processes.ts';
import { median, pause, printFigure, quantile, repeated, timed } from '../support/figures.ts';
import { startNomadProcess } from '../support/nomad-process.ts';
import { never, points, strategyInput } from '../support/plugin.ts';
import { rssMib } from '../support/proc.ts';

const runMs = Number(process.argv[2] ?? 3) * 1000;
const warmUpMs = runMs / 3;
const inFlight = 100;

/** Run from its sources the program starts plugins from theirs; here it shall be what was built. */
const bundled = bundledPlugins(process.execPath).map((plugin) => {
  const built = fileURLToPath(new URL(`../../dist/bin/plugins/${plugin.driver}`, import.meta.url));
  return { ...plugin, command: { path: process.execPath, args: [built] } };
});

const ways = { in_process: 'in-process', grpc: 'process' } as const;
const blockOf = (type: PluginType, driver: string, label: string, isolation: Isolation): PluginBlock => ({
  ...{ type, driver, label, isolation, args: [], config: {}, autoMtls: true },
});

function createManager(): PluginManager {
  const world = { clock: systemClock, random: Math.random, log: noLog, telemetry: noTelemetry, env: process.env };
  const shelf = { pluginDir: '', bundled, findExecutable: executableFinder(process.platform) };
  return new PluginManager({ shelf, openProcess: processOpener({ ...world, spawn, randomBytes }), world });
}

async function apply(manager: PluginManager, blocks: readonly PluginBlock[], nomad: string): Promise<void> {
  const [error] = await manager.apply({ blocks, nomad: { nomad_address: nomad } });
  if (error !== undefined) throw error;
}

type Call = (at: number) => Awaitable<unknown>;

/** One after the other: microseconds of each. */
async function latencies(call: Call, forMs: number): Promise<readonly number[]> {
  const taken: number[] = [];
  const until = performance.now() + forMs;
  for (let began = performance.now(); began < until; ) {
    const answer = call(0);
    if (answer instanceof Promise) await answer;
    const ended = performance.now();
    taken.push((ended - began) * 1000);
    began = ended;
  }
  return taken;
}

/** Calls per second when so many are under way at any time; what is answered at once is never under way. */
async function rate(call: Call, forMs: number): Promise<number> {
  const began = performance.now();
  const until = began + forMs;
  let calls = 0;
  const callOn = async (at: number) => {
    for (; performance.now() < until; calls++) {
      const answer = call(at);
      if (answer instanceof Promise) await answer;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, at) => callOn(at)));
  return (calls / (performance.now() - began)) * 1000;
}

async function measureCalls(name: string, call: Call): Promise<void> {
  if ((await call(0)) === undefined) throw new Error(`${name} has no answer`);
  await rate(call, warmUpMs);
  await latencies(call, warmUpMs);
  const taken = await latencies(call, runMs);
  printFigure(`plugin_${name}_p50`, median(taken), 'µs');
  printFigure(`plugin_${name}_p99`, quantile(taken, 0.99), 'µs');
  printFigure(`plugin_${name}_with_${inFlight}_in_flight`, await rate(call, runMs), '1/s');
}

/** A new process each time, until it has answered the first call. */
async function measureStarts(driver: string, type: PluginType, nomad: string, call: (manager: PluginManager) => Call) {
  const starts = await repeated(5, async () => {
    const manager = createManager();
    try {
      const ms = await timed(async () => {
        await apply(manager, [blockOf(type, driver, driver, 'process')], nomad);
        await call(manager)(0);
      });
      await pause(500);
      return { ms, rss: rssMib(manager.list()[0]?.pid ?? 0) };
    } finally {
      await manager.close();
    }
  });
  const name = driver.replaceAll('-', '_');
  printFigure(`plugin_start_to_first_answer_${name}`, median(starts.map(({ ms }) => ms)), 'ms');
  printFigure(`plugin_rss_${name}`, median(starts.map(({ rss }) => rss)), 'MiB');
}

const nomad = await startNomadProcess();
const manager = createManager();
const groups = Array.from({ length: inFlight }, (_, at) => ({ Job: `job-${at}`, Group: 'app' }));
const input = strategyInput({ config: { target: '70' }, metrics: points(...Array.from({ length: 60 }, () => 90)) });
const statusBy = (manager: PluginManager, label: string): Call => {
  const target = manager.target(label);
  return (at) => target.status(groups[at] ?? {}, never);
};
const runBy = (manager: PluginManager, label: string): Call => {
  const strategy = manager.strategy(label);
  return () => strategy.run(input, never);
};
try {
  await nomad.addJobs(0, inFlight);
  await pause(6000); // a job is read again for 5 s after it moved
  for (const [way, isolation] of Object.entries(ways)) {
    const blocks = [
      blockOf('target', 'nomad-target', 'nomad-target', isolation),
      blockOf('strategy', 'target-value', 'target-value', isolation),
    ];
    await apply(manager, blocks, nomad.address);
    await measureCalls(`status_${way}`, statusBy(manager, 'nomad-target'));
    await measureCalls(`run_${way}`, runBy(manager, 'target-value'));
  }
  const pid = manager.list().find(({ driver }) => driver === 'nomad-target')?.pid ?? 0;
  printFigure('plugin_rss_nomad_target_after_calls', rssMib(pid), 'MiB');
  await measureStarts('nomad-target', 'target', nomad.address, (one) => statusBy(one, 'nomad-target'));
  await measureStarts('target-value', 'strategy', nomad.address, (one) => runBy(one, 'target-value'));
} finally {
  await manager.close();
  await nomad.stop();
}
