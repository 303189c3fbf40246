import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { MetricPush } from '../../../src/agent/metric-push.ts';
import { openMetricSocket } from '../../../src/commands/metric-socket.ts';
import { virtualClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import { started, startTestAgent } from '../../support/agent.ts';

/** A way to a server that keeps what it is sent. */
function stage(protocol: 'udp' | 'tcp' = 'udp') {
  const clock = virtualClock();
  const sent: string[] = [];
  const told: string[] = [];
  const sockets: { isOpen: boolean; fail: (error: Error) => void }[] = [];
  const log = { ...noLog, warn: (text: string) => told.push(text) };
  const push = new MetricPush(protocol, '127.0.0.1:8125', {
    ...{ clock, log },
    open(_protocol, _address, fail) {
      const socket = { isOpen: true, fail };
      sockets.push(socket);
      return {
        send: (text) => sent.push(text),
        close() {
          socket.isOpen = false;
        },
      };
    },
  });
  return { clock, push, sent, sockets, told };
}

test('lines go out together every 100 ms, in datagrams of at most 1,400 characters', async () => {
  const { clock, push, sent } = stage();
  assert.equal(clock.pending, 0);
  for (let at = 0; at < 40; at++) push.write(`${'x'.repeat(99)}\n`);
  await clock.advance(99);
  assert.equal(sent.length, 0);
  await clock.advance(1);
  assert.deepEqual(
    sent.map((text) => text.length),
    [1400, 1400, 1200],
  );
  await clock.advance(10_000);
  assert.equal(sent.length, 3);
  assert.equal(clock.pending, 0);
});

test('over a connection they are one text', async () => {
  const { clock, push, sent } = stage('tcp');
  for (let at = 0; at < 40; at++) push.write(`${'x'.repeat(99)}\n`);
  await clock.advance(100);
  assert.deepEqual(
    sent.map((text) => text.length),
    [4000],
  );
});

test('what nobody takes is dropped beyond 4,096 lines, and the server is asked again after 5 s', async () => {
  const { clock, push, sent, sockets, told } = stage();
  push.write('first\n');
  await clock.advance(100);
  sockets[0]?.fail(new Error('connect ECONNREFUSED'));
  assert.deepEqual([sockets[0]?.isOpen, told], [false, ['metrics do not get through']]);
  for (let at = 0; at < 5_000; at++) push.write('x\n');
  await clock.advance(4_800);
  assert.equal(sockets.length, 1);
  await clock.advance(200);
  assert.equal(sockets.length, 2);
  assert.equal(sent.slice(1).join('').length, 2 * 4_096);
  sockets[1]?.fail(new Error('connect ECONNREFUSED'));
  assert.equal(told.length, 1);
  await clock.advance(600_000);
  push.write('x\n');
  await clock.advance(100);
  sockets[2]?.fail(new Error('connect ECONNREFUSED'));
  assert.equal(told.length, 2);
});

test('what waits at the end is sent', () => {
  const { push, sent, sockets } = stage();
  push.write('last\n');
  push.close();
  assert.deepEqual([sent, sockets[0]?.isOpen], [['last\n'], false]);
});

test('after the end nothing is sent any more, and a server that is left alone gets nothing at the end', async () => {
  const { clock, push, sent, sockets } = stage();
  push.write('first\n');
  await clock.advance(100);
  sockets[0]?.fail(new Error('connect ECONNREFUSED'));
  push.write('waits\n');
  await clock.advance(100);
  push.close();
  push.write('late\n');
  assert.equal(clock.pending, 0);
  assert.deepEqual([sent, sockets.length], [['first\n'], 1]);
});

test('a connection that was given up does no harm to the next', async () => {
  const { clock, push, sockets } = stage('tcp');
  const send = async (ms: number) => {
    push.write('x\n');
    await clock.advance(ms);
  };
  await send(100);
  sockets[0]?.fail(new Error('read ECONNRESET'));
  await send(5_000);
  sockets[0]?.fail(new Error('the connection was closed'));
  await send(100);
  assert.deepEqual(
    sockets.map(({ isOpen }) => isOpen),
    [false, true],
  );
});

test('a server that closes the connection is connected to again', async (t) => {
  const clock = virtualClock();
  const again = Promise.withResolvers<string>();
  let connections = 0;
  const server = createServer((socket) => {
    if (connections++ === 0) socket.end();
    else socket.on('data', (text) => again.resolve(String(text)));
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const failed = Promise.withResolvers<unknown>();
  const log = { ...noLog, warn: (_text: string, fields: unknown) => failed.resolve(fields) };
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const push = new MetricPush('tcp', address, { clock, log, open: openMetricSocket });
  t.after(() => push.close());
  push.write('one\n');
  await clock.advance(100);
  assert.deepEqual(await failed.promise, { address, error: 'the connection was closed' });
  push.write('two\n');
  await clock.advance(5_000);
  assert.equal(await again.promise, 'two\n');
});

test('an agent sends its metrics to statsd and to statsite', async (t) => {
  const statsd = createSocket('udp4');
  t.after(() => statsd.close());
  statsd.bind(0, '127.0.0.1');
  await once(statsd, 'listening');
  const datagram = once(statsd, 'message');
  let streamed = '';
  const statsite = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      streamed += text;
    });
  });
  t.after(() => statsite.close());
  statsite.listen(0, '127.0.0.1');
  await once(statsite, 'listening');
  const port = (statsite.address() as { port: number }).port;
  const telemetry = { statsdAddress: `127.0.0.1:${statsd.address().port}`, statsiteAddress: `127.0.0.1:${port}` };
  const agent = await started(await startTestAgent(t, { flags: { policySources: { nomad: false }, telemetry } }));
  const [text] = await datagram;
  assert.match(String(text), /^nomad-autoscaler\.\S+:\d+\.\d{6}\|(g|c|ms)\n/);
  await agent.until(() => /nomad-autoscaler\.HOST\.policy\.total_num:0\.000000\|g\n/.test(streamed));
});
