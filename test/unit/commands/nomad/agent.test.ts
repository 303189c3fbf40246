/** What `nomad agent` says before it runs, and why it does not. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { runNomadAgent } from '../../../../src/commands/nomad/agent.ts';
import { agentBanner } from '../../../../src/commands/nomad/agent-banner.ts';
import { fakeWorld } from '../../../support/fakes.ts';

const facts = { host: '127.0.0.1', port: 4646, region: 'stage', datacenter: 'stage1', logLevel: 'warn' };

/** Ends before anything listens. */
async function refused(...args: readonly string[]) {
  const errors: string[] = [];
  const never = async () => assert.fail('nothing begins');
  const terminal = { out: never, err: (text: string) => void errors.push(text) };
  const status = await runNomadAgent(args, { terminal, world: never, machine: never, stopped: never });
  return { status, errors };
}

test('the labels of an agent end in one column', () => {
  assert.equal(
    agentBanner({ ...facts, version: '2.0.6', clients: 0 }),
    `==> Nomad agent configuration:

    Advertise Addrs: HTTP: 127.0.0.1:4646; RPC: 127.0.0.1:4647; Serf: 127.0.0.1:4648
         Bind Addrs: HTTP: [127.0.0.1:4646]
             Client: false
          Log Level: WARN
             Region: stage (DC: stage1)
             Server: true
            Version: 2.0.6
`,
  );
  assert.match(agentBanner({ ...facts, version: '2.0.6', clients: 2 }), /^ {13}Client: true$/m);
});

test('options that an agent does not have are refused with where all of them are', async () => {
  const help = 'All options, and no configuration files: nomad-autoscaler nomad agent -help';
  const { status, errors } = await refused('-config=/etc/nomad.d');
  assert.deepEqual([status, errors], [1, ['flag provided but not defined: -config', help]]);
  const [level = ''] = (await refused('-dev', '-log-level=loud')).errors;
  assert.match(
    level,
    /^invalid value "loud" for flag -log-level: must be one of trace, debug, info, warn, error, off$/,
  );
});

test('there are no fewer clients than none', async () => {
  const [nodes = ''] = (await refused('-dev', '-nodes=-1')).errors;
  assert.match(nodes, /^invalid value "-1" for flag -nodes: must not be negative$/);
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const skip = hasIpv6 ? false : 'left out: this machine has no ::1';

test('an address of IPv6 is told as URLs have it', { skip }, async () => {
  const said: string[] = [];
  const terminal = { out: (text: string) => void said.push(text), err: (text: string) => assert.fail(text) };
  const world = fakeWorld();
  const options = {
    terminal,
    world: async () => world,
    machine: async () => assert.fail(),
    stopped: async () => 'SIGINT',
  };
  assert.equal(await runNomadAgent(['-dev', '-bind=::1', '-port=0'], options), 0);
  assert.match(said.join('\n'), /Advertise Addrs: HTTP: \[::1\]:\d+;.* serves http:\/\/\[::1\]:\d+ with/s);
});

test('an agent wants to be told that it is known what it is', async () => {
  const { status, errors } = await refused();
  assert.deepEqual([status, errors.length], [1, 1]);
  assert.match(errors[0] ?? '', /no production Nomad: say that you know with -dev$/);
});
