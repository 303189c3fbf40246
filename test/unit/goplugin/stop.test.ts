import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HealthService } from '../../../src/goplugin/generated/goplugin/health.ts';
import { type HostOptions, type HostWorld, startPlugin } from '../../../src/goplugin/host.ts';
import { childrenOf } from '../../../src/goplugin/process-tree.ts';
import { findProcess } from '../../../src/goplugin/process-watch.ts';
import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import { cookie } from '../../../src/wire/profile.ts';
import { remoteTarget } from '../../../src/wire/remote.ts';
import { executable, fixture, fixturePath, hostWorld, LogBook, never } from '../../support/goplugin.ts';
import { halt } from '../../support/proc.ts';

const plain: HostOptions = { cookie, versions: [1], autoMtls: 'off' };

async function start(t: TestContext, file: string, args: object, world: Partial<HostWorld> = {}) {
  const log = new LogBook();
  const plugin = await startPlugin(fixture(t, file, JSON.stringify(args)), plain, hostWorld(log, world), never);
  t.after(() => plugin.kill());
  return { plugin, log, target: remoteTarget(plugin.channel, async () => undefined) };
}

/** Real time that runs so many times faster: the kill sequence's seconds are waited out in milliseconds. */
const fasterBy = (factor: number): Clock => ({
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / factor, run),
});

test('go-plugin #118: a plugin that is stopped cleans up and leaves nothing', async (t) => {
  const { plugin, log } = await start(t, 'target.ts', {});
  assert.deepEqual(await plugin.kill(), { forced: false });
  assert.equal(plugin.done.aborted, true);
  assert.deepEqual(await plugin.exited, { code: 0, signal: null });
  assert.ok(log.lines().includes('INFO closed'), 'its own clean-up ran');
  assert.deepEqual(log.lines('error'), []);
  assert.equal(existsSync(plugin.address), false);
});

test('go-plugin #119, #120: a plugin that is killed from outside fails its calls, and stopping it is harmless', async (t) => {
  const { plugin, target } = await start(t, 'peer.mjs', {});
  const call = assert.rejects(Promise.resolve(target.status({ hang: '' }, never)), { code: 'plugin_unavailable' });
  process.kill(plugin.pid, 'SIGKILL');
  const began = performance.now();
  await once(plugin.done, 'abort');
  await call;
  assert.ok(performance.now() - began < 2000);
  assert.deepEqual(await plugin.kill(), { forced: false });
  await assert.rejects(Promise.resolve(target.status({}, never)), {
    message: "rpc error: code = Canceled desc = the plugin's process ended: signal: killed",
  });
});

test('go-plugin #73: after its end a call is rejected and never throws', async (t) => {
  const { plugin } = await start(t, 'peer.mjs', {});
  await plugin.kill();
  const ping = plugin.channel.unary(HealthService.check, { service: 'plugin' });
  await assert.rejects(ping, { status: 1 });
});

test('go-plugin #72: a running plugin answers pings, a stopped one does not', async (t) => {
  const { plugin } = await start(t, 'target.ts', {});
  const ping = () => plugin.channel.unary(HealthService.check, { service: 'plugin' }, never);
  assert.deepEqual([await ping(), await ping()], [{ status: 1 }, { status: 1 }]);
  process.kill(plugin.pid, 'SIGTERM');
  await plugin.exited;
  await assert.rejects(ping());
});

const stubborn = [
  ['go-plugin #121, plugins #32: one that ignores Shutdown', { shutdown: 'ignore' }],
  ['go-plugin #121: one without the controller service', { without: ['controller'] }],
  ['go-plugin #121: one that never answers Shutdown', { shutdown: 'hang' }],
] as const;
for (const [what, args] of stubborn) {
  test(`${what} is killed, with a warning, and its socket is removed`, async (t) => {
    const { plugin, log } = await start(t, 'peer.mjs', args, { clock: fasterBy(20) });
    assert.ok(existsSync(plugin.address));
    assert.deepEqual(await plugin.kill(), { forced: true });
    assert.deepEqual(await plugin.exited, { code: null, signal: 'SIGKILL' });
    assert.deepEqual(log.lines('warn'), ['WARN plugin failed to exit gracefully']);
    assert.equal((await log.has('plugin process exited')).fields['error'], 'signal: killed');
  });
}

test('a plugin behind a shell that stayed its parent is killed with that shell', async (t) => {
  const log = new LogBook();
  const real = fixture(t, 'peer.mjs', '{}');
  const path = executable(t, `#!/bin/sh\n${[real.path, ...real.args].map((arg) => `'${arg}'`).join(' ')}\nexit 1\n`);
  const sendSignal = (pid: number, signal: NodeJS.Signals | 0) => process.kill(pid, signal);
  const world = hostWorld(log, { clock: fasterBy(20), sendSignal });
  const plugin = await startPlugin({ path, args: [] }, plain, world, never);
  const [child = 0] = childrenOf(plugin.pid);
  await halt(child);
  assert.deepEqual(await plugin.kill(), { forced: true });
  while ((await findProcess(child, sendSignal)) !== undefined) await nextTurn();
});

test('go-plugin #122: a plugin whose loop is blocked, or that is stopped, is killed within 5 s', async (t) => {
  const clock = fasterBy(2);
  const blocked = await start(t, 'peer.mjs', { shutdown: 'block' }, { clock });
  void Promise.resolve(blocked.target.status({}, never)).catch(() => undefined);
  const stopped = await start(t, 'peer.mjs', {}, { clock });
  await halt(stopped.plugin.pid);
  const began = performance.now();
  const ends = await Promise.all([blocked.plugin.kill(), stopped.plugin.kill()]);
  assert.deepEqual(ends, [{ forced: true }, { forced: true }]);
  const tookMs = (performance.now() - began) * 2;
  assert.ok(tookMs > 3900 && tookMs < 5000, `${tookMs} ms`);
});

test('go-plugin #123: two stops are one', async (t) => {
  const { plugin, log } = await start(t, 'target.ts', {});
  assert.equal(plugin.kill(), plugin.kill());
  await plugin.kill();
  assert.equal(log.lines().filter((line) => line === 'INFO closed').length, 1);
});

test('go-plugin #124: a grandchild that holds the pipes open does not hold up the end', async (t) => {
  const { plugin, log } = await start(t, 'peer.mjs', { grandchildMs: 8000 });
  await log.has('grandchild');
  const exitedAt = plugin.exited.then(() => performance.now());
  await plugin.kill();
  assert.ok(performance.now() - (await exitedAt) < 2000);
});

test('go-plugin #125: what a crashed plugin leaves is removed, and nothing else', async (t) => {
  const { plugin, log } = await start(t, 'target.ts', {});
  process.kill(plugin.pid, 'SIGKILL');
  await plugin.kill();
  assert.equal(existsSync(plugin.address), false);
  assert.deepEqual(log.lines('error'), ['ERROR plugin process exited']);
});

test('go-plugin #130: a call that runs while the plugin is stopped fails, and the plugin ends in good order', async (t) => {
  const { plugin, target } = await start(t, 'target.ts', {});
  const call = assert.rejects(Promise.resolve(target.status({ slow_ms: '60000' }, never)), {
    code: 'plugin_unavailable',
  });
  await target.status({}, never);
  assert.deepEqual(await plugin.kill(), { forced: false });
  await call;
});

/** A process that has ended but was not waited for counts as gone. */
function isRunning(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

test('go-plugin #128: a plugin whose host was killed ends and removes its socket', async (t) => {
  const { path, args } = fixture(t, 'target.ts');
  const host = spawn(process.execPath, ['--conditions=source', fixturePath('host.ts'), path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = await once(host.stdout, 'data');
  const [pid = '', address = ''] = String(chunk).trim().split(' ');
  assert.ok(existsSync(address));
  host.kill('SIGKILL');
  const began = performance.now();
  while (existsSync(address) || isRunning(pid)) {
    assert.ok(performance.now() - began < 10_000, 'it is still there');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('go-plugin #129: a host that reads no log any more does not make its plugin crash', async (t) => {
  const { path, args } = fixture(t, 'target.ts');
  const child = spawn(path, args, {
    env: { PATH: process.env['PATH'], [cookie.key]: cookie.value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [chunk] = await once(child.stdout, 'data');
  child.stderr.destroy();
  const address = String(chunk).split('|')[3] ?? '';
  const { openChannel } = await import('../../../src/goplugin/channel.ts');
  const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
  t.after(() => channel.close());
  const target = remoteTarget(channel, async () => undefined);
  const action = { direction: 'up', count: 1, reason: '', meta: {} } as const;
  for (let call = 0; call < 5; call++) await target.scale(action, {}, never); // each writes a log line
  assert.equal(child.exitCode, null);
});
