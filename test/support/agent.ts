/** An agent inside the test: fake plugins, a port of its own, signals by hand, its log as lines. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runAgent } from '../../src/agent/agent.ts';
import type { ConfigLayer } from '../../src/agent/config.ts';
import { loadAgentConfig } from '../../src/agent/load.ts';
import type { AgentParts, AgentSignal } from '../../src/agent/parts.ts';
import { openMetricSocket } from '../../src/commands/metric-socket.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { Action } from '../../src/model/action.ts';
import type { CheckConfig, PluginDefinition, SessionTypes } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { type Answer, ask } from './agent-view.ts';
import { freePort } from './program.ts';

/** What the fake target is told, and what it does. */
export interface FakeTarget {
  count: number;
  readonly scaledTo: number[];
  /** Waited for by each scaling. */
  scaling: Promise<void>;
  readonly configs: StringMap[];
  /** Thrown by `setConfig` of every plugin when set. */
  refuses: Error | undefined;
  /** What its status complains of. */
  problem: string | undefined;
}

export function fakeTarget(): FakeTarget {
  return { count: 1, scaledTo: [], scaling: Promise.resolve(), configs: [], refuses: undefined, problem: undefined };
}

/** No fake plugin knows the key `colour`. */
const check: CheckConfig = (map) =>
  'colour' in map ? [{ kind: 'unknown', key: 'colour', detail: 'unknown key "colour"' }] : [];

function definitions(target: FakeTarget): readonly PluginDefinition[] {
  const facts = { usesNomad: true, checkAgentConfig: check, checkPolicyConfig: check };
  const life = {
    setConfig(config: StringMap) {
      target.configs.push(config);
      if (target.refuses !== undefined) throw target.refuses;
    },
    close: async () => undefined,
  };
  const apm: SessionTypes['apm'] = { ...life, query: () => [], queryMultiple: () => [] };
  const strategy: SessionTypes['strategy'] = {
    ...life,
    run: ({ count, config }): Action => {
      const wanted = Number(config['value']);
      const direction = wanted > count ? 'up' : wanted < count ? 'down' : 'none';
      return { direction, count: wanted, reason: `wants ${wanted}`, meta: {} };
    },
  };
  const scales: SessionTypes['target'] = {
    ...life,
    status: () => ({
      ready: true,
      count: target.count,
      ...(target.problem !== undefined && { problem: target.problem }),
      meta: {},
    }),
    async scale(action) {
      await target.scaling;
      target.scaledTo.push(action.count);
      target.count = action.count;
      return { kind: 'scaled' };
    },
  };
  return [
    { ...facts, name: 'nomad-apm', type: 'apm', open: () => apm },
    { ...facts, name: 'nomad-target', type: 'target', open: () => scales },
    ...['fixed-value', 'pass-through', 'target-value', 'threshold'].map(
      (name): PluginDefinition => ({ ...facts, name, type: 'strategy', open: () => strategy }),
    ),
  ];
}

export interface TestAgent {
  readonly dir: string;
  readonly address: string;
  readonly target: FakeTarget;
  /** Log lines without their times. */
  lines(): readonly string[];
  told(pattern: RegExp): number;
  signal(signal: AgentSignal): void;
  ask(method: string, path: string): Promise<Answer>;
  write(file: string, text: string): void;
  /** Waits until it is so. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  /** The exit status. */
  readonly ended: Promise<number>;
}

export interface TestAgentOptions {
  /** By name; `agent.hcl` is the configuration, the others are policies. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: ConfigLayer;
  readonly env?: Readonly<Record<string, string>>;
  readonly target?: FakeTarget;
  /** The system's unless given. */
  readonly clock?: Clock;
}

/** Starts an agent that takes policies from a directory; it is stopped with the test. */
export async function startTestAgent(t: TestContext, options: TestAgentOptions = {}): Promise<TestAgent> {
  const { target = fakeTarget(), files = {}, flags = {}, env = {}, clock = systemClock } = options;
  const dir = mkdtempSync(join(tmpdir(), 'agent-'));
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text);
  const policies = join(dir, 'policies');
  mkdirSync(policies);
  for (const [file, text] of Object.entries(files)) write(file === 'agent.hcl' ? file : `policies/${file}`, text);
  const port = await freePort();
  let log = '';
  let handler: (signal: AgentSignal) => void = () => undefined;
  const inputs = {
    paths: files['agent.hcl'] === undefined ? [] : [join(dir, 'agent.hcl')],
    flags: {
      policySources: { nomad: false },
      policy: { dir: policies },
      http: { bindPort: port },
      pluginDir: dir,
      ...flags,
    },
    cwd: dir,
  };
  const known = definitions(target);
  const parts: AgentParts = {
    clock,
    random: () => 0.5,
    env,
    version: 'v0.5.0-dev',
    hostName: 'HOST',
    memory: () => ({ heapUsed: 1, rss: 2 }),
    write: (text) => {
      log += text;
    },
    onSignal(given) {
      handler = given;
      return () => undefined;
    },
    bundled: known.map((definition) => ({
      driver: definition.name,
      type: definition.type,
      load: async () => definition,
      command: { path: definition.name, args: [] },
    })),
    findExecutable: async () => undefined,
    metricSocket: openMetricSocket,
    processes: async (world) => async (type, command) => {
      const definition = known.find(({ name }) => name === command.path);
      if (definition === undefined) throw new Error(`fork/exec ${command.path}: no such file or directory`);
      const session = definition.open(world) as SessionTypes[typeof type];
      return { session, info: () => definition, close: () => session.close() };
    },
  };
  const ended = runAgent(inputs, await loadAgentConfig(inputs, parts), parts);
  const lines = () =>
    log
      .replace(/^\d{4}-\S+ /gm, '')
      .split('\n')
      .slice(0, -1);
  const agent: TestAgent = {
    dir,
    address: `127.0.0.1:${port}`,
    target,
    lines,
    told: (pattern) => lines().filter((line) => pattern.test(line)).length,
    signal: (signal) => handler(signal),
    ask: (method, path) => ask(`127.0.0.1:${port}`, method, path),
    write,
    until,
    ended,
  };
  t.after(async () => {
    handler('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  return agent;
}

/** Waits for plugins and policies. */
export async function started(agent: TestAgent): Promise<TestAgent> {
  await agent.until(async () => {
    const answer = await agent.ask('GET', '/v1/ready').catch(() => undefined);
    return answer?.status === 200;
  });
  return agent;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error('it never became so');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A policy on the fake target that wants `value`, once a second. */
export function fixedPolicy(name: string, value: number, more = ''): string {
  return `scaling "${name}" {
  enabled = true
  min = 1
  max = 9
  policy {
    evaluation_interval = "1s"
    cooldown = "1h"
    ${more}
    check "f" {
      strategy "fixed-value" {
        value = ${value}
      }
    }
    target "nomad-target" {
      Job = "web"
      Group = "${name}"
    }
  }
}
`;
}
