/** What a plugin process of ours writes: its log, its crash report, and how a host takes floods of it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openChannel } from '../../../src/goplugin/channel.ts';
import { startPlugin } from '../../../src/goplugin/host.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLog } from '../../../src/lib/log.ts';
import { cookie } from '../../../src/wire/profile.ts';
import { remoteTarget } from '../../../src/wire/remote.ts';
import { pluginServices } from '../../../src/wire/services.ts';
import { fixture, hostWorld, LogBook, never, serveHere, startRaw } from '../../support/goplugin.ts';

async function start(t: TestContext, file: string, args: object, log = new LogBook()) {
  const command = fixture(t, file, JSON.stringify(args));
  const plugin = await startPlugin(command, { cookie, versions: [1], autoMtls: 'off' }, hostWorld(log), never);
  t.after(() => plugin.kill());
  return { plugin, log, target: remoteTarget(plugin.channel, async () => undefined) };
}

test('every level of a plugin’s logger arrives, with fields and time stamp', async (t) => {
  const { log, target } = await start(t, 'target.ts', {});
  await target.status({ log: 'm' }, never);
  for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
    const { name, fields, ...record } = await log.has(`${level} m`);
    assert.equal(record.level, level);
    assert.equal(name, 'fake-plugin');
    assert.equal(fields['n'], 1);
    assert.match(String(fields['timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4})$/);
  }
});

test('a plugin’s own time stamps have six digits, as Go hosts need', () => {
  let line = '';
  const write = (text: string) => {
    line += text;
  };
  createLog({ level: 'trace', json: true, location: false, clock: systemClock, write }).root.info('m');
  assert.match(JSON.parse(line)['@timestamp'], /\.\d{6}(Z|[+-]\d\d:\d\d)$/);
});

test('an uncaught error is a crash report to the host, and exit code 2', async (t) => {
  const { plugin, log, target } = await start(t, 'target.ts', {});
  await assert.rejects(Promise.resolve(target.status({ crash: '', slow_ms: '9000' }, never)));
  assert.deepEqual(await plugin.exited, { code: 2, signal: null });
  await plugin.kill();
  assert.deepEqual(log.lines('error').slice(0, 3), ['ERROR panic: boom', 'ERROR ', 'ERROR Error: boom']);
});

test('go-plugin #116: five megabytes of log at once reach a host that reads slowly', async (t) => {
  const raw = startRaw(t, fixture(t, 'chatty.ts'), { [cookie.key]: cookie.value });
  raw.child.stderr?.pause();
  await raw.handshake;
  await setTimeout(300);
  raw.child.stderr?.resume();
  while (!raw.stderr.includes('"@message":"last"')) await setTimeout(10);
  const lines = raw.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const numbers = lines.filter((line) => line['@message'] === 'line').map((line) => line['number']);
  assert.deepEqual(
    numbers,
    Array.from({ length: 5120 }, (_, number) => number),
  );
  assert.equal(raw.child.exitCode, null);
});

test('go-plugin #117: a long line on stdout after the handshake is drained', async (t) => {
  const { target } = await start(t, 'peer.mjs', { padding: 70_000 });
  while ((await target.status({ printed: '' }, never))?.ready === false) await setTimeout(5);
});

test('a plugin that floods stderr hurts neither calls nor its host’s memory', async (t) => {
  const { plugin, log, target } = await start(t, 'peer.mjs', { floodMs: 1500 });
  const before = process.memoryUsage.rss();
  const began = performance.now();
  let calls = 0;
  let slowest = 0;
  while (performance.now() - began < 1500) {
    const asked = performance.now();
    await target.status({}, never);
    slowest = Math.max(slowest, performance.now() - asked);
    calls++;
  }
  assert.ok(calls > 20, `${calls} calls`);
  assert.ok(slowest < 1000, `${slowest} ms`);
  assert.ok(process.memoryUsage.rss() - before < 150 * 2 ** 20);
  await plugin.kill();
  assert.ok(log.records.length < 70_000, `${log.records.length} lines`);
});

test('go-plugin #78: a request of 5 MiB is too much by default, and the next one works', async (t) => {
  const session = {
    setConfig: () => undefined,
    close: async () => undefined,
    status: () => ({ ready: true, count: 1, meta: {} }),
    scale: () => ({ kind: 'scaled' }) as const,
  };
  const services = pluginServices({ info: { name: 'x', type: 'target' }, session });
  const target = async (options: object) => {
    const { line } = serveHere(t, {}, { versions: { 1: services }, ...options });
    const address = (await line).split('|')[3] ?? '';
    const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
    t.after(() => channel.close());
    return remoteTarget(channel, async () => undefined);
  };
  const big = { big: 'x'.repeat(5 * 2 ** 20) };
  const usual = await target({});
  await assert.rejects(Promise.resolve(usual.status(big, never)), { status: 8, code: 'plugin_failed' });
  assert.equal((await usual.status({}, never))?.count, 1);
  const generous = await target({ largestRequest: -1 });
  assert.equal((await generous.status(big, never))?.count, 1);
});
