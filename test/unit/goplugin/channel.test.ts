import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type Channel, openChannel } from '../../../src/goplugin/channel.ts';
import { type ConnInfo, GRPCBrokerService } from '../../../src/goplugin/generated/goplugin/broker.ts';
import { HealthService } from '../../../src/goplugin/generated/goplugin/health.ts';
import { parseHandshake } from '../../../src/goplugin/handshake.ts';
import type { Service } from '../../../src/goplugin/service.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { serveHere, tempFolder } from '../../support/goplugin.ts';

/** A plugin inside this process with these services of its own. */
async function served(t: TestContext, services: readonly Service[] = []): Promise<string> {
  const { line } = serveHere(t, {}, { versions: { 1: services } });
  return parseHandshake(await line, { versions: [1], tls: false, multiplex: false }).address;
}

async function dial(t: TestContext, address: string): Promise<Channel> {
  const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
  t.after(() => channel.close());
  return channel;
}

test('go-plugin #76: numbers come back over a stream in both directions, in order', async (t) => {
  const method = { ...GRPCBrokerService.startStream, path: '/test.Echo/Numbers' };
  const echo: Service = {
    definition: { numbers: method },
    implementation: {
      numbers(call: ServerDuplexStream<ConnInfo, ConnInfo>) {
        call.on('data', (message: ConnInfo) => call.write(message));
        call.on('end', () => call.end());
      },
    },
  };
  const channel = await dial(t, await served(t, [echo]));
  const stream = channel.duplexStream(method);
  const numbers: number[] = [];
  stream.on('data', ({ serviceId }: ConnInfo) => numbers.push(serviceId));
  for (let serviceId = 21; serviceId <= 26; serviceId++) {
    stream.write({ serviceId, network: '', address: '', knock: undefined });
  }
  stream.end();
  await once(stream, 'end');
  assert.deepEqual(numbers, [21, 22, 23, 24, 25, 26]);
});

test('go-plugin #82: after forty idle minutes the same connection carries the next call', async (t) => {
  const address = await served(t);
  let connections = 0;
  const between = createServer((socket) => {
    connections++;
    const plugin = connect(address);
    socket.pipe(plugin).pipe(socket);
    for (const end of [socket, plugin]) end.on('error', () => socket.destroy());
  });
  const path = join(tempFolder(t), 'between');
  between.listen(path);
  await once(between, 'listening');
  t.after(() => between.close());
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  const channel = await dial(t, path);
  const ping = () => channel.unary(HealthService.check, { service: '' });
  assert.equal((await ping()).status, 1);
  for (let minute = 0; minute < 40; minute++) {
    t.mock.timers.tick(60_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await ping()).status, 1);
  assert.equal(connections, 1);
  channel.close();
  t.mock.timers.reset();
});
