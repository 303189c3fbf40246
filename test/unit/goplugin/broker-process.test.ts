import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openChannel } from '../../../src/goplugin/channel.ts';
import type { ClientOptions } from '../../../src/goplugin/client.ts';
import { HealthService } from '../../../src/goplugin/generated/goplugin/health.ts';
import { parseHandshake } from '../../../src/goplugin/handshake.ts';
import { connectOnce } from '../../../src/goplugin/multiplexed-host.ts';
import { startRelay } from '../../../src/goplugin/relay.ts';
import { systemClock, virtualClock } from '../../../src/lib/clock.ts';
import { adder, counter, counterCookie, counterServices, pattern } from '../../support/bidirectional.ts';
import { brokerPair, placeFor } from '../../support/broker.ts';
import { fixture, never, serveHere, tempFolder } from '../../support/goplugin.ts';
import { clientOf } from '../../support/goplugin-client.ts';

const versions = { 1: { counter } };

/** A plugin process and its client, who both put their sockets into one folder. */
async function started(t: TestContext, options: Partial<ClientOptions<(typeof versions)[1]>>) {
  const folder = tempFolder(t);
  const env = { ...process.env, TMPDIR: folder };
  const all = { command: fixture(t, 'counter.ts'), cookie: counterCookie, versions, ...options };
  const { client, log } = clientOf<(typeof versions)[1]>(t, all, { env, tempDir: folder });
  const plugin = await client.start();
  return { client, log, plugin, counter: client.dispense('counter'), sockets: () => readdirSync(folder) };
}

for (const multiplex of [false, true]) {
  for (const autoMtls of ['off', 'required'] as const) {
    const how = `${multiplex ? 'one connection' : 'a listener each'}, AutoMTLS ${autoMtls}`;
    test(`go-plugin #98: host and plugin call each other and leave no socket, ${how}`, async (t) => {
      const { client, plugin, counter, log, sockets } = await started(t, { multiplex, autoMtls });
      await Promise.all([1, 2, 3].map((value) => counter.put(`n${value}`, value)));
      assert.equal(await counter.get('n3'), 3);
      assert.deepEqual(await Promise.all([counter.add(1, 1), counter.add(2, 2)]), [1002, 1004]);
      await plugin.broker.accept(50, [adder(0)]);
      assert.ok((await counter.read(6_000_000)).equals(pattern(6_000_000)));
      assert.ok(sockets().length > 0);
      void plugin.kill();
      await assert.rejects(plugin.broker.accept(51, []), { message: 'broker closed' }); // first of all
      await client.kill();
      assert.equal(client.wasForced, false);
      assert.deepEqual(sockets(), []);
      assert.deepEqual([...log.lines('error'), ...log.lines('warn')], []);
    });
  }
}

test('the brokered sockets of a plugin that was killed are removed by its host', async (t) => {
  const { client, plugin, counter, sockets } = await started(t, {});
  await counter.add(1, 1);
  assert.equal(sockets().length, 2); // the plugin's own, and the one of its offer
  process.kill(plugin.pid, 'SIGKILL');
  await plugin.exited;
  await client.kill();
  assert.deepEqual(sockets(), []);
});

test('go-plugin #98: a plugin that is terminated takes its brokered sockets along', async (t) => {
  const { plugin, counter, sockets } = await started(t, {});
  await counter.add(1, 1);
  assert.equal(sockets().length, 2);
  process.kill(plugin.pid, 'SIGTERM');
  await plugin.exited;
  assert.deepEqual(sockets(), []);
});

test('a plugin of one connection that is killed takes the calls along', async (t) => {
  const { plugin, counter } = await started(t, { multiplex: true });
  await counter.add(1, 1);
  const cut = assert.rejects(counter.get('offer'), { code: 'plugin_unavailable' });
  process.kill(plugin.pid, 'SIGKILL');
  await cut;
  await plugin.exited;
  await assert.rejects(counter.broker.dial(1), { message: 'broker closed' });
});

const asked = { PLUGIN_MULTIPLEX_GRPC: 'true' };

async function addressOf(line: Promise<string>): Promise<string> {
  return parseHandshake(await line, { versions: [1], tls: false, multiplex: true }).address;
}

test('go-plugin #100: a plugin to which nobody connects within five seconds ends by itself', async (t) => {
  const clock = virtualClock();
  const { self, line, log } = serveHere(t, asked, {}, { clock });
  const address = await addressOf(line);
  await clock.advance(4_999);
  assert.equal(existsSync(address), true);
  await clock.advance(1);
  await clock.advance(1_000);
  assert.equal(await self.exited, 1);
  assert.equal(existsSync(address), false);
  const { fields } = await log.has('grpc server');
  assert.equal(fields['error'], 'timed out waiting for connection to be established');
});

test('a plugin of one connection takes the first, removes its socket, and ends when that is lost', async (t) => {
  const { self, line } = serveHere(t, asked, { versions: { 1: counterServices } });
  const address = await addressOf(line);
  const one = await connectOnce({ network: 'unix', address }, placeFor(tempFolder(t)), systemClock, never);
  const channel = await openChannel(one.at, undefined, systemClock);
  t.after(() => channel.close());
  assert.deepEqual(await channel.unary(HealthService.check, { service: 'plugin' }), { status: 1 });
  assert.equal(existsSync(address), false);
  const second = connect(address);
  await new Promise((resolve) => second.once('error', resolve));
  one.close();
  assert.equal(await self.exited, 0);
});

test('a connection over TCP does as well as one over a socket', async (t) => {
  const { line } = serveHere(t, asked, {}, {}, 'win32');
  const to = parseHandshake(await line, { versions: [1], tls: false, multiplex: true });
  const where = { ...placeFor(tempFolder(t)), network: 'tcp' } as const;
  const one = await connectOnce(to, where, systemClock, never);
  const channel = await openChannel(one.at, undefined, systemClock);
  assert.deepEqual(await channel.unary(HealthService.check, { service: 'plugin' }), { status: 1 });
  channel.close();
  one.close();
});

test('a relay is for this user alone, and every connection to it is a stream of its own', async (t) => {
  const { multiplexer, folder } = brokerPair(t, 'multiplexed');
  let opened = 0;
  const open = () => {
    opened++;
    return opened === 2 ? Promise.reject(new Error('no')) : multiplexer.open();
  };
  const { at, close } = await startRelay(open, placeFor(folder));
  assert.equal(statSync(at.address).mode & 0o777, 0o600);
  const ends = [1, 2, 3].map(() => {
    const socket = connect(at.address);
    return new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
  });
  await Promise.all(ends); // one is refused here, two are streams that the other side has no use for
  assert.equal(opened, 3);
  close();
  assert.deepEqual(readdirSync(folder), []);
});
