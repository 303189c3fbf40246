import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isListener, watchProcess } from '../../../src/goplugin/process-watch.ts';
import type { ReattachConfig } from '../../../src/goplugin/reattach.ts';
import { systemClock, virtualClock } from '../../../src/lib/clock.ts';
import { explain } from '../../../src/lib/error.ts';
import { fixture, tempFolder } from '../../support/goplugin.ts';
import { clientOf } from '../../support/goplugin-client.ts';
import { isAlive } from '../../support/proc.ts';

/** A plugin that runs, and where it is. */
async function running(t: TestContext, network: 'unix' | 'tcp' = 'unix'): Promise<ReattachConfig> {
  const line = network === 'unix' ? '1|1|unix|%s|grpc|\n' : '1|1|tcp|127.0.0.1:%p|grpc|\n';
  const { client } = clientOf(t, { command: fixture(t, 'peer.mjs', JSON.stringify({ line, network })) });
  await client.start();
  const config = client.reattachConfig();
  assert.ok(config);
  return config;
}

/** A process that is no plugin. */
async function bystander(t: TestContext): Promise<number> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child.pid ?? 0;
}

const notFound = { code: 'plugin_start_failed', message: 'reattachment process not found' };

for (const network of ['unix', 'tcp'] as const) {
  test(`go-plugin #135: a plugin on ${network} is taken over, called and ended in good order`, async (t) => {
    const reattach = await running(t, network);
    const { client, log } = clientOf(t, { reattach });
    const plugin = await client.start();
    await client.ping();
    assert.equal(client.dispense('target'), plugin.channel);
    assert.deepEqual([plugin.pid, plugin.version], [reattach.pid, 1]);
    await client.kill();
    assert.deepEqual([client.exited, client.wasForced], [true, false]);
    assert.equal(isAlive(reattach.pid), false);
    assert.deepEqual(log.lines('error'), []);
    await log.has('reattached plugin process exited');
  });
}

test('go-plugin #136: a function finds the process', async (t) => {
  const { pid, ...rest } = await running(t);
  const { promise: exit, resolve } = Promise.withResolvers<{ code: number | null; signal: null }>();
  let killed = 0;
  const attach = () => ({ id: 'somewhere', exit, kill: () => void killed++ });
  const { client } = clientOf(t, { reattach: { ...rest, pid: 0, attach } });
  await client.start();
  await client.ping();
  const killing = client.kill();
  while (isAlive(pid)) await new Promise((look) => setImmediate(look));
  resolve({ code: null, signal: null });
  await killing;
  assert.deepEqual([client.exited, client.wasForced, killed], [true, false, 0]);
});

test('go-plugin #137: a client that took a plugin over knows it as it was told', async (t) => {
  const reattach = await running(t);
  const { client } = clientOf(t, { reattach });
  await client.start();
  assert.deepEqual(client.reattachConfig(), reattach);
});

test('go-plugin #138: without a protocol it is the old one, which is refused', async (t) => {
  const { client } = clientOf(t, { reattach: { ...(await running(t)), protocol: '' } });
  await assert.rejects(client.start(), { message: 'unsupported plugin protocol "netrpc". Supported: [grpc]' });
});

test('go-plugin #139: a process that is gone, and an address where nobody listens, are not found', async (t) => {
  const config = await running(t);
  const gone = spawn('true', { stdio: 'ignore' });
  await once(gone, 'exit');
  for (const wrong of [{ pid: gone.pid ?? 0 }, { address: join(tempFolder(t), 'plugin1') }]) {
    const { client } = clientOf(t, { reattach: { ...config, ...wrong } });
    await assert.rejects(client.start(), notFound);
    await client.kill();
    assert.equal(isAlive(config.pid), true);
  }
});

test('numbers that are groups of processes to the system are not even asked about', async (t) => {
  const config = await running(t);
  const sent: unknown[] = [];
  const sendSignal = (...signal: unknown[]) => sent.push(signal); // never the real one: it would reach every process
  for (const pid of [0, -1, 1.5, Number.NaN]) {
    const { client } = clientOf(t, { reattach: { ...config, pid } }, { sendSignal });
    await assert.rejects(client.start(), notFound);
    await client.kill();
  }
  assert.deepEqual(sent, []);
});

test('a process that got the number of a plugin is left alone, and the error says so', async (t) => {
  const pid = await bystander(t);
  const address = join(tempFolder(t), 'plugin1');
  const { client, log } = clientOf(t, {
    reattach: { protocol: 'grpc', protocolVersion: 1, network: 'unix', address, pid },
  });
  const error = await client.start().catch((reason: unknown) => reason);
  assert.match(
    explain(error),
    new RegExp(
      `^reattachment process not found: no plugin answers at ${address} \\(.+\\); process ${pid} is left alone$`,
    ),
  );
  await client.kill();
  assert.equal(client.wasForced, false);
  assert.equal(isAlive(pid), true);
  assert.deepEqual(log.lines('error'), []);
});

test('a process that listens there but is no plugin is left alone', async (t) => {
  const listener = spawn(process.execPath, [
    '-e',
    "require('node:net').createServer((c) => c.end('hello')).listen(0, '127.0.0.1', function () { console.log(this.address().port); })",
  ]);
  t.after(() => listener.kill('SIGKILL'));
  const [port] = await once(listener.stdout, 'data');
  const address = `127.0.0.1:${String(port).trim()}`;
  const pid = listener.pid ?? 0;
  const { client } = clientOf(t, { reattach: { protocol: 'grpc', protocolVersion: 1, network: 'tcp', address, pid } });
  await assert.rejects(client.start(), notFound);
  await client.kill();
  assert.equal(isAlive(pid), true);
});

test('a process beside the plugin that answers is left alone', async (t) => {
  const config = await running(t);
  const pid = await bystander(t);
  const { client } = clientOf(t, { reattach: { ...config, pid } });
  const error = await client.start().catch((reason: unknown) => reason);
  assert.equal(
    explain(error),
    `reattachment process not found: process ${pid} is not the one that listens at ${config.address}; process ${pid} is left alone`,
  );
  await client.kill();
  assert.deepEqual([isAlive(pid), isAlive(config.pid)], [true, true]);
});

test('a listener is found by its process, by what started it, and where nothing tells it is not judged', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const place = server.address();
  assert.ok(place !== null && typeof place === 'object');
  const tcp = { network: 'tcp', address: `:${place.port}` } as const;
  assert.equal(await isListener(process.pid, tcp), true);
  assert.equal(await isListener(await bystander(t), tcp), false);
  assert.equal(await isListener(process.pid, { network: 'unix', address: '/nowhere' }), undefined);
  const folder = tempFolder(t);
  const address = join(folder, 's');
  const script = `require('node:net').createServer().listen('${address}', () => console.log('up'))`;
  const options = { detached: true }; // a group of its own, to be ended together
  const shell = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, script], options); // waits for its child
  t.after(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'));
  await once(shell.stdout, 'data');
  assert.equal(await isListener(shell.pid ?? 0, { network: 'unix', address }), true);
});

test('go-plugin #140: after a second a plugin that was taken over is still there, and later its end is seen', async (t) => {
  const reattach = await running(t);
  const clock = virtualClock();
  const { client } = clientOf(t, { reattach }, { clock });
  const { done } = await client.start();
  await clock.advance(1000);
  assert.equal(client.exited, false);
  await client.ping();
  process.kill(reattach.pid, 'SIGKILL');
  while (isAlive(reattach.pid)) await new Promise((look) => setImmediate(look));
  while (!done.aborted) await clock.advance(1000); // how long looking at a process takes is real time
  assert.equal(client.exited, true);
});

test('a plugin that was taken over and does not end is killed', async (t) => {
  const { client: first } = clientOf(t, { command: fixture(t, 'peer.mjs', '{"shutdown":"ignore"}') });
  const { pid, exited } = await first.start();
  const reattach = first.reattachConfig();
  assert.ok(reattach);
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 20, run) };
  const { client } = clientOf(t, { reattach }, { clock });
  await client.start();
  await client.kill();
  assert.deepEqual(await exited, { code: null, signal: 'SIGKILL' });
  assert.deepEqual([client.exited, client.wasForced, isAlive(pid)], [true, true, false]);
});

test('a process that got the number while its plugin was watched is spared', async (t) => {
  const pid = await bystander(t);
  const clock = virtualClock();
  let isPlugin = true;
  const sent: unknown[] = [];
  const life = watchProcess({ pid, isThere: async () => isPlugin }, clock, (...signal) => sent.push(signal));
  life.kill();
  await clock.advance(0);
  assert.deepEqual(sent, [[pid, 'SIGKILL']]);
  isPlugin = false;
  life.kill();
  await clock.advance(1000);
  await life.exit;
  assert.deepEqual(sent, [[pid, 'SIGKILL']]);
});

test('a plugin that was written down without its version is taken for the newest', async (t) => {
  const reattach = { ...(await running(t)), protocolVersion: 0 };
  const { client } = clientOf(t, { reattach, versions: { 1: { target: () => 1 }, 3: { target: () => 3 } } });
  await client.start();
  assert.equal(client.dispense('target'), 3);
});
