import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { YamuxSession } from '../../../src/goplugin/yamux.ts';
import { encodeHeader, flag, frameType, goAway, windowBytes } from '../../../src/goplugin/yamux-frame.ts';

/** Two sessions at the ends of one connection, and the streams that each was given. */
function pair() {
  const [near, far] = duplexPair();
  const given: { readonly client: Duplex[]; readonly server: Duplex[] } = { client: [], server: [] };
  const client = new YamuxSession(near, 'client', (stream) => given.client.push(stream));
  const server = new YamuxSession(far, 'server', (stream) => given.server.push(stream));
  return { client, server, given, near, far };
}

/** A session whose other side is this test, byte by byte. */
function alone(role: 'client' | 'server' = 'server') {
  const [near, far] = duplexPair();
  const given: Duplex[] = [];
  const session = new YamuxSession(near, role, (stream) => given.push(stream));
  let received = Buffer.alloc(0);
  far.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const send = (type: number, flags: number, streamId: number, length: number, body = Buffer.alloc(0)) =>
    far.write(Buffer.concat([encodeHeader({ type, flags, streamId, length }), body]));
  const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  /** The headers that came, as `type/flags/stream/length`, and nothing but headers. */
  const headers = async () => {
    await settled();
    const found: string[] = [];
    for (let at = 0; at < received.length; at += 12) {
      const header = received.subarray(at, at + 12);
      found.push([header[1], header.readUInt16BE(2), header.readUInt32BE(4), header.readUInt32BE(8)].join('/'));
      if (header[1] === frameType.data) at += header.readUInt32BE(8);
    }
    received = Buffer.alloc(0);
    return found;
  };
  return { session, given, far, send, headers, settled };
}

const zeros = (length: number) => Buffer.alloc(length);
const { data, windowUpdate, ping, goAway: leave } = frameType;

test('streams of both sides carry bytes in both directions at the same time', async () => {
  const { client, server, given } = pair();
  const talks = [client.open(), client.open(), server.open()];
  const sent = talks.map((_, number) => randomBytes(100_000 * (number + 1)));
  await new Promise(setImmediate);
  assert.deepEqual([given.server.length, given.client.length], [2, 1]);
  for (const stream of [...given.server, ...given.client]) stream.pipe(stream);
  const back = talks.map((stream, number) => {
    stream.end(sent[number]);
    return buffer(stream);
  });
  assert.deepEqual(await Promise.all(back), sent);
});

test('a client’s streams are odd, a server’s even, and each is announced before its first byte', async () => {
  const client = alone('client');
  client.session.open();
  client.session.open().write('x');
  assert.deepEqual(await client.headers(), ['1/1/1/0', '1/1/3/0', '0/0/3/1']);
  const server = alone('server');
  server.session.open();
  assert.deepEqual(await server.headers(), ['1/1/2/0']);
});

test('a stream that the other side opens is accepted at once', async () => {
  const { given, send, headers } = alone();
  send(data, flag.syn, 1, 3, Buffer.from('abc'));
  assert.deepEqual(await headers(), ['1/2/1/0']);
  assert.equal(String(given[0]?.read()), 'abc');
});

test('frames that come byte by byte are the same frames', async () => {
  const { given, far, settled } = alone();
  const frames = [
    encodeHeader({ type: windowUpdate, flags: flag.syn, streamId: 1, length: 0 }),
    encodeHeader({ type: data, flags: 0, streamId: 1, length: 5 }),
    Buffer.from('hello'),
    encodeHeader({ type: data, flags: flag.fin, streamId: 1, length: 1 }),
    Buffer.from('!'),
  ];
  for (const byte of Buffer.concat(frames)) far.write(Buffer.from([byte]));
  await settled();
  const [stream] = given;
  assert.ok(stream);
  assert.equal(String(await buffer(stream)), 'hello!');
});

test('no more is sent than was granted, and a grant sends the rest', async () => {
  const { session, send, headers } = alone('client');
  const stream = session.open();
  let isSent = false;
  stream.write(zeros(windowBytes + 10), () => {
    isSent = true;
  });
  const lengths = (frames: readonly string[]) =>
    frames.filter((one) => one.startsWith('0/')).reduce((sum, one) => sum + Number(one.split('/')[3]), 0);
  assert.equal(lengths(await headers()), windowBytes);
  assert.equal(isSent, false);
  send(windowUpdate, flag.ack, 1, 4);
  assert.equal(lengths(await headers()), 4);
  send(windowUpdate, 0, 1, 100);
  assert.equal(lengths(await headers()), 6);
  assert.equal(isSent, true);
});

test('what nobody reads is not granted again; reading grants it', async () => {
  const { given, send, headers } = alone();
  send(windowUpdate, flag.syn, 1, 0);
  for (let part = 0; part < 4; part++) send(data, 0, 1, windowBytes / 4, zeros(windowBytes / 4));
  assert.deepEqual(await headers(), ['1/2/1/0']);
  const [stream] = given;
  assert.equal(stream?.readableLength, windowBytes);
  assert.equal(stream?.read()?.length, windowBytes);
  assert.deepEqual(await headers(), [`1/0/1/${windowBytes}`]);
});

test('go-plugin #102: ten megabytes to a slow reader break no window and fill no memory', async () => {
  const { client, given } = pair();
  const stream = client.open();
  await new Promise(setImmediate);
  const [reader] = given.server;
  assert.ok(reader);
  const sent = randomBytes(10 * 2 ** 20);
  stream.end(sent);
  const received: Buffer[] = [];
  let most = 0;
  for await (const chunk of reader) {
    received.push(chunk);
    most = Math.max(most, reader.readableLength);
    await new Promise(setImmediate);
  }
  assert.ok(Buffer.concat(received).equals(sent));
  assert.ok(most <= windowBytes, `${most} bytes waited`);
});

test('more than was granted ends the session with a protocol error', async () => {
  const { session, given, send, headers } = alone();
  send(windowUpdate, flag.syn, 1, 0);
  await headers();
  const failed = new Promise<Error>((resolve) => given[0]?.on('error', resolve));
  send(data, 0, 1, windowBytes + 1);
  assert.match((await failed).message, /262145 bytes came where 262144 were granted/);
  assert.deepEqual((await headers()).at(-1), `3/0/0/${goAway.protocolError}`);
  await session.closed;
});

const nonsense: readonly (readonly [string, Buffer])[] = [
  ['another version', Buffer.from([9, ...zeros(11)])],
  ['another type', Buffer.from([0, 7, ...zeros(10)])],
  ['an own number', encodeHeader({ type: windowUpdate, flags: flag.syn, streamId: 2, length: 0 })],
  ['number zero', encodeHeader({ type: windowUpdate, flags: flag.syn, streamId: 0, length: 0 })],
  ['an error of the other side', encodeHeader({ type: leave, flags: 0, streamId: 0, length: 2 })],
];
for (const [what, bytes] of nonsense) {
  test(`${what} ends the session`, async () => {
    const { session, far, headers } = alone();
    far.write(bytes);
    assert.deepEqual(await headers(), [`3/0/0/${goAway.protocolError}`]);
    await session.closed;
    assert.throws(() => session.open(), /the connection is closed/);
  });
}

test('the same number cannot be opened twice', async () => {
  const { send, headers } = alone();
  send(windowUpdate, flag.syn, 1, 0);
  send(windowUpdate, flag.syn, 1, 0);
  assert.equal((await headers()).at(-1), `3/0/0/${goAway.protocolError}`);
});

test('pings are answered with their number', async () => {
  const { send, headers } = alone();
  send(ping, flag.syn, 0, 77);
  send(ping, flag.ack, 0, 78); // an answer, to nothing
  assert.deepEqual(await headers(), [`2/${flag.ack}/0/77`]);
});

/** A connection that takes one frame, and the next when it is told to. */
function stuckConnection() {
  const sent: Buffer[] = [];
  const taken: (() => void)[] = [];
  const stuck = new Duplex({
    highWaterMark: 1,
    read: () => undefined,
    write: (chunk, _encoding, done) => {
      sent.push(chunk);
      taken.push(done);
    },
  });
  return { stuck, sent, goOn: () => taken.shift()?.() };
}

test('a connection that is full holds its streams back', async () => {
  const { stuck, goOn } = stuckConnection();
  const session = new YamuxSession(stuck, 'client', () => undefined);
  const written = [200_000, 200_000, 100].map(
    (length) => new Promise<void>((resolve) => session.open().write(zeros(length), () => resolve())),
  );
  let isWritten = false;
  void Promise.race(written).then(() => {
    isWritten = true;
  });
  await new Promise(setImmediate);
  assert.ok(stuck.writableLength < 2 * 65_536 + 200, `${stuck.writableLength} bytes wait`);
  assert.equal(isWritten, false);
  for (; stuck.writableLength > 0; goOn()) await new Promise(setImmediate);
  await Promise.all(written);
  stuck.destroy();
});

test('a side that pings and does not read gets one answer when it does', async () => {
  const { stuck, sent, goOn } = stuckConnection();
  new YamuxSession(stuck, 'server', () => undefined);
  for (let number = 0; number < 1000; number++) {
    stuck.push(encodeHeader({ type: ping, flags: flag.syn, streamId: 0, length: number }));
  }
  await new Promise(setImmediate);
  assert.equal(sent.length, 1);
  goOn();
  await new Promise(setImmediate);
  assert.deepEqual(
    sent.map((frame) => frame.readUInt32BE(8)),
    [0, 999],
  );
  stuck.destroy();
});

test('a stream ends in each direction by itself, and is forgotten after both', async () => {
  const { client, given } = pair();
  const stream = client.open();
  await new Promise(setImmediate);
  const [other] = given.server;
  assert.ok(other);
  const closed = [stream, other].map((one) => once(one, 'close'));
  stream.end('question');
  assert.equal(String(await buffer(other)), 'question');
  other.end('answer');
  assert.equal(String(await buffer(stream)), 'answer');
  await Promise.all(closed);
});

test('a destroyed stream is reset on the other side, and the others live on', async () => {
  const { client, given } = pair();
  const [one, two] = [client.open(), client.open()];
  await new Promise(setImmediate);
  const [first, second] = given.server;
  assert.ok(first && second);
  const failed = new Promise<Error>((resolve) => first.on('error', resolve));
  one.destroy();
  assert.match((await failed).message, /reset/);
  two.end('still here');
  assert.equal(String(await buffer(second)), 'still here');
});

test('a stream that is destroyed after the other side has ended is ended, not reset', async () => {
  const { given, send, headers } = alone();
  send(windowUpdate, flag.syn, 1, 0);
  send(windowUpdate, flag.fin, 1, 0);
  await headers();
  given[0]?.destroy();
  assert.deepEqual(await headers(), [`1/${flag.fin}/1/0`]);
});

test('data for a stream that was reset is passed over', async () => {
  const { given, send, headers } = alone();
  send(windowUpdate, flag.syn, 1, 0);
  await headers();
  given[0]?.destroy();
  send(data, 0, 1, 5, Buffer.from('late!'));
  send(ping, flag.syn, 0, 1);
  assert.deepEqual(await headers(), [`1/${flag.rst}/1/0`, `2/${flag.ack}/0/1`]);
});

test('who goes away opens nothing more', async () => {
  const { session, send, settled } = alone('client');
  send(leave, 0, 0, goAway.normal);
  await settled();
  assert.throws(() => session.open(), /the connection is closed/);
});

test('closing a session ends its streams on both sides', async () => {
  const { client, server, given } = pair();
  const stream = client.open();
  await new Promise(setImmediate);
  const ends = [stream, ...given.server].map((one) => new Promise((resolve) => one.on('close', resolve)));
  client.close();
  client.close();
  await Promise.all([...ends, client.closed, server.closed]);
  assert.throws(() => server.open(), /the connection is closed/);
});

test('a connection that breaks ends the streams', async () => {
  const { client, near } = pair();
  const stream = client.open();
  const failed = new Promise<Error>((resolve) => stream.on('error', resolve));
  near.destroy(new Error('broken'));
  await client.closed;
  assert.match((await failed).message, /closed/);
});
