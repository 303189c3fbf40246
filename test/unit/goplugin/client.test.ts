import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { ClientOptions } from '../../../src/goplugin/client.ts';
import { cleanUpClients, isCleanedUp } from '../../../src/goplugin/managed.ts';
import type { PluginProcess } from '../../../src/goplugin/plugin-process.ts';
import { consoleLog, systemWorld } from '../../../src/goplugin/system.ts';
import { cookie } from '../../../src/wire/profile.ts';
import { fixture, saying, scriptPlugin } from '../../support/goplugin.ts';
import { type channelOnly, clientOf } from '../../support/goplugin-client.ts';
import { isAlive } from '../../support/proc.ts';

const peer = (t: Parameters<typeof fixture>[0], args: object = {}) => fixture(t, 'peer.mjs', JSON.stringify(args));

const somewhere = { protocol: 'grpc', protocolVersion: 1, network: 'unix', address: '/nowhere', pid: 1 } as const;
const anything = async () => assert.fail('no runner is started');
const oneOf = 'exactly one of Cmd, or Reattach, or RunnerFunc must be set';

const combinations: readonly (readonly [string, Partial<ClientOptions<typeof channelOnly>>, string])[] = [
  ['go-plugin #1: nothing to start', {}, oneOf],
  ['go-plugin #1: a command and a runner', { command: { path: '/bin/true', args: [] }, runner: anything }, oneOf],
  [
    'go-plugin #1: a command and a reattachment',
    { command: { path: '/bin/true', args: [] }, reattach: somewhere },
    oneOf,
  ],
  [
    'go-plugin #2: a checksum and a reattachment',
    { reattach: somewhere, checksum: { algorithm: 'sha256', hex: '00' } },
    'only one of Reattach or SecureConfig can be set',
  ],
  [
    'go-plugin #3: one connection and a reattachment',
    { reattach: somewhere, multiplex: true },
    'gRPC broker multiplexing is not supported with Reattach config',
  ],
];
for (const [what, options, message] of combinations) {
  test(`${what} is refused before anything is started`, async (t) => {
    const { client, log } = clientOf(t, options);
    await assert.rejects(client.start(), { code: 'plugin_start_failed', blame: 'usage', message });
    assert.equal(client.exited, true);
    assert.equal(client.wasForced, false);
    assert.deepEqual(log.records, []);
  });
}

test('go-plugin #5: a plugin of another version is ended, and killing the client starts nothing', async (t) => {
  const { client, log } = clientOf(t, {
    command: { path: scriptPlugin(t, saying('1|11|tcp|:1234|grpc\n')), args: [] },
  });
  await assert.rejects(client.start(), {
    message: 'incompatible API version with plugin. Plugin version: 11, Client versions: [1]',
  });
  await client.kill();
  assert.deepEqual([client.exited, client.wasForced], [true, true]);
  const starts = log.records.filter(({ message }) => message === 'plugin started');
  assert.equal(starts.length, 1);
  assert.equal(isAlive(Number(starts[0]?.fields['pid'])), false);
  await assert.rejects(client.start(), { message: /^the plugin of this client has ended/ });
});

test('go-plugin #29: starts at the same time are one start, and so is a later one', async (t) => {
  const { client, log } = clientOf(t, { command: peer(t) });
  const [first, second] = await Promise.all([client.start(), client.start()]);
  assert.equal(first, second);
  assert.equal(await client.start(), first);
  assert.equal(log.records.filter(({ message }) => message === 'plugin started').length, 1);
});

test('go-plugin #30: a client that was killed starts nothing again', async (t) => {
  const { client, log } = clientOf(t, { command: peer(t) });
  await client.start();
  await client.kill();
  await assert.rejects(client.start(), {
    code: 'plugin_start_failed',
    message: 'the plugin of this client has ended; make a new client to start another',
  });
  assert.equal(log.records.filter(({ message }) => message === 'plugin started').length, 1);
});

test('a client whose plugin went by itself starts nothing again', async (t) => {
  const { client } = clientOf(t, { command: peer(t) });
  const { pid, done } = await client.start();
  process.kill(pid, 'SIGKILL');
  await once(done, 'abort');
  assert.equal(client.exited, true);
  await assert.rejects(client.start(), { message: /^the plugin of this client has ended/ });
  await client.kill();
  assert.equal(client.wasForced, false);
});

test('go-plugin #77: what a plugin does not offer is refused without a call', async (t) => {
  const made: PluginProcess[] = [];
  const versions = { 1: { target: (plugin: PluginProcess) => made.push(plugin) } };
  const { client } = clientOf(t, { command: peer(t), versions });
  assert.throws(() => client.dispense('target'), { message: 'the plugin is not started' });
  const plugin = await client.start();
  await client.kill();
  const unknown = 'os-nova' as 'target'; // a name from a configuration, say
  assert.throws(() => client.dispense(unknown), { message: 'unknown plugin type: os-nova' });
  assert.throws(() => client.dispense('toString' as 'target'), { message: 'unknown plugin type: toString' });
  assert.equal(client.dispense('target'), 1); // the plugin is gone, so this cannot have asked it
  assert.deepEqual(made, [plugin]);
});

test('the set of the version that the plugin chose is dispensed from', async (t) => {
  const versions = { 1: { old: () => 'one' }, 2: { young: () => 'two' } };
  const { client } = clientOf<{ old(): string } | { young(): string }>(t, {
    command: peer(t, { line: '1|2|unix|%s|grpc|\n' }),
    versions,
  });
  assert.equal((await client.start()).version, 2);
  assert.equal(client.dispense('young'), 'two');
  assert.throws(() => client.dispense('old'), { message: 'unknown plugin type: old' });
});

test('go-plugin #73: a ping before the start and after the end is a rejection', async (t) => {
  const { client } = clientOf(t, { command: peer(t) });
  await assert.rejects(client.ping(), { code: 'plugin_unavailable' });
  await client.start();
  await client.ping();
  await client.kill();
  await assert.rejects(client.ping(), { message: 'rpc error: code = Canceled desc = context canceled' });
});

test('killing gives up a start that still runs, and is harmless before and after', async (t) => {
  const { client, log } = clientOf(t, { command: { path: scriptPlugin(t, 'setInterval(() => {}, 1e6);'), args: [] } });
  await client.kill();
  const refused = assert.rejects(client.start(), { name: 'AbortError' });
  const { fields } = await log.has('plugin started');
  await Promise.all([client.kill(), client.kill()]);
  await refused;
  assert.equal(isAlive(Number(fields['pid'])), false);
  await client.kill();
});

test('a start that is given up leaves no process behind', async (t) => {
  const { client, log } = clientOf(t, { command: { path: scriptPlugin(t, 'setInterval(() => {}, 1e6);'), args: [] } });
  const stop = new AbortController();
  const refused = assert.rejects(client.start(stop.signal), { name: 'AbortError' });
  const { fields } = await log.has('plugin started');
  stop.abort();
  await refused;
  assert.equal(isAlive(Number(fields['pid'])), false);
  assert.deepEqual([client.exited, client.wasForced], [true, true]);
});

test('go-plugin #118: a client tells that its plugin ended in good order', async (t) => {
  const { client } = clientOf(t, { command: fixture(t, 'target.ts'), cookie });
  const { address } = await client.start();
  assert.equal(client.exited, false);
  await client.kill();
  assert.deepEqual([client.exited, client.wasForced, existsSync(address)], [true, false, false]);
});

test('go-plugin #144: what a client knows of its plugin is enough to find it again', async (t) => {
  const { client } = clientOf(t, { command: peer(t) });
  assert.equal(client.reattachConfig(), undefined);
  const { pid, address } = await client.start();
  assert.ok(pid > 0);
  assert.deepEqual(client.reattachConfig(), { protocol: 'grpc', protocolVersion: 1, network: 'unix', address, pid });
});

test('an ordinary program has a world of its own', async (t) => {
  const world = systemWorld();
  assert.equal(world.pid, process.pid);
  assert.equal(world.identity?.uid, process.getuid?.());
  const { client } = clientOf(t, { command: peer(t) }, world);
  await client.start();
  await client.ping();
  assert.deepEqual([consoleLog('warn').isEnabled('info'), consoleLog('warn').isEnabled('warn')], [false, true]);
});

// The last of this file: the flag stays.
test('go-plugin #127: the managed clients are killed together, and no others', async (t) => {
  const clients = [true, true, true, false].map((managed) => clientOf(t, { command: peer(t), managed }).client);
  await Promise.all(clients.map((client) => client.start()));
  assert.equal(isCleanedUp(), false);
  const cleaning = cleanUpClients();
  assert.equal(isCleanedUp(), true);
  await cleaning;
  assert.deepEqual(
    clients.map(({ exited, wasForced }) => [exited, wasForced]),
    [
      [true, false],
      [true, false],
      [true, false],
      [false, false],
    ],
  );
  await clients[3]?.ping();
});
