/** The built agent as a process that is measured: its policy files, its log in a file, what it and its plugins use. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from './figures.ts';
import { cpuPercent } from './nomad-process.ts';
import { childrenOf, cpuMs, endWithUs, rssMib } from './proc.ts';
import { freePort } from './program.ts';

const program = fileURLToPath(new URL('../../dist/bin/nomad-autoscaler.js', import.meta.url));

/** A folder of policy files beside what an agent writes. */
export interface AgentFolder {
  /** @param policy  also the name of the file; its ID follows from both. */
  write(policy: string, text: string): void;
  readonly path: string;
  remove(): void;
}

export function agentFolder(): AgentFolder {
  const path = mkdtempSync(join(tmpdir(), 'nomad-autoscaler-bench-'));
  mkdirSync(join(path, 'policies'));
  return {
    path,
    write: (policy, text) => writeFileSync(join(path, 'policies', `${policy}.hcl`), text),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A policy for the job of its name, whose load is just what it wants. */
export function policyText(job: string, { min = 1, max = 10, interval = '10s' } = {}): string {
  return `scaling "${job}" {
  enabled = true
  type    = "horizontal"
  min     = ${min}
  max     = ${max}

  policy {
    cooldown            = "1m"
    evaluation_interval = "${interval}"

    check "cpu" {
      source = "nomad-apm"
      query  = "avg_cpu"

      strategy "target-value" {
        target = ${cpuPercent}
      }
    }

    target "nomad-target" {
      Job   = "${job}"
      Group = "app"
    }
  }
}
`;
}

/** What agent and plugins have used; the plugins are those that run as processes. */
export interface Usage {
  readonly cpuMs: number;
  readonly pluginCpuMs: number;
  readonly rssMib: number;
  readonly pluginRssMib: number;
}

export interface AgentProcess {
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  readonly log: AgentLog;
  /** Milliseconds from its start to the first 200 of `/v1/health`. */
  readonly startMs: number;
  /** `performance.now()` at its start. */
  readonly startedAt: number;
  pids(): readonly number[];
  usage(): Usage;
  stop(): Promise<void>;
}

export interface AgentChoice {
  readonly nomad: string;
  /** Whether the target runs inside the agent. */
  readonly isInProcess?: boolean;
}

/** @returns once it serves. */
export async function startAgent({ path }: AgentFolder, { nomad, isInProcess }: AgentChoice): Promise<AgentProcess> {
  const port = await freePort();
  const config = join(path, 'agent.hcl');
  const logFile = join(path, 'agent.log');
  writeFileSync(config, agentConfig(port, join(path, 'policies'), nomad, isInProcess === true));
  const output = openSync(logFile, 'w');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program, 'agent', `-config=${config}`], {
    ...{ cwd: path, stdio: ['ignore', output, output] },
  });
  closeSync(output);
  endWithUs(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${program}`);
  const address = `http://127.0.0.1:${port}`;
  while (!(await isHealthy(address))) {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}; its log: ${logFile}`);
    await pause(2);
  }
  const log = new AgentLog(logFile);
  return {
    ...{ address, startedAt, startMs: performance.now() - startedAt, log },
    pids: () => [pid, ...childrenOf(pid)],
    usage: () => usageOf(pid, childrenOf(pid)),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      log.close();
    },
  };
}

function agentConfig(port: number, policies: string, nomad: string, isInProcess: boolean): string {
  const target = 'target "nomad-target" {\n  driver    = "nomad-target"\n  isolation = "in-process"\n}\n';
  return `http {
  bind_port = ${port}
}
nomad {
  address = "${nomad}"
}
policy {
  dir = "${policies}"
}
telemetry {
  prometheus_metrics = true
}
${isInProcess ? target : ''}`;
}

async function isHealthy(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/v1/health`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

function usageOf(pid: number, plugins: readonly number[]): Usage {
  const sum = (measure: (pid: number) => number) => plugins.map(measure).reduce((total, one) => total + one, 0);
  return { cpuMs: cpuMs(pid), pluginCpuMs: sum(cpuMs), rssMib: rssMib(pid), pluginRssMib: sum(rssMib) };
}

/** The agent's log, read on from where it was read last. */
export class AgentLog {
  /** Policies that reached a decision. */
  readonly policies = new Set<string>();
  /** Decisions so far. */
  ticks = 0;
  /** Warnings and errors so far. */
  readonly complaints: string[] = [];
  readonly #file: number;
  readonly #buffer = Buffer.alloc(2 ** 20);
  #rest = '';

  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** Takes in what was written meanwhile. */
  read(): void {
    for (;;) {
      const size = readSync(this.#file, this.#buffer);
      if (size === 0) return;
      const lines = (this.#rest + this.#buffer.toString('latin1', 0, size)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #take(line: string): void {
    if (line.includes('[WARN]') || line.includes('[ERROR]')) this.complaints.push(line);
    if (!line.includes('calculating scaling target')) return;
    this.ticks++;
    this.policies.add(/policy_id=(\S+)/.exec(line)?.[1] ?? '');
  }
}
