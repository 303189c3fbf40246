import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Command, runCommandLine } from '../../../src/commands/shell.ts';
import { versionCommand, versionLine } from '../../../src/commands/version.ts';
import { keptTerminal } from '../../support/agent-terminal.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const version = 'v0.5.0-dev';

async function run(...args: readonly string[]) {
  const { terminal, stdout, stderr } = keptTerminal();
  const ran: (readonly string[])[] = [];
  const agent: Command = {
    synopsis: 'Runs a Nomad autoscaler agent',
    help: async () => 'help of agent',
    async run(rest) {
      ran.push(rest);
      return 7;
    },
  };
  const commands = { agent, version: versionCommand(version, terminal) };
  const code = await runCommandLine(args, commands, versionLine(version), terminal);
  return { code, stdout: stdout(), stderr: stderr(), ran };
}

test('a command gets what follows its name, and decides the exit status', async () => {
  const { code, ran } = await run('agent', '-log-level=debug', 'x');
  assert.deepEqual([code, ran], [7, [['-log-level=debug', 'x']]]);
});

test('a help flag wins wherever it stands before two dashes', async () => {
  for (const args of [
    ['agent', '-h'],
    ['agent', '-config', '--help'],
    ['-help', 'agent'],
  ]) {
    const { code, stderr, ran } = await run(...args);
    assert.deepEqual([code, stderr, ran], [0, 'help of agent\n', []]);
  }
  assert.deepEqual((await run('agent', '--', '-h')).ran, [['--', '-h']]);
});

test('flags before the command are refused', async () => {
  const { code, stderr, ran } = await run('-log-level=debug', 'agent');
  assert.equal(code, 1);
  assert.match(stderr, /^Invalid flags before the subcommand\..*\nthe subcommand, please .*\n\nhelp of agent\n$/);
  assert.deepEqual(ran, []);
});

test('a command that does not exist is answered with the help and, when it sounds like one, its name', async () => {
  const { code, stderr } = await run('agnet');
  assert.equal(code, 127);
  assert.match(stderr, /There is no command "agnet"\. Did you mean "agent"\?/);
});

const recordings = 'golden/autoscaler/cli';

test('agent #A89: commands, help and version answer as upstream', needsShared(recordings), async () => {
  const names = [
    ['no-args'],
    ['help-word', 'help'],
    ['unknown-subcommand', 'frobnicate'],
    ['help-flag', '-h'],
    ['help-long', '--help'],
    ['v-flag', '-v'],
    ['version-flag', '-version'],
    ['version-flag2', '--version'],
    ['version', 'version'],
    ['version-extra-arg', 'version', 'foo'],
    ['version-help', 'version', '-h'],
  ] as const;
  for (const [name, ...args] of names) {
    const text = readFileSync(sharedPath(`${recordings}/${name}.txt`) ?? '', 'utf8');
    const [head = '', stdout = '', stderr = ''] = text.split(/^--- std\w+\n/m);
    const got = await run(...args);
    assert.equal(got.code, Number(/^exit (\d+)/m.exec(head)?.[1]), name);
    assert.deepEqual([got.stdout.trim(), got.stderr.trim()], [stdout.trim(), stderr.trim()], name);
  }
});

test(
  'agent #A89: help of a command comes where upstream gives it, in words of our own',
  needsShared(recordings),
  async () => {
    const names = [
      ['agent-help-long', 'agent', '--help'],
      ['help-as-value', 'agent', '-config', '-h'],
      ['flag-before-subcommand', '-log-level=debug', 'agent'],
    ] as const;
    for (const [name, ...args] of names) {
      const text = readFileSync(sharedPath(`${recordings}/${name}.txt`) ?? '', 'utf8');
      const [head = '', stdout = '', stderr = ''] = text.split(/^--- std\w+\n/m);
      const before = stderr.slice(0, stderr.indexOf('Usage: '));
      const got = await run(...args);
      assert.deepEqual([got.code, got.stdout], [Number(/^exit (\d+)/m.exec(head)?.[1]), stdout], name);
      assert.equal(got.stderr, `${before}help of agent\n`, name);
    }
  },
);
