import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { type Duplex, duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { BrokerEnd } from '../../../src/goplugin/broker.ts';
import { directConnections } from '../../../src/goplugin/broker-direct.ts';
import { multiplexedConnections } from '../../../src/goplugin/broker-multiplexed.ts';
import type { ConnInfo } from '../../../src/goplugin/generated/goplugin/broker.ts';
import { makeCertificate } from '../../../src/goplugin/mtls.ts';
import { Multiplexer } from '../../../src/goplugin/multiplexer.ts';
import { YamuxSession } from '../../../src/goplugin/yamux.ts';
import { type Clock, systemClock, virtualClock } from '../../../src/lib/clock.ts';
import { explain } from '../../../src/lib/error.ts';
import { add, adder, sum } from '../../support/bidirectional.ts';
import { brokerPair, placeFor, unattachedPair } from '../../support/broker.ts';
import { tempFolder } from '../../support/goplugin.ts';

const modes = ['direct', 'multiplexed'] as const;
const rowOf = { direct: '#92', multiplexed: '#93' } as const;

for (const mode of modes) {
  test(`go-plugin ${rowOf[mode]}: either side calls what the other offers, ${mode}`, async (t) => {
    const { host, plugin } = brokerPair(t, mode);
    await host.accept(host.nextId(), [adder(10)]);
    await plugin.accept(plugin.nextId(), [adder(20)]);
    assert.equal(await add(plugin, 1, 1, 2), 13);
    assert.equal(await add(host, 1, 1, 2), 23);
  });

  test(`go-plugin #96: number 1 of the one side is not number 1 of the other, ${mode}`, async (t) => {
    const { host, plugin } = brokerPair(t, mode);
    assert.deepEqual([host.nextId(), plugin.nextId(), host.nextId()], [1, 1, 2]);
    await Promise.all([host.accept(1, [adder(100)]), plugin.accept(1, [adder(200)])]);
    assert.deepEqual(await Promise.all([add(plugin, 1, 0, 0), add(host, 1, 0, 0)]), [100, 200]);
  });

  test(`go-plugin #61: brokered connections are encrypted with the keys of the main one, ${mode}`, async (t) => {
    const [h, p, foreign] = await Promise.all([1, 2, 3].map(() => makeCertificate(Date.now(), randomBytes)));
    assert.ok(h && p && foreign);
    const keys = { certificate: h.pem, key: h.keyPem, trusted: p.pem };
    const pluginKeys = { certificate: p.pem, key: p.keyPem, trusted: h.pem };
    const { host, plugin } = brokerPair(t, mode, systemClock, [keys, pluginKeys]);
    await host.accept(1, [adder(10)]);
    await plugin.accept(1, [adder(20)]);
    assert.deepEqual([await add(plugin, 1, 0, 0), await add(host, 1, 0, 0)], [10, 20]);
    const stranger = { certificate: foreign.pem, key: foreign.keyPem, trusted: p.pem };
    const wrong = brokerPair(t, mode, systemClock, [stranger, pluginKeys]);
    await wrong.plugin.accept(1, [adder(20)]);
    await assert.rejects(add(wrong.host, 1, 0, 0), { code: 'plugin_unavailable' });
  });

  test(`many offers are dialed at the same time, in both directions, ${mode}`, async (t) => {
    const { host, plugin } = brokerPair(t, mode);
    const talks = Array.from({ length: 10 }, async (_, number) => {
      await Promise.all([host.accept(number, [adder(100)]), plugin.accept(number, [adder(200)])]);
      return await Promise.all([add(plugin, number, number, 0), add(host, number, number, 0)]);
    });
    assert.deepEqual(
      await Promise.all(talks),
      talks.map((_, number) => [100 + number, 200 + number]),
    );
  });

  test(`go-plugin #97: when the stream has ended the broker is closed for good, ${mode}`, async (t) => {
    const { host, plugin, folder } = brokerPair(t, mode);
    await plugin.accept(1, [adder(0)]);
    const channel = await host.dial(1);
    assert.equal(await sum(channel, 1, 1), 2);
    const waiting = assert.rejects(plugin.dial(9), { message: 'broker closed' });
    host.close();
    await waiting;
    for (const side of [host, plugin]) {
      await assert.rejects(side.accept(2, [adder(0)]), { code: 'plugin_unavailable', message: 'broker closed' });
      await assert.rejects(side.dial(2), { code: 'plugin_unavailable', message: 'broker closed' });
    }
    await assert.rejects(sum(channel, 1, 1), { code: 'plugin_unavailable' });
    assert.deepEqual(readdirSync(folder), []);
  });

  test(`a withdrawn offer cuts its callers and leaves no socket, ${mode}`, async (t) => {
    const { host, plugin, folder } = brokerPair(t, mode);
    const { promise: called, resolve: onCall } = Promise.withResolvers<void>();
    const stuck = () => {
      onCall();
      return new Promise<void>(() => undefined);
    };
    const offer = await plugin.accept(1, [adder(0, stuck)]);
    const channel = await host.dial(1);
    const cut = assert.rejects(sum(channel, 1, 1), { code: 'plugin_unavailable' });
    await called;
    offer.close();
    offer.close();
    await cut;
    channel.close();
    assert.deepEqual(readdirSync(folder), []);
  });

  test(`an offer of before the host’s stream is told when it opens, ${mode}`, async (t) => {
    const { host, plugin, attach } = unattachedPair(t, mode);
    await plugin.accept(1, [adder(5)]);
    attach();
    assert.equal(await add(host, 1, 1, 1), 7);
  });

  test(`a request to an offer is bounded as one to the plugin is, ${mode}`, async (t) => {
    const { host, plugin } = brokerPair(t, mode);
    await plugin.accept(1, [adder(0)], { largestRequest: 4 });
    const channel = await host.dial(1);
    assert.equal(await sum(channel, 1, 1), 2);
    await assert.rejects(sum(channel, 2 ** 40, 2 ** 40), { message: /ResourceExhausted/ });
  });
}

test('go-plugin #94: what is not offered is waited for five seconds', async (t) => {
  const clock = virtualClock();
  const { host } = brokerPair(t, 'direct', clock);
  const refused = assert.rejects(host.dial(1), {
    code: 'deadline_exceeded',
    message: 'timeout waiting for connection info',
  });
  let isOver = false;
  void refused.then(() => {
    isOver = true;
  });
  await clock.advance(4_999);
  assert.equal(isOver, false);
  await clock.advance(1);
  await refused;
});

test('go-plugin #95: an offer is kept for five seconds', async (t) => {
  const clock = virtualClock();
  const { host, plugin } = brokerPair(t, 'direct', clock);
  await plugin.accept(1, [adder(0)]);
  await plugin.accept(2, [adder(0)]);
  await clock.advance(3_000);
  assert.equal(await add(host, 1, 1, 2), 3);
  await clock.advance(3_000);
  const refused = assert.rejects(host.dial(2), { message: 'timeout waiting for connection info' });
  await clock.advance(5_000);
  await refused;
});

test('a dial can be given up, and leaves nothing that waits', async (t) => {
  const clock = virtualClock();
  for (const mode of modes) {
    const { host } = brokerPair(t, mode, clock);
    const stop = new AbortController();
    const refused = assert.rejects(host.dial(1, stop.signal), { name: 'AbortError' });
    await clock.advance(1);
    stop.abort();
    await refused;
    assert.equal(clock.pending, mode === 'direct' ? 0 : 2); // the knock runs its course on both sides
    await clock.advance(5_000);
    assert.equal(clock.pending, 0);
  }
});

test('a dial that is given up after its knock takes no stream of another, and one before its turn knocks not at all', async (t) => {
  const { host, plugin } = brokerPair(t, 'multiplexed');
  const stop = new AbortController();
  const refused = [1, 2].map((id) => assert.rejects(host.dial(id, stop.signal), { name: 'AbortError' }));
  const third = add(host, 3, 1, 1);
  await new Promise(setImmediate);
  stop.abort();
  await Promise.all(refused);
  for (const id of [1, 2, 3]) await plugin.accept(id, [adder(id * 100)]);
  assert.equal(await third, 302);
  assert.equal(await add(host, 2, 1, 1), 202);
});

/** A host's end over one connection, whose other side is this test. */
function withPeer(t: TestContext, clock: Clock) {
  const [near, far] = duplexPair();
  const given: Duplex[] = [];
  const multiplexer = new Multiplexer(clock);
  void multiplexer.carry(near, 'client');
  const peer = new YamuxSession(far, 'server', (stream) => given.push(stream));
  const where = placeFor(tempFolder(t));
  const host = new BrokerEnd(clock, undefined, (line) => multiplexedConnections(line, multiplexer, where, clock));
  const [end, other] = duplexPair({ objectMode: true });
  host.attach(end);
  const knocks: number[] = [];
  other.on('data', ({ serviceId }: ConnInfo) => knocks.push(serviceId));
  t.after(async () => {
    host.close();
    multiplexer.close();
    await peer.closed;
  });
  const answer = (serviceId: number, error = '') =>
    other.write({ serviceId, network: '', address: '', knock: { knock: true, ack: true, error } });
  return { host, given, knocks, answer };
}

test('an answer that comes too late costs one stream and leads no other astray', async (t) => {
  const clock = virtualClock();
  const { host, given, knocks, answer } = withPeer(t, clock);
  const refused = assert.rejects(host.dial(1));
  await clock.advance(5_000);
  await refused;
  const dialing = host.dial(2);
  await clock.advance(0);
  answer(1); // as Go does, whose knocks wait for ever
  answer(9, 'no listener'); // nothing is reserved
  await clock.advance(0);
  assert.deepEqual([knocks, given.length], [[1, 2], 1]);
  answer(2);
  await dialing;
  assert.equal(given.length, 2);
});

test('dials wait for each other, and one that is given up before its turn does not knock', async (t) => {
  const clock = virtualClock();
  const { host, given, knocks, answer } = withPeer(t, clock);
  const stop = new AbortController();
  const first = host.dial(1);
  const second = assert.rejects(host.dial(2, stop.signal), { name: 'AbortError' });
  const third = host.dial(3);
  await clock.advance(0);
  assert.deepEqual(knocks, [1]);
  stop.abort();
  await second;
  answer(1);
  await first;
  await clock.advance(0);
  answer(3);
  await third;
  assert.deepEqual([knocks, given.length], [[1, 3], 2]);
});

test('a channel that was never used gives its stream back when it is closed', async (t) => {
  const { host, given, answer } = withPeer(t, systemClock);
  const dialing = host.dial(1);
  await new Promise(setImmediate);
  answer(1);
  const channel = await dialing;
  await new Promise(setImmediate);
  assert.equal(given[0]?.destroyed, false);
  const ended = new Promise((resolve) => given[0]?.on('close', resolve));
  channel.close();
  await ended;
});

test('over one connection an offer can be dialed again and again, and by many at the same time', async (t) => {
  const { host, plugin } = brokerPair(t, 'multiplexed');
  await plugin.accept(1, [adder(0)]);
  const sums = await Promise.all(Array.from({ length: 20 }, (_, number) => add(host, 1, number, 0)));
  assert.deepEqual(sums, [...Array(20).keys()]);
});

test('a knock at an offer that was withdrawn is answered at once', async (t) => {
  const { host, plugin } = brokerPair(t, 'multiplexed');
  (await plugin.accept(1, [adder(0)])).close();
  assert.equal(
    await host.dial(1).catch(explain),
    'failed to knock before dialling client: failed to knock for id 1: no listener for id 1',
  );
  await plugin.accept(1, [adder(1)]);
  assert.equal(await add(host, 1, 1, 1), 3);
});

test('a stream that nobody knocked for leads nowhere on the host’s side', async (t) => {
  const { plugin, host, multiplexer } = brokerPair(t, 'multiplexed');
  await host.accept(1, [adder(0)]);
  assert.equal(await add(plugin, 1, 1, 1), 2);
  const stream = await multiplexer.open();
  await new Promise((resolve) => stream.on('close', resolve));
});

test('an offer at a strange network is not dialed', async (t) => {
  const [near, far] = duplexPair({ objectMode: true });
  const broker = new BrokerEnd(systemClock, undefined, (line) => directConnections(line, placeFor(tempFolder(t))));
  t.after(() => broker.close());
  broker.attach(near);
  const told: ConnInfo = { serviceId: 1, network: 'vsock', address: '3:1024', knock: undefined };
  far.write(told);
  far.write({ ...told, address: '3:1025' }); // the first that is told under a number counts
  await new Promise(setImmediate);
  await assert.rejects(broker.dial(1), { message: 'unknown address type: 3:1024' });
});

test('a closed broker waits for nothing and keeps nothing', async (t) => {
  const clock = virtualClock();
  for (const mode of modes) {
    const { host, plugin, multiplexer } = brokerPair(t, mode, clock);
    await plugin.accept(1, [adder(0)]);
    const waiting = assert.rejects(plugin.dial(2), { message: 'broker closed' });
    await clock.advance(0);
    assert.ok(clock.pending > 0);
    host.close();
    multiplexer.close();
    await waiting;
    assert.equal(clock.pending, 0, mode);
  }
});

test('keys that are not whole are named when they are needed', async (t) => {
  const { host, plugin } = brokerPair(t, 'direct', systemClock, [{ trusted: '' }, { certificate: '', key: '' }]);
  await assert.rejects(host.accept(1, []), { blame: 'usage', message: /lacks certificate and key/ });
  await assert.rejects(plugin.dial(1), { blame: 'usage', message: /lacks trusted/ });
});

test('a second stream has no effect on the first', async (t) => {
  const { host, plugin } = brokerPair(t, 'direct');
  const [near, far] = duplexPair({ objectMode: true });
  plugin.attach(near as unknown as ServerDuplexStream<ConnInfo, ConnInfo>);
  far.end();
  await new Promise((resolve) => far.resume().on('end', resolve));
  await plugin.accept(1, [adder(0)]);
  assert.equal(await add(host, 1, 1, 1), 2);
});

test('of an end that tells of thousands of sockets the latest are remembered', async (t) => {
  const [near, far] = duplexPair({ objectMode: true });
  const broker = new BrokerEnd(systemClock, undefined, (line) => directConnections(line, placeFor(tempFolder(t))));
  t.after(() => broker.close());
  broker.attach(near);
  for (let serviceId = 0; serviceId < 1_500; serviceId++) {
    far.write({ serviceId, network: 'unix', address: `/s/plugin${serviceId}`, knock: undefined });
  }
  while (broker.sockets.at(-1) !== '/s/plugin1499') await new Promise(setImmediate);
  assert.deepEqual([broker.sockets.length, broker.sockets[0]], [1_000, '/s/plugin500']);
  assert.equal(existsSync('/s'), false);
});
