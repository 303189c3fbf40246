import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AgentParts } from '../../../src/agent/parts.ts';
import { runAgentCommand } from '../../../src/commands/agent.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { keptTerminal } from '../../support/agent-terminal.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

/** Of an agent that never gets as far as to start anything. */
function parts(log: string[]): AgentParts {
  return {
    clock: systemClock,
    random: () => 0,
    env: {},
    version: 'v0.5.0-dev',
    hostName: 'HOST',
    memory: () => ({ heapUsed: 0, rss: 0 }),
    write: (text) => log.push(text),
    onSignal: () => () => undefined,
    bundled: [],
    findExecutable: async () => undefined,
    processes: () => assert.fail('must not start a plugin'),
  };
}

async function run(...args: readonly string[]) {
  const { terminal, stdout, stderr } = keptTerminal();
  const log: string[] = [];
  const code = await runAgentCommand(args, { terminal, cwd: '/run', parts: parts(log) });
  return { code, stdout: stdout(), stderr: stderr(), log: log.join('') };
}

const recordings = 'golden/autoscaler/cli';

/** Recordings of command lines that are refused before anything starts. */
const refused = [
  'bad-block-query',
  'bad-bool',
  'bad-duration',
  'bad-int',
  'bad-workers',
  'bad-workers-number',
  'config-missing',
  'das-one',
  'das-two',
  'ha-bad-ttl',
  'missing-value',
  'negative-workers',
  'unknown-flag',
];

test(
  'agent #A44, #A88, #A89: bad command lines are refused in the words and streams of upstream',
  needsShared(recordings),
  async () => {
    for (const name of refused) {
      const text = readFileSync(sharedPath(`${recordings}/${name}.txt`) ?? '', 'utf8');
      const [head = '', stdout = '', stderr = ''] = text.split(/^--- std\w+\n/m);
      const [, line = ''] = /^\$ nomad-autoscaler agent (.*)$/m.exec(head) ?? [];
      const got = await run(...line.split(' '));
      assert.deepEqual([got.code, got.stdout, got.stderr, got.log], [1, stdout, stderr, ''], name);
    }
  },
);

test('agent #A89: a bad port and a bad Nomad end the start after the banner', needsShared(recordings), async () => {
  for (const name of ['port-negative', 'port-too-big']) {
    const text = readFileSync(sharedPath(`${recordings}/${name}.txt`) ?? '', 'utf8');
    const [, line = ''] = /^\$ nomad-autoscaler agent (.*)$/m.exec(text) ?? [];
    const withoutTimes = (log: string) => log.replace(/^\d{4}-\S+ /gm, '').replace(/Plugins: .*/, 'Plugins: …');
    const got = await run(...line.split(' '));
    assert.deepEqual([got.code, got.stdout, got.stderr], [1, '', ''], name);
    assert.equal(withoutTimes(got.log), withoutTimes(text.split('--- stderr\n')[1] ?? ''), name);
  }
});

test('-dev brings something up first, runs against it and takes it down again', async () => {
  const { terminal, stdout } = keptTerminal();
  const steps: string[] = [];
  const code = await runAgentCommand(['-dev', '-log-level=debug'], {
    terminal,
    cwd: '/run',
    parts: parts([]),
    startDev: async (flags) => {
      steps.push(`start ${flags.logLevel}`);
      return {
        flags: { ...flags, workers: { cluster: -1 } },
        close: async () => {
          steps.push('close');
        },
      };
    },
  });
  assert.equal(code, 1);
  assert.match(stdout(), /number of workers for "cluster" must be positive/);
  assert.deepEqual(steps, ['start debug', 'close']);
});
