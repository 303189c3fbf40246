import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { Place } from '../../../src/goplugin/broker-direct.ts';
import type { RunnerCommand, StartedRunner } from '../../../src/goplugin/runner.ts';
import { virtualClock } from '../../../src/lib/clock.ts';
import { cookie } from '../../../src/wire/profile.ts';
import { remoteTarget } from '../../../src/wire/remote.ts';
import { counter, counterCookie } from '../../support/bidirectional.ts';
import { fixture, never, saying, scriptPlugin, tempFolder } from '../../support/goplugin.ts';
import { clientOf, runHere } from '../../support/goplugin-client.ts';

/** A client whose plugin is run by a runner that keeps what it was given. */
function runnerClient(
  t: TestContext,
  command: { readonly path: string; readonly args: readonly string[] },
  also: Partial<StartedRunner> = {},
  options: Parameters<typeof clientOf>[1] = {},
) {
  const seen: RunnerCommand[] = [];
  const made = clientOf(t, {
    cookie,
    runner: async (given) => {
      seen.push(given);
      return { ...(await runHere(command, given)), ...also };
    },
    ...options,
  });
  return { ...made, seen };
}

const group = process.getgid?.() ?? 0;

test('go-plugin #126: a runner gets a folder for sockets, and after the end it is gone', async (t) => {
  const tempDir = tempFolder(t);
  const { client, seen, log } = runnerClient(t, fixture(t, 'target.ts'), {}, { socketGroup: String(group), tempDir });
  const { address } = await client.start();
  const [command] = seen;
  assert.ok(command);
  const { socketDir, env } = command;
  const folder = statSync(socketDir);
  assert.deepEqual([folder.mode & 0o777, folder.gid], [0o770, group]);
  assert.deepEqual([env['PLUGIN_UNIX_SOCKET_DIR'], env['PLUGIN_UNIX_SOCKET_GROUP']], [socketDir, String(group)]);
  assert.equal(dirname(socketDir), tempDir);
  assert.equal(dirname(address), socketDir);
  await log.has('created temporary directory for unix sockets');
  await client.kill();
  assert.equal(existsSync(socketDir), false);
  assert.deepEqual([client.exited, client.wasForced], [true, false]);
});

test('without a group the folder is its owner’s alone', async (t) => {
  const { client, seen } = runnerClient(t, fixture(t, 'target.ts'), {}, { tempDir: tempFolder(t) });
  await client.start();
  const { socketDir, env } = seen[0] ?? assert.fail('the runner was not asked');
  assert.equal(statSync(socketDir).mode & 0o777, 0o700);
  assert.equal(env['PLUGIN_UNIX_SOCKET_GROUP'], undefined);
});

test('go-plugin #84: with a runner as well, what a plugin prints arrives byte for byte', async (t) => {
  const texts = { stdout: '', stderr: '' };
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const take = (name: 'stdout' | 'stderr') => (chunk: Uint8Array) => {
    texts[name] += Buffer.from(chunk).toString();
    if (texts.stdout.endsWith('world!\n') && texts.stderr.endsWith('messages!')) resolve();
  };
  const output = { stdout: take('stdout'), stderr: take('stderr') };
  const { client } = runnerClient(t, fixture(t, 'target.ts'), {}, { output });
  const { channel } = await client.start();
  const target = remoteTarget(channel, async () => undefined);
  await target.status({ print: 'hello\nworld!', complain: 'and some error\n messages!' }, never);
  await arrived;
  assert.deepEqual(texts, { stdout: 'hello\nworld!\n', stderr: 'and some error\n messages!' });
});

test('go-plugin #144: the process of a runner has no number here', async (t) => {
  const { client } = runnerClient(t, fixture(t, 'target.ts'));
  const { address } = await client.start();
  assert.deepEqual(client.reattachConfig(), { protocol: 'grpc', protocolVersion: 1, network: 'unix', address, pid: 0 });
});

test('an address is dialed as the runner sees it', async (t) => {
  const asked: Place[] = [];
  const real = (place: Place) => {
    asked.push(place);
    return { network: 'unix', address: place.address.replace(/^inside:/, '') };
  };
  const command = fixture(t, 'peer.mjs', JSON.stringify({ line: '1|1|vsock|inside:%s|grpc|\n' }));
  const { client } = runnerClient(t, command, { pluginToHost: real });
  const { address } = await client.start();
  await client.ping();
  assert.deepEqual(asked, [{ network: 'vsock', address: `inside:${address}` }]);
});

test('what the host offers a runner’s plugin lies in its folder, at an address as the plugin sees it', async (t) => {
  const told: Place[] = [];
  const hostToPlugin = (place: Place) => {
    told.push(place);
    return place;
  };
  const options = { cookie: counterCookie, versions: { 1: { counter } } };
  const seen: RunnerCommand[] = [];
  const runner = async (asked: RunnerCommand) => {
    seen.push(asked);
    return { ...(await runHere(fixture(t, 'counter.ts'), asked)), hostToPlugin };
  };
  const { client } = clientOf<(typeof options.versions)[1]>(t, { ...options, runner });
  await client.start();
  const remote = client.dispense('counter');
  await remote.put('hello', 4);
  assert.equal(await remote.get('hello'), 4);
  assert.equal(await remote.add(1, 1), 1002);
  assert.equal(told.length, 1);
  assert.equal(dirname(told[0]?.address ?? ''), seen[0]?.socketDir);
});

test('a runner that cannot tell an address fails the start with its own words', async (t) => {
  const pluginToHost = () => {
    throw new Error('no such container');
  };
  const { client, seen } = runnerClient(t, fixture(t, 'peer.mjs', '{}'), { pluginToHost });
  await assert.rejects(client.start(), { message: 'no such container' });
  assert.equal(client.wasForced, true);
  assert.equal(existsSync(seen[0]?.socketDir ?? '/'), false);
});

test('a runner tells what may be wrong with a plugin that does not shake hands', async (t) => {
  const command = { path: scriptPlugin(t, saying('hello\n')), args: [] };
  const { client } = runnerClient(t, command, { diagnose: async () => ['image: none'] });
  await assert.rejects(client.start(), {
    message: /^Unrecognized remote plugin message: hello\n.*\n {2}image: none$/s,
  });
});

test('a runner has the time of a start as well, and what it starts too late is killed', async (t) => {
  const clock = virtualClock();
  let given: AbortSignal | undefined;
  let folder = '/';
  const { promise: started, resolve: start } = Promise.withResolvers<StartedRunner>();
  const runner = ({ socketDir }: RunnerCommand, signal: AbortSignal) => {
    given = signal;
    folder = socketDir;
    return started;
  };
  const { client, log } = clientOf(t, { runner, startTimeoutMs: 500 }, { clock });
  const refused = assert.rejects(client.start(), { message: 'timeout while waiting for plugin to start' });
  await log.has('created temporary directory for unix sockets');
  await clock.advance(500);
  await refused;
  assert.equal(given?.aborted, true);
  assert.equal(existsSync(folder), false);
  await new Promise<void>((resolve) => {
    const [stdout, stderr] = [Readable.from([]), Readable.from([])];
    start({ id: 'late', name: 'late', stdout, stderr, exit: new Promise(() => undefined), kill: resolve });
  });
});
