import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AgentParts } from '../../../src/agent/parts.ts';
import { runAgentCommand } from '../../../src/commands/agent.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { keptTerminal } from '../../support/agent-terminal.ts';
import { freePort } from '../../support/program.ts';
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
    metricSocket: () => assert.fail('must not open a socket'),
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

test('agent #A89: a bad duration is refused for every flag that takes one', needsShared(recordings), async () => {
  const text = readFileSync(sharedPath(`${recordings}/bad-duration-all-flags.txt`) ?? '', 'utf8');
  const cases = [...text.matchAll(/^([\w-]+): (.*)$/gm)];
  assert.equal(cases.length, 9);
  for (const [, flag, message] of cases) {
    const { code, stderr } = await run(`-${flag}=5x`);
    assert.deepEqual([code, stderr.split('\n')[0]], [1, message]);
  }
});

test('agent #A89: a bad port and a bad Nomad end the start after the banner', needsShared(recordings), async () => {
  const withoutTimes = (log: string) => log.replace(/^\d{4}-\S+ /gm, '').replace(/Plugins: .*/, 'Plugins: …');
  for (const name of ['port-negative', 'port-too-big', 'bad-nomad-address', 'cert-without-key']) {
    const text = readFileSync(sharedPath(`${recordings}/${name}.txt`) ?? '', 'utf8');
    const [, line = ''] = /^\$ nomad-autoscaler agent (.*)$/m.exec(text) ?? [];
    // A tab as a shell writes it; and a free port, since 0 would mean the usual one.
    const port = `port=${await freePort()}`;
    const args = line.split(' ').map((arg) => arg.replace(/^\$'(.*)\\t'$/, '$1\t').replace('port=28081', port));
    const got = await run(...args);
    assert.deepEqual([got.code, got.stdout, got.stderr], [1, '', ''], name);
    // Ours listens before it looks at its way to Nomad, so that its health can be asked.
    const log = got.log.replace(/^.*server now listening.*\n/m, '');
    assert.equal(withoutTimes(log), withoutTimes(text.split('--- stderr\n')[1] ?? ''), name);
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
