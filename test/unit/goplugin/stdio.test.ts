import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { type Channel, openChannel } from '../../../src/goplugin/channel.ts';
import { HealthService } from '../../../src/goplugin/generated/goplugin/health.ts';
import { GRPCStdioService, type StdioData } from '../../../src/goplugin/generated/goplugin/stdio.ts';
import { startPlugin } from '../../../src/goplugin/host.ts';
import { OutputQueue } from '../../../src/goplugin/stdio.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { cookie } from '../../../src/wire/profile.ts';
import { remoteTarget } from '../../../src/wire/remote.ts';
import { fixture, hostWorld, LogBook, never, type ServedHere, serveHere } from '../../support/goplugin.ts';

async function connect(t: TestContext, { line }: ServedHere): Promise<Channel> {
  const channel = await openChannel(
    { network: 'unix', address: (await line).split('|')[3] ?? '' },
    undefined,
    systemClock,
  );
  t.after(() => channel.close());
  return channel;
}

/** Collects what a stream of printed output brings, until so many bytes are there. */
function collect(channel: Channel, size: number): Promise<Buffer> {
  const stream = channel.serverStream(GRPCStdioService.streamStdio, {});
  stream.on('error', () => undefined);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let left = size;
    stream.on('data', ({ data }: StdioData) => {
      chunks.push(data);
      left -= data.length;
      if (left <= 0) resolve(Buffer.concat(chunks));
    });
  });
}

test('go-plugin #83: what a plugin prints reaches the host’s receivers byte for byte', async (t) => {
  const texts = { stdout: '', stderr: '' };
  const arrived = new Promise<void>((resolve) => {
    const take = (name: 'stdout' | 'stderr') => (chunk: Uint8Array) => {
      texts[name] += Buffer.from(chunk).toString();
      if (texts.stdout.endsWith('world!\n') && texts.stderr.endsWith('messages!')) resolve();
    };
    const options = {
      cookie,
      versions: [1],
      autoMtls: 'off',
      output: { stdout: take('stdout'), stderr: take('stderr') },
    } as const;
    void startPlugin(fixture(t, 'target.ts'), options, hostWorld(new LogBook()), never).then((plugin) => {
      t.after(() => plugin.kill());
      const target = remoteTarget(plugin.channel, async () => undefined);
      return target.status({ print: 'hello\nworld!', complain: 'and some error\n messages!' }, never);
    });
  });
  await arrived;
  assert.deepEqual(texts, { stdout: 'hello\nworld!\n', stderr: 'and some error\n messages!' });
});

test('go-plugin #85: three megabytes arrive in order, in messages of 1024 bytes at most', async (t) => {
  const served = serveHere(t, {});
  const channel = await connect(t, served);
  const sent = createHash('sha256');
  const stream = channel.serverStream(GRPCStdioService.streamStdio, {});
  stream.on('error', () => undefined);
  const got = createHash('sha256');
  let received = 0;
  let longest = 0;
  stream.on('data', ({ data }: StdioData) => {
    got.update(data);
    received += data.length;
    longest = Math.max(longest, data.length);
  });
  for (let part = 1; part <= 48; part++) {
    const bytes = Buffer.alloc(65_536, part);
    sent.update(bytes);
    served.printed.put('stdout', bytes);
    while (received < (part - 8) * 65_536) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (received < 3 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(got.digest('hex'), sent.digest('hex'));
  assert.equal(longest, 1024);
});

test('go-plugin #86: what was printed before a host asked is delivered', async (t) => {
  const served = serveHere(t, {});
  served.printed.put('stdout', Buffer.from('early'));
  const bytes = await collect(await connect(t, served), 5);
  assert.equal(bytes.toString(), 'early');
});

test('go-plugin #87: output that nobody fetches is bounded, and its loss is told once', async (t) => {
  const served = serveHere(t, {});
  const channel = await connect(t, served);
  const chunk = Buffer.alloc(16_384);
  const before = process.memoryUsage.rss();
  for (let mib = 0; mib < 100; mib++) {
    chunk.fill(mib);
    for (let part = 0; part < 64; part++) served.printed.put('stdout', chunk);
  }
  assert.ok(process.memoryUsage.rss() - before < 50 * 2 ** 20);
  assert.deepEqual(served.log.lines('warn'), ['WARN printed output was left out, nobody fetches it fast enough']);
  assert.deepEqual(await channel.unary(HealthService.check, { service: '' }), { status: 1 });
  const bytes = await collect(channel, 2 ** 20);
  assert.deepEqual([bytes[0], bytes.length], [99, 2 ** 20]);
});

test('go-plugin #88: a host that reads slowly fills the queue and not the memory', async (t) => {
  const served = serveHere(t, {});
  const channel = await connect(t, served);
  const stream = channel.serverStream(GRPCStdioService.streamStdio, {});
  stream.on('error', () => undefined);
  stream.pause();
  await channel.unary(HealthService.check, { service: '' });
  const chunk = Buffer.alloc(16_384);
  const before = process.memoryUsage.rss();
  for (let mib = 0; mib < 64; mib++) {
    for (let part = 0; part < 64; part++) served.printed.put('stdout', chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(process.memoryUsage.rss() - before < 40 * 2 ** 20);
  assert.equal(served.log.lines('warn').length, 1);
});

test('go-plugin #89: two readers share the output, and none gets a copy', async (t) => {
  const served = serveHere(t, {});
  const channel = await connect(t, served);
  let got = '';
  for (let reader = 0; reader < 2; reader++) {
    const stream = channel.serverStream(GRPCStdioService.streamStdio, {});
    stream.on('error', () => undefined);
    stream.on('data', ({ data }: StdioData) => {
      got += data.toString();
    });
  }
  await channel.unary(HealthService.check, { service: '' });
  for (const letter of 'abcdef') served.printed.put('stdout', Buffer.from(letter));
  while (got.length < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  await channel.unary(HealthService.check, { service: '' });
  assert.equal([...got].sort().join(''), 'abcdef');
});

test('go-plugin #90: an unknown channel is a warning, and the stream goes on', async (t) => {
  const log = new LogBook();
  const stdio = [
    { channel: 0, data: 'lost' },
    { channel: 1, data: 'kept' },
  ];
  let got = '';
  const stdout = (chunk: Uint8Array) => {
    got += Buffer.from(chunk).toString();
  };
  const output = { stdout };
  const command = fixture(t, 'peer.mjs', JSON.stringify({ stdio }));
  const plugin = await startPlugin(command, { cookie, versions: [1], autoMtls: 'off', output }, hostWorld(log), never);
  t.after(() => plugin.kill());
  await log.has('unknown channel, dropping');
  while (got === '') await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(got, 'kept');
});

test('go-plugin #91: a character that is cut by a message’s end stays as it is', () => {
  const queue = new OutputQueue();
  const text = `${'x'.repeat(1023)}ü`;
  queue.put('stderr', Buffer.from(text));
  const parts = [queue.take(), queue.take()].map((message) => message?.data ?? Buffer.alloc(0));
  assert.deepEqual(
    parts.map((part) => part.length),
    [1024, 1],
  );
  assert.equal(Buffer.concat(parts).toString(), text);
  assert.equal(queue.take(), undefined);
});

test('the newest megabyte of each channel is kept, across the edge of its buffer', () => {
  const queue = new OutputQueue();
  let losses = 0;
  queue.onLoss(() => losses++);
  let sent = '';
  for (let line = 0; sent.length < 2.5 * 2 ** 20; line++) {
    const text = `${line} `.repeat(100);
    sent += text;
    queue.put('stdout', Buffer.from(text));
  }
  const got: Buffer[] = [];
  for (let message = queue.take(); message !== undefined; message = queue.take()) got.push(message.data);
  assert.equal(Buffer.concat(got).toString(), sent.slice(-(2 ** 20)));
  assert.equal(losses, 1);
});
