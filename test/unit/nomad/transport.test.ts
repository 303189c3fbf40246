import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeCertificate } from '../../../src/goplugin/mtls.ts';
import { type HttpRequest, openTransport, type TransportOptions } from '../../../src/nomad/transport.ts';
import { never } from '../../support/nomad.ts';
import { serveHttp } from '../../support/nomad-http.ts';

const get: HttpRequest = { method: 'GET', path: '/v1/jobs?a=b', headers: {}, timeoutMs: 5_000, maxBytes: 100_000 };

async function open(t: TestContext, options: Pick<TransportOptions, 'origin'> & Partial<TransportOptions>) {
  const transport = await openTransport({ connections: 3, heldConnections: 2, ...options });
  t.after(() => transport.close());
  return transport.send;
}

test('a request goes out as it was given and the answer comes back whole', async (t) => {
  const { origin } = await serveHttp(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.setHeader('X-Nomad-Index', '7');
      const seen = [request.method, request.url, request.headers['x-nomad-token'], Buffer.concat(parts).toString()];
      response.end(JSON.stringify(seen));
    });
  });
  const send = await open(t, { origin });
  const answer = await send({ ...get, method: 'PUT', headers: { 'x-nomad-token': 'tok' }, body: '{"ä":1}' }, never);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-nomad-index'], '7');
  assert.deepEqual(JSON.parse(answer.body), ['PUT', '/v1/jobs?a=b', 'tok', '{"ä":1}']);
});

test('hundreds of requests at once share few connections, and keep them', async (t) => {
  const { origin, sockets } = await serveHttp(t, (_, response) => response.end('1'));
  const send = await open(t, { origin });
  await Promise.all(Array.from({ length: 300 }, () => send(get, never)));
  await Promise.all(Array.from({ length: 300 }, () => send(get, never)));
  assert.ok(sockets.opened <= 3, `${sockets.opened} connections`);
});

test('held requests do not stand in the way of the others', async (t) => {
  const { origin, sockets } = await serveHttp(t, (request, response) => {
    if (!request.url?.startsWith('/held')) response.end('1');
  });
  const send = await open(t, { origin });
  const stop = new AbortController();
  const held = Array.from({ length: 10 }, () =>
    send({ ...get, path: '/held', held: true }, stop.signal).catch(() => 'ended'),
  );
  assert.equal((await send(get, never)).body, '1');
  assert.ok(sockets.opened <= 5);
  stop.abort();
  assert.deepEqual(new Set(await Promise.all(held)), new Set(['ended']));
});

test('an abort ends the request with its own reason', async (t) => {
  const { origin } = await serveHttp(t, () => undefined);
  const send = await open(t, { origin });
  const stop = new AbortController();
  const pending = send(get, stop.signal);
  setImmediate(() => stop.abort(new Error('stopped')));
  await assert.rejects(pending, { message: 'stopped' });
  await assert.rejects(send(get, stop.signal), { message: 'stopped' });
});

test('a read on a connection that the server just closed is sent once more; a write never is', async (t) => {
  let count = 0;
  const { origin } = await serveHttp(t, (request, response) => {
    count++;
    if (count === 1) request.socket.destroy();
    else response.end('1');
  });
  const send = await open(t, { origin });
  assert.equal((await send(get, never)).body, '1');
  assert.equal(count, 2);
  count = 0;
  await assert.rejects(send({ ...get, method: 'PUT', body: '{}' }, never), {
    code: 'connection_failed',
    message: `Put "${origin}/v1/jobs?a=b": EOF`,
  });
  assert.equal(count, 1);
});

test('a server that closes every connection is an error after two tries', async (t) => {
  let count = 0;
  const { origin } = await serveHttp(t, (request) => {
    count++;
    request.socket.destroy();
  });
  const send = await open(t, { origin });
  await assert.rejects(send(get, never), { code: 'connection_failed', retryable: true });
  assert.equal(count, 2);
});

test('a refused connection reads as Go says it', async (t) => {
  const { origin, server } = await serveHttp(t, () => undefined);
  server.close();
  await once(server, 'close');
  const send = await open(t, { origin });
  await assert.rejects(send(get, never), {
    code: 'connection_failed',
    message: `Get "${origin}/v1/jobs?a=b": dial tcp ${origin.slice(7)}: connect: connection refused`,
  });
});

test('an answer cut off in the middle is an error', async (t) => {
  const { origin } = await serveHttp(t, (request, response) => {
    response.setHeader('Content-Length', '100');
    response.write('[1, 2');
    setImmediate(() => request.socket.destroy());
  });
  const send = await open(t, { origin });
  await assert.rejects(send(get, never), { code: 'connection_failed' });
});

test('an answer larger than the bound is an error, and the next request works', async (t) => {
  const { origin } = await serveHttp(t, (request, response) =>
    response.end('x'.repeat(request.url === '/big' ? 200_000 : 10)),
  );
  const send = await open(t, { origin });
  await assert.rejects(send({ ...get, path: '/big' }, never), {
    code: 'answer_too_large',
    message: `Get "${origin}/big": the answer is larger than 100000 bytes`,
  });
  assert.equal((await send(get, never)).body.length, 10);
});

test('an answer that goes on is handed on piece by piece, however large; a refusal is kept whole', async (t) => {
  const { origin } = await serveHttp(t, (request, response) => {
    if (request.url === '/no') return response.writeHead(404).end('not here');
    response.write('a'.repeat(150_000));
    response.end('end');
    return response;
  });
  const send = await open(t, { origin });
  let text = '';
  const onPiece = (piece: Uint8Array) => {
    text += Buffer.from(piece).toString();
  };
  const answer = await send({ ...get, onPiece }, never);
  assert.deepEqual([answer.status, answer.body, text.length, text.slice(-4)], [200, '', 150_003, 'aend']);
  text = '';
  const refusal = await send({ ...get, path: '/no', onPiece }, never);
  assert.deepEqual([refusal.status, refusal.body, text], [404, 'not here', '']);
});

test('packed answers are unpacked, small and large, and bounded by what is in them', async (t) => {
  const { origin } = await serveHttp(t, (request, response) => {
    const size = Number(request.url?.slice(1));
    response.setHeader('Content-Encoding', 'gzip');
    response.end(
      size === 0 ? 'no gzip' : gzipSync(size < 1e6 ? randomBytes(size).toString('hex') : Buffer.alloc(size)),
    );
  });
  const send = await open(t, { origin });
  const bound = { maxBytes: 1_000_000 };
  assert.equal((await send({ ...get, ...bound, path: '/10' }, never)).body.length, 20);
  assert.equal((await send({ ...get, ...bound, path: '/200000' }, never)).body.length, 400_000);
  await assert.rejects(send({ ...get, ...bound, path: '/2000000' }, never), { code: 'answer_too_large' });
  await assert.rejects(send({ ...get, ...bound, path: '/0' }, never), { code: 'bad_answer' });
});

test('silence is an error when the time is over', async (t) => {
  const { origin } = await serveHttp(t, () => undefined);
  const send = await open(t, { origin });
  await assert.rejects(send({ ...get, timeoutMs: 1 }, never), {
    code: 'no_answer',
    message: `Get "${origin}/v1/jobs?a=b": no answer within 1 ms`,
    retryable: true,
  });
});

test('what is no HTTP is an error that says so', async (t) => {
  const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const send = await open(t, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await assert.rejects(send(get, never), { code: 'bad_answer', message: /the answer is no HTTP/ });
});

test('a unix socket is a way like any other', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nomad-'));
  t.after(() => rm(folder, { recursive: true }));
  const socketPath = join(folder, 'api.sock');
  const server = createServer((request, response) => response.end(request.headers.host));
  server.listen(socketPath);
  await once(server, 'listening');
  t.after(() => server.close());
  const send = await open(t, { origin: 'http://127.0.0.1', socketPath });
  assert.equal((await send(get, never)).body, '127.0.0.1');
});

test('a certificate is believed when its authority is given, or when nobody asks', async (t) => {
  const { pem, keyPem } = await makeCertificate(Date.now(), randomBytes);
  const server = createTlsServer({ cert: pem, key: keyPem }, (_, response) => response.end('1'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;

  await assert.rejects((await open(t, { origin }))(get, never), { code: 'connection_failed', message: /self-signed/ });
  assert.equal((await (await open(t, { origin, tls: { ca: [pem] } }))(get, never)).body, '1');
  assert.equal((await (await open(t, { origin, tls: { skipVerify: true } }))(get, never)).body, '1');
  const ip = origin.replace('localhost', '127.0.0.1');
  await assert.rejects((await open(t, { origin: ip, tls: { ca: [pem] } }))(get, never), { code: 'connection_failed' });
  assert.equal(
    (await (await open(t, { origin: ip, tls: { ca: [pem], serverName: 'localhost' } }))(get, never)).body,
    '1',
  );
});

test('a scheme that is not the server’s is told', async (t) => {
  const tls = createTcpServer((socket) => socket.end(Buffer.from('15030100020246', 'hex'))); // the alert of a TLS server
  const plain = createServer((_, response) => response.end('1'));
  for (const server of [tls, plain]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
  }
  const at = (server: { address(): unknown }) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects((await open(t, { origin: `https://${at(plain)}` }))(get, never), {
    message: /: http: server gave HTTP response to HTTPS client; try http:\/\/$/,
  });
  await assert.rejects((await open(t, { origin: `http://${at(tls)}` }))(get, never), {
    message: /; the server speaks TLS: try https:\/\/$/,
  });
});
