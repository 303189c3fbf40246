/** The program: builds what is impure from this process, and hands over to one command. */
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentParts, AgentSignal } from './agent/parts.ts';
import { bundledPlugins } from './builtin.ts';
import { build } from './commands/build.ts';
import { openMetricSocket } from './commands/metric-socket.ts';
import { type Commands, runCommandLine, type Terminal } from './commands/shell.ts';
import { humanVersion, versionCommand, versionLine } from './commands/version.ts';
import { systemClock } from './lib/clock.ts';
import { explain } from './lib/error.ts';
import { keepHeapSmall } from './lib/heap.ts';
import type { LogLevel } from './lib/log.ts';
import type { World } from './lib/world.ts';
import type { Machine } from './nomad-server/drivers/machine.ts';
import { executableFinder } from './plugin-manager/executables.ts';

const version = humanVersion(build);
const terminal: Terminal = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
};
const bundled = bundledPlugins(process.execPath);
const findExecutable = executableFinder(process.platform);

const commands: Commands = {
  agent: {
    synopsis: 'Runs a Nomad autoscaler agent',
    help: async () => (await import('./commands/agent-help.ts')).agentHelp,
    async run(args) {
      const { runAgentCommand } = await import('./commands/agent.ts');
      return runAgentCommand(args, {
        ...{ terminal, cwd: process.cwd(), parts: agentParts() },
        async startDev(flags) {
          const { startDev } = await import('./commands/dev.ts');
          return startDev(flags, { terminal, world: await devWorld(), policyDir: examplePolicies(), getJson });
        },
      });
    },
  },
  nomad: {
    synopsis: 'Runs the embedded Nomad, and speaks to this or any other',
    async help([part, ...args]) {
      if (part === 'agent') return (await import('./commands/nomad/agent.ts')).nomadAgentHelp;
      const { nomadHelpOf } = await import('./commands/nomad/cli/run.ts');
      return nomadHelpOf(part === undefined ? [] : [part, ...args]);
    },
    async run([part = '', ...args]) {
      if (part !== 'agent') return runNomadCommand([part, ...args]);
      const { runNomadAgent } = await import('./commands/nomad/agent.ts');
      return runNomadAgent(args, { terminal, world: devWorld, machine: thisMachine, stopped });
    },
  },
  plugin: {
    synopsis: 'Begins, shows and tries plugins',
    help: async (args) => (await import('./commands/plugin.ts')).pluginHelp(args),
    async run(args) {
      const { runPluginCommand } = await import('./commands/plugin.ts');
      const options = { terminal, cwd: process.cwd(), env: process.env, bundled, packageDir: packageDir() };
      return runPluginCommand(args, options);
    },
  },
  policy: {
    synopsis: 'Checks policy files',
    help: async () => (await import('./commands/policy.ts')).policyHelp,
    async run(args) {
      const { runPolicyCommand } = await import('./commands/policy.ts');
      return runPolicyCommand(args, { terminal, cwd: process.cwd(), bundled, findExecutable });
    },
  },
  simulate: {
    synopsis: 'Tells whether jobs would find room, and how many nodes the rest wants',
    help: async () => (await import('./commands/simulate-flags.ts')).simulateHelp,
    run: runSimulate,
  },
  version: versionCommand(version, terminal),
};

async function runSimulate(args: readonly string[]): Promise<number> {
  const [{ runSimulateCommand }, { systemFiles }, { openNomad }, { imitated }] = await Promise.all([
    import('./commands/simulate.ts'),
    import('./commands/nomad/cli/system.ts'),
    import('./nomad/shared.ts'),
    import('./nomad-server/server.ts'),
  ]);
  // No signal is caught: there is nothing to tidy up, and a long reckoning would keep one waiting.
  return runSimulateCommand(args, {
    ...{ terminal, env: process.env, clock: systemClock, files: systemFiles(process.cwd()), version: imitated },
    connect: (settings) => openNomad(settings, { env: process.env }, 1),
  });
}

async function runNomadCommand(args: readonly string[]): Promise<number> {
  const [{ runNomad }, { execute, systemFiles }, { openNomad }, { imitated }] = await Promise.all([
    import('./commands/nomad/cli/run.ts'),
    import('./commands/nomad/cli/system.ts'),
    import('./nomad/shared.ts'),
    import('./nomad-server/server.ts'),
  ]);
  const stop = new AbortController();
  void stopped().then(() => stop.abort());
  try {
    return await runNomad(args, {
      ...{ env: process.env, clock: systemClock, files: systemFiles(process.cwd()), execute, version: imitated },
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
      isFed: process.stdin.isTTY !== true,
      stdin: async () => (await import('node:stream/consumers')).text(process.stdin),
      connect: (settings) => openNomad(settings, { env: process.env }, 1),
      signal: stop.signal,
    });
  } catch (error) {
    if (!stop.signal.aborted) terminal.err(explain(error));
    return 1;
  }
}

function agentParts(): AgentParts {
  return {
    clock: systemClock,
    random: Math.random,
    env: process.env,
    version,
    hostName: hostNameOrNothing(),
    memory: () => process.memoryUsage(),
    write: (text) => process.stderr.write(text),
    onSignal,
    bundled,
    findExecutable,
    metricSocket: openMetricSocket,
    async processes(world) {
      const [{ processOpener }, { systemWorld }] = await Promise.all([
        import('./plugin-manager/processes.ts'),
        import('./goplugin/system.ts'),
      ]);
      return processOpener({ ...systemWorld(world.log), ...world });
    },
  };
}

/** The world of the embedded Nomad, whose own warnings stand among the agent's. */
async function devWorld(level: LogLevel = 'warn'): Promise<World> {
  const [{ createLog }, { noTelemetry }] = await Promise.all([import('./lib/log.ts'), import('./lib/telemetry.ts')]);
  const write = (text: string) => process.stderr.write(text);
  const log = createLog({ level, json: false, location: false, clock: systemClock, write }).root;
  return { clock: systemClock, random: Math.random, log, telemetry: noTelemetry };
}

/** This machine, to run tasks of the embedded Nomad. */
async function thisMachine(): Promise<Machine> {
  const { systemMachine } = await import('./nomad-server/drivers/system.ts');
  const sendSignal = (pid: number, signal: NodeJS.Signals) => process.kill(pid, signal);
  return systemMachine({ clock: systemClock, env: process.env, tempDir: tmpdir(), sendSignal });
}

const examplePolicies = (): string => join(packageDir(), 'policies');

/** The package that this file is part of, wherever it was built to. */
function packageDir(): string {
  return join(fileURLToPath(import.meta.url), import.meta.url.endsWith('.ts') ? '../..' : '../../..');
}

async function getJson(url: string): Promise<unknown> {
  try {
    const answer = await fetch(url);
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined; // the agent is not there yet, or not any more
  }
}

function stopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
}

function hostNameOrNothing(): string {
  try {
    return hostname();
  } catch {
    return ''; // Compat: without a name there is neither prefix nor label.
  }
}

function onSignal(handler: (signal: AgentSignal) => void): () => void {
  const signals: readonly AgentSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR1'];
  for (const signal of signals) process.on(signal, handler);
  return () => {
    for (const signal of signals) process.off(signal, handler);
  };
}

/** A fault of ours that nobody caught. What it leaves behind after an exception is unknown: that is the end. */
const tellFault = (error: unknown) => terminal.err(`nomad-autoscaler: unexpected fault: ${explain(error)}`);

process.on('unhandledRejection', tellFault);
/** Whoever read our output has gone, as `head` does: there is nobody to tell anything more. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

keepHeapSmall(systemClock);
process.stdout.on('error', onOutputError);
process.stderr.on('error', onOutputError);
process.on('uncaughtException', (error) => {
  tellFault(error);
  process.exit(1);
});
process.exitCode = await runCommandLine(process.argv.slice(2), commands, versionLine(version), terminal);
process.exit();
