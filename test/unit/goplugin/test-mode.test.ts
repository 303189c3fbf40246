import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openChannel } from '../../../src/goplugin/channel.ts';
import { GRPCControllerService } from '../../../src/goplugin/generated/goplugin/controller.ts';
import { servePluginInTest, type TestWorld } from '../../../src/goplugin/test-mode.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import { tempFolder } from '../../support/goplugin.ts';
import { clientOf } from '../../support/goplugin-client.ts';

/** A plugin in test mode that ends with the test. */
async function inTest(t: TestContext, env: TestWorld['env'] = {}, platform: NodeJS.Platform = process.platform) {
  const stop = new AbortController();
  const { pid } = process;
  const tempDir = tempFolder(t);
  const world = { clock: systemClock, log: noLog, env, pid, platform, randomBytes, tempDir };
  const plugin = await servePluginInTest({ versions: { 2: [], 3: [] } }, stop.signal, world);
  t.after(() => stop.abort());
  return { ...plugin, stop, tempDir };
}

test('go-plugin #141: a plugin in a test is reached, survives kill, and ends with its signal', async (t) => {
  const { reattach, closed, stop } = await inTest(t);
  const { client } = clientOf(t, { reattach, versions: { 2: { target: ({ channel }) => channel } } });
  const { version } = await client.start();
  assert.deepEqual([version, reattach.protocolVersion, reattach.pid, reattach.test], [2, 2, process.pid, true]);
  await client.ping();
  await client.kill();
  await client.ping();
  assert.equal(client.exited, false);
  stop.abort();
  await closed;
  await assert.rejects(client.ping(), { code: 'plugin_unavailable' });
  assert.equal(existsSync(reattach.address), false);
});

test('go-plugin #142: the socket lies where the environment says', async (t) => {
  const folder = tempFolder(t);
  const { reattach } = await inTest(t, { PLUGIN_UNIX_SOCKET_DIR: folder });
  assert.equal(dirname(reattach.address), folder);
});

test('without that it lies in the folder for temporary files; the highest of the versions that are asked for is served', async (t) => {
  const { reattach, tempDir } = await inTest(t, { PLUGIN_PROTOCOL_VERSIONS: '3,4' });
  assert.equal(dirname(reattach.address), tempDir);
  assert.equal(reattach.protocolVersion, 3);
});

test('go-plugin #143: output stays where it is, and an interrupt ends the process as ever', async (t) => {
  const before = [process.stdout.write, process.stderr.write, process.listenerCount('SIGINT')];
  await inTest(t);
  assert.deepEqual([process.stdout.write, process.stderr.write, process.listenerCount('SIGINT')], before);
});

test('a host that says Shutdown ends it as well', async (t) => {
  const { reattach, closed } = await inTest(t);
  const channel = await openChannel(reattach, undefined, systemClock);
  t.after(() => channel.close());
  await channel.unary(GRPCControllerService.shutdown, {}).catch(() => undefined);
  await closed;
});

test('one that is given up before it begins does not begin', async () => {
  await assert.rejects(servePluginInTest({ versions: { 1: [] } }, AbortSignal.abort()), { name: 'AbortError' });
});
