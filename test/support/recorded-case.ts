/** A recorded case of the real autoscaler, played again by an agent of ours: half a minute of it takes a second or two. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runAgent } from '../../src/agent/agent.ts';
import { loadConfig } from '../../src/agent/config-files.ts';
import type { AgentSignal } from '../../src/agent/parts.ts';
import { bundledPlugins } from '../../src/builtin.ts';
import { virtualClock } from '../../src/lib/clock.ts';
import { serveHttp } from './nomad-http.ts';
import { freePort } from './program.ts';
import { type Course, courseOf } from './recorded-course.ts';
import { exchangesOf, Stage, stepMs } from './recorded-stage.ts';

export interface Replayed extends Course {
  /** Reads for which the recording holds no answer. */
  readonly unanswered: readonly string[];
}

/** @returns what upstream did. */
export function recordedCourse(folder: string): Course & { readonly rounds: number } {
  const writes = exchangesOf(folder).filter(({ request }) => request.method === 'PUT');
  const bodies = writes.sort((a, b) => a.t - b.t).map(({ request }) => `write ${JSON.stringify(request.body)}`);
  return courseOf([...readFileSync(join(folder, 'agent.log'), 'utf8').split('\n'), ...bodies]);
}

/** Runs the agent through the case, each policy for as many rounds as upstream had. */
export async function replay(t: TestContext, folder: string): Promise<Replayed> {
  const times = [...readFileSync(join(folder, 'agent.log'), 'utf8').matchAll(/^\d{4}-\S+Z/gm)].map(([at]) =>
    Date.parse(at),
  );
  const [startAt = 0] = times;
  const clock = virtualClock(startAt);
  let log = '';
  const stage = new Stage(exchangesOf(folder), clock, (body) => {
    log += `write ${body}\n`;
  });
  const { origin } = await serveHttp(t, (request, response) => stage.take(request, response));
  const dir = mkdtempSync(join(tmpdir(), 'case-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'policies'));
  for (const name of readdirSync(folder).filter((file) => file.startsWith('policy-'))) {
    writeFileSync(join(dir, 'policies', name.slice('policy-'.length)), readFileSync(join(folder, name)));
  }
  const config = readFileSync(join(folder, 'config.hcl'), 'utf8').replace(/http:\/\/127\.0\.0\.1:2\d{4}/g, origin);
  // In this process, for it must live by the virtual clock.
  const target = 'target "nomad-target" {\n  driver = "nomad-target"\n  isolation = "in-process"\n}\n';
  writeFileSync(
    join(dir, 'agent.hcl'),
    `${config.replace(/bind_port\s*=\s*\d+/, `bind_port = ${await freePort()}`)}\n${target}`,
  );

  let signal: (signal: AgentSignal) => void = () => undefined;
  const hasFiles = readdirSync(join(dir, 'policies')).length > 0;
  const inputs = {
    paths: [join(dir, 'agent.hcl')],
    flags: { logLevel: 'trace', pluginDir: dir, ...(hasFiles ? { policy: { dir: join(dir, 'policies') } } : {}) },
    cwd: dir,
  };
  const ended = runAgent(inputs, await loadConfig(inputs), {
    clock,
    random: () => 0,
    env: {},
    version: 'v0.5.0-dev',
    hostName: 'HOST',
    memory: () => ({ heapUsed: 1, rss: 2 }),
    write: (text) => {
      log += text;
    },
    onSignal(handler) {
      signal = handler;
      return () => undefined;
    },
    bundled: bundledPlugins(process.execPath),
    findExecutable: async () => undefined,
    metricSocket: () => assert.fail('no case sends metrics'),
    processes: async () => async () => {
      throw new Error('no processes here');
    },
  });
  const go = async (ms: number) => {
    await clock.advance(ms);
    stage.turn();
    await stage.quiet();
  };
  // Files and modules are read in real time, however long that takes: the clock stands still meanwhile.
  const hasStarted = new RegExp(`received policy IDs listing:.* policy_source=${hasFiles ? 'file' : 'nomad'}`);
  for (let turn = 0; !hasStarted.test(log) && turn < 10_000; turn++) await go(0);
  // Rounds have another place within their interval here.
  const lastMs = (times.at(-1) ?? startAt) - startAt + 5000;
  for (let ms = 0; ms < lastMs; ms += stepMs) await go(stepMs);
  signal('SIGTERM');
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) await go(stepMs);
  const { decisions, writes } = courseOf(log.split('\n'), recordedCourse(folder).rounds);
  return { decisions, writes, unanswered: stage.unanswered };
}
