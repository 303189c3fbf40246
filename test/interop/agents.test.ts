/**
 * Upstream's own agent and ours, each with the same job and its policy in an embedded Nomad, the same configuration and the
 * same plugin folder: what the target is told has to be the same. Once with plugins of ours, once with plugins that are
 * written in Go with upstream's SDK.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { metaKeys } from '../../src/model/action.ts';
import { startAnyAgent } from '../support/any-agent.ts';
import { pause } from '../support/figures.ts';
import { buildGo, buildUpstreamAgent } from '../support/go-programs.ts';
import { startNomadProcess } from '../support/nomad-process.ts';
import { builtPlugin, type Command, goPlugin, ourPlugin } from '../support/plugin-pair.ts';
import { eventually, temporaryFolder } from '../support/program.ts';

const go = buildGo('./plugin');
const upstream = buildUpstreamAgent();
const ours = fileURLToPath(new URL('../../dist/bin/nomad-autoscaler.js', import.meta.url));

const agents: Readonly<Record<string, Command>> = {
  ours: { path: process.execPath, args: [ours] },
  "upstream's": { path: upstream.path, args: [] },
};

type Plugins = Readonly<Record<string, Command>>;

/** By driver. A driver that is not there is the agent's own. */
const pluginSets: Readonly<Record<string, Plugins>> = {
  ours: {
    'fixture-apm': ourPlugin('apm'),
    'target-value': builtPlugin('target-value'),
    'fixture-target': ourPlugin('target'),
  },
  "Go's": {
    'fixture-apm': goPlugin(go.folder, 'apm'),
    'fixture-target': goPlugin(go.folder, 'target'),
  },
};

const config = `
apm "fixture-apm" {
  driver = "fixture-apm"
  config = { key = "value" }
}
target "fixture-target" {
  driver = "fixture-target"
  config = { key = "value" }
}
`;

/** A job whose policy goes from 1 to 3, as the factor is 3, and then as far as it may. @param file  holds the target's count. */
function jobWithPolicy(file: string): object {
  const strategy = [{ 'target-value': [{ target: '10' }] }];
  const load = { source: 'fixture-apm', query: 'fixed:30', query_window: '10s', strategy };
  const times = { cooldown: '1s', evaluation_interval: '1s' };
  const policy = { ...times, check: [{ load: [load] }], target: [{ 'fixture-target': [{ file }] }] };
  const task = { Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } };
  const scaling = { Min: 1, Max: 7, Enabled: true, Type: 'horizontal', Policy: policy };
  const size = { Count: 1, EphemeralDisk: { SizeMB: 300 } };
  return { ID: 'web', Type: 'service', TaskGroups: [{ Name: 'app', ...size, Tasks: [task], Scaling: scaling }] };
}

/** What the target is to be told. */
const wanted = [
  { count: 3, direction: 'up', reason: 'scaling up because factor is 3.000000', meta: {} },
  {
    count: 7,
    direction: 'up',
    reason: 'capped count from 9 to 7 to stay within limits',
    meta: {
      [metaKeys.capped]: true,
      [metaKeys.original]: 9,
      [metaKeys.history]: ['scaling up because factor is 3.000000'],
    },
  },
];

describe('two agents, one plugin folder', { skip: go.leftOut === false ? upstream.leftOut : go.leftOut }, () => {
  for (const [whose, plugins] of Object.entries(pluginSets)) {
    for (const [agent, command] of Object.entries(agents)) {
      test(`agent ${agent}, plugins ${whose}: the target is told the same`, async (t) => {
        const { told, policyIds, complaints, code } = await runUntilDone(t, command, plugins);
        assert.deepEqual(told, wanted);
        // Upstream's agent loses the policy's ID, with which the action's meta begins, at any strategy that is a process of its own.
        const isLost = command !== agents['ours'] && 'target-value' in plugins;
        assert.deepEqual(
          [...policyIds].map((id) => typeof id),
          [isLost ? 'undefined' : 'string'],
        );
        assert.deepEqual(complaints, []);
        assert.equal(code, 0);
      });
    }
  }
});

/** Runs an agent until the target was told as much as is wanted, and then for two more intervals. */
async function runUntilDone(t: TestContext, agent: Command, plugins: Plugins) {
  const count = join(temporaryFolder(t), 'count');
  writeFileSync(count, '1');
  const nomad = await startNomadProcess();
  t.after(() => nomad.stop());
  const job = JSON.stringify({ Job: jobWithPolicy(count) });
  assert.equal((await fetch(`${nomad.address}/v1/jobs`, { method: 'PUT', body: job })).status, 200);
  const child = await startAnyAgent(t, agent, nomad.address, { config, plugins, flags: ['-log-json'] }, 'pipe');
  const { told, policyIds, complaints } = listen(child);
  await eventually('the target is told', async () => (told.length >= wanted.length ? true : undefined));
  await pause(2000);
  const before = [...complaints];
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  return { told, policyIds, complaints: before, code };
}

/** Reads what an agent logs, its plugins' lines among it. */
function listen(child: ChildProcess) {
  const told: unknown[] = [];
  const policyIds = new Set<unknown>();
  const complaints: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on('line', (text) => {
      const line = text.startsWith('{') ? JSON.parse(text) : { '@level': 'error' }; // a panic, as any, is not JSON
      if (['warn', 'error'].includes(line['@level'])) complaints.push(text);
      if (line['@message'] !== 'scale') return;
      const { [metaKeys.policyId]: id, ...meta } = JSON.parse(line.meta);
      policyIds.add(id);
      told.push({ count: line.count, direction: line.direction, reason: line.reason, meta });
    });
  }
  return { told, policyIds, complaints };
}
