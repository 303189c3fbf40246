/** How the plugin reaches a Prometheus, and what it does when something else answers, or nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { virtualClock } from '../../../../src/lib/clock.ts';
import { AutoscalerError } from '../../../../src/lib/error.ts';
import { fakeService, halfMinute } from '../../../support/http-apm.ts';
import { never } from '../../../support/nomad.ts';
import { serveHttp } from '../../../support/nomad-http.ts';
import { apiError, matrix, openPrometheus, refusalOf, success } from '../../../support/prometheus.ts';

const five = matrix([[1, '5']]);
const answered = [{ at: 1_000, value: 5 }];
const methods = (seen: readonly { readonly method: string | undefined }[]) => seen.map(({ method }) => method);

test('plugins #98: a server that takes no POST is asked by GET, and from then on by GET at once', async (t) => {
  for (const status of [405, 501]) {
    const { origin, seen } = await fakeService(t, ({ method }) => (method === 'POST' ? { status, body: 'no' } : five));
    const { session } = await openPrometheus(t, { address: origin });
    assert.deepEqual(await session.query('sum(up)', halfMinute, never), answered);
    assert.deepEqual(seen[1]?.parameters, seen[0]?.parameters);
    assert.deepEqual(await session.query('sum(up)', halfMinute, never), answered);
    assert.deepEqual(methods(seen), ['POST', 'GET', 'GET']);
  }
});

test('a proxy that answers POST with an error of its own is asked by GET; Prometheus’ own error is not', async (t) => {
  let own: string | undefined;
  const { origin, seen } = await fakeService(t, ({ method }) => {
    if (own !== undefined) return { status: 500, body: own };
    return method === 'POST' ? { status: 500, body: '{"message":"Unexpected error","traceID":""}' } : five;
  });
  const first = await openPrometheus(t, { address: origin });
  assert.deepEqual(await first.session.query('up', halfMinute, never), answered);
  assert.deepEqual(await first.session.query('up', halfMinute, never), answered);
  assert.deepEqual(methods(seen.splice(0)), ['POST', 'GET', 'GET']);

  own = apiError('internal', 'disk is full');
  const second = await openPrometheus(t, { address: origin });
  assert.equal(await second.whyNot(), 'failed to query: internal: disk is full');
  assert.deepEqual(methods(seen.splice(0)), ['POST'], 'once');

  own = '{"message":"no data source"}';
  assert.equal(await second.whyNot(), 'failed to query: server_error: server error: 500: no data source');
  assert.deepEqual(methods(seen), ['POST', 'GET']);
});

test('whatever fails is asked once per query', async (t) => {
  for (const status of [429, 502, 503, 504]) {
    const { origin, seen } = await fakeService(t, () => ({ status, body: 'busy' }));
    const { failure } = await openPrometheus(t, { address: origin });
    const error = await failure();
    assert.ok(error instanceof AutoscalerError && error.retryable, String(status));
    assert.equal(seen.length, 1);
  }
});

test('a redirect to the same question on the same host is followed, with everything, by the same method', async (t) => {
  const { origin, seen } = await fakeService(t, ({ path }) =>
    path.startsWith('/prom/') ? five : { status: 308, body: '', headers: { location: `/prom${path}` } },
  );
  const { session, said } = await openPrometheus(t, { address: origin, basic_auth_user: 'scaler' });
  assert.deepEqual(await session.query('up', halfMinute, never), answered);
  assert.deepEqual(await session.query('up', halfMinute, never), answered);
  const [, followed] = seen;
  assert.deepEqual([followed?.method, followed?.path], ['POST', '/prom/api/v1/query_range']);
  assert.equal(followed?.parameters['query'], 'up');
  assert.equal(followed?.headers.authorization, `Basic ${Buffer.from('scaler:').toString('base64')}`);
  const warning = 'prometheus redirects; better to set address to where it leads';
  assert.deepEqual(said, [['warn', warning, { address: `${origin}/prom` }]], 'once');
});

test('a redirect to anything else is an error, and nothing is sent there', async (t) => {
  const other = await fakeService(t, () => five);
  let location = '';
  const { origin } = await fakeService(t, () => ({ status: 302, body: '', headers: { location } }));
  const { whyNot } = await openPrometheus(t, { address: origin, header_Authorization: 'Bearer geheim-geheim' });
  location = `${other.origin.replace('127.0.0.1', 'localhost')}/api/v1/query_range`;
  assert.match(
    await whyNot(),
    /^failed to query: bad_response: bad response code 302: it leads to http:\/\/localhost:/,
  );
  location = '/login?next=%2Fapi%2Fv1%2Fquery_range';
  assert.equal(await whyNot(), 'failed to query: bad_response: bad response code 302: it leads to /login');
  assert.equal(other.seen.length, 0);
});

test('redirects that lead in circles, or to ever more places, end', async (t) => {
  const { origin, seen } = await fakeService(t, ({ path }) => ({
    status: 307,
    body: '',
    headers: { location: `/a${path}` },
  }));
  const { whyNot } = await openPrometheus(t, { address: origin });
  for (let query = 0; query < 10; query++) {
    assert.match(await whyNot(), /^failed to query: bad_response: bad response code 307: it leads to \/a/);
  }
  assert.ok(seen.length <= 40);
});

test('a token is sent as one, and an Authorization header wins over it', async (t) => {
  const { origin, seen } = await fakeService(t, () => five);
  const config = { address: origin, bearer_token: 'token-token', basic_auth_user: 'unused' };
  await (await openPrometheus(t, config)).session.query('up', halfMinute, never);
  await (await openPrometheus(t, { ...config, header_Authorization: 'Own x' })).session.query('up', halfMinute, never);
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    ['Bearer token-token', 'Own x'],
  );
});

test('a header that cannot be sent is refused, without its value', async () => {
  const address = 'http://127.0.0.1';
  assert.match(await refusalOf({ address, 'header_a b': 'geheim' }), /^no header can be named "a b"$/);
  assert.match(await refusalOf({ address, header_a: 'geh\neim' }), /^(?!.*geh).*holds a character/);
  assert.match(await refusalOf({ address, bearer_token: 'geh\neim' }), /^(?!.*geh).*holds a character/);
});

test('no secret of the settings is repeated, whoever says it', async (t) => {
  const secrets = {
    basic_auth_user: 'scaler',
    basic_auth_password: 'secret-password',
    header_X_Token: 'secret-header',
  };
  let status = 401;
  const { origin } = await fakeService(t, ({ headers }) => {
    const echo = `${headers.authorization} secret-password ${headers['x_token']}`;
    const warnings = { warnings: [echo] };
    return status === 200
      ? success('scalar', [1, '5'], warnings)
      : { status, body: status === 422 ? apiError('execution', echo) : echo };
  });
  const { session, said, whyNot } = await openPrometheus(t, { address: origin, ...secrets });
  for (status of [401, 422, 500]) assert.match(await whyNot(), /<redacted> <redacted> <redacted>$/, String(status));
  status = 200;
  const points = await session.query('5', halfMinute, never);
  assert.equal(points[0]?.partial, '<redacted> <redacted> <redacted>');
  assert.ok(!/secret-|Basic /.test(JSON.stringify(said)));
});

test('an answer without end is given up early, and nothing of it is kept', async (t) => {
  let sent = 0;
  const { origin } = await serveHttp(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = Buffer.alloc(2 ** 20, 'x');
    const more = () => {
      while (sent < 600 && !response.destroyed) {
        sent++;
        if (!response.write(piece)) return response.once('drain', more);
      }
      return response.end();
    };
    more();
  });
  const { whyNot } = await openPrometheus(t, { address: origin });
  assert.match(await whyNot(), /^failed to query: Post ".*": the answer is larger than 16777216 bytes$/);
  assert.ok(sent < 100, `${sent} MiB were sent`);
});

test('a packed answer is bounded by what it unpacks to', async (t) => {
  const headers = { 'content-encoding': 'gzip' };
  const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20));
  let body = gzipSync(five);
  const { origin, seen } = await fakeService(t, () => ({ status: 200, body, headers }));
  const { session, whyNot } = await openPrometheus(t, { address: origin });
  assert.deepEqual(await session.query('up', halfMinute, never), answered);
  assert.equal(seen[0]?.headers['accept-encoding'], 'gzip');
  body = bomb;
  assert.match(await whyNot(), /the answer is larger than 16777216 bytes$/);
  body = bomb.subarray(0, 1_000);
  assert.match(await whyNot(), /the answer cannot be unpacked: /);
});

test('an answer that takes too long is given up after 10 s, however it drips', async (t) => {
  const { origin, seen } = await fakeService(t, () => undefined);
  const clock = virtualClock();
  const { failure } = await openPrometheus(t, { address: origin }, { clock });
  const failing = failure();
  while (seen.length === 0) await clock.advance(0);
  await clock.advance(10_000);
  const error = await failing;
  assert.ok(error instanceof AutoscalerError);
  assert.deepEqual([error.code, error.retryable], ['no_answer', true]);
  assert.equal(clock.pending, 0);
});

test('a server that is not there, hangs up or speaks no HTTP is an error that says so', async (t) => {
  const { whyNot } = await openPrometheus(t, { address: 'http://127.0.0.1:1' });
  assert.equal(
    await whyNot(),
    'failed to query: Post "http://127.0.0.1:1/api/v1/query_range": dial tcp 127.0.0.1:1: connect: connection refused',
  );
  const rude = await serveHttp(t, (request) => request.socket.destroy());
  assert.match(await (await openPrometheus(t, { address: rude.origin })).whyNot(), /(EOF|connection reset by peer)$/);
  const ssh = await serveHttp(t, (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  assert.match(await (await openPrometheus(t, { address: ssh.origin })).whyNot(), /the answer is no HTTP: /);
});

test('a kept connection that the server closes meanwhile costs no query', async (t) => {
  let served = 0;
  const { origin } = await serveHttp(t, (request, response) => {
    request.resume();
    request.on('end', () => {
      served++;
      if (served === 2) return request.socket.destroy();
      return response.end(five);
    });
  });
  const { session } = await openPrometheus(t, { address: origin });
  for (let query = 0; query < 3; query++) assert.deepEqual(await session.query('up', halfMinute, never), answered);
});

test('two instances keep their settings, TLS included, to themselves', async (t) => {
  const one = await fakeService(t, () => five);
  const two = await fakeService(t, () => five);
  const first = await openPrometheus(t, {
    address: `${one.origin}/select/0/prometheus/`,
    'header_X-Scope-OrgID': 'team-a',
    skip_verify: 'true',
  });
  const second = await openPrometheus(t, { address: two.origin, basic_auth_user: 'scaler', basic_auth_password: 'x' });
  for (const { session } of [first, second]) await session.query('up', halfMinute, never);
  assert.equal(one.seen[0]?.path, '/select/0/prometheus/api/v1/query_range');
  assert.deepEqual([one.seen[0]?.headers['x-scope-orgid'], one.seen[0]?.headers.authorization], ['team-a', undefined]);
  assert.equal(two.seen[0]?.path, '/api/v1/query_range');
  assert.equal(two.seen[0]?.headers['x-scope-orgid'], undefined);
  assert.match(two.seen[0]?.headers.authorization ?? '', /^Basic /);
});

test('a server elsewhere is asked through the proxy of the environment, one on loopback never', async (t) => {
  const asked: (string | undefined)[] = [];
  const proxy = await serveHttp(t, (request, response) => {
    asked.push(request.url);
    request.resume().on('end', () => response.end(five));
  });
  const tunnel = createServer();
  tunnel.on('connect', (request, socket) => {
    asked.push(request.url);
    const { port } = tunnel.address() as AddressInfo;
    const through = connect(port, '127.0.0.1', () => through.destroy());
    through.on('close', () => socket.end('HTTP/1.1 502 no\r\n\r\n'));
  });
  tunnel.listen(0, '127.0.0.1');
  await once(tunnel, 'listening');
  t.after(() => tunnel.close());
  const { port } = tunnel.address() as AddressInfo;
  const env = { HTTP_PROXY: proxy.origin, HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: 'inside.example' };

  const outside = await openPrometheus(t, { address: 'http://prometheus.example:9090' }, { env });
  assert.deepEqual(await outside.session.query('up', halfMinute, never), answered);
  assert.deepEqual(asked.splice(0), ['http://prometheus.example:9090/api/v1/query_range']);
  const secure = await openPrometheus(t, { address: 'https://prometheus.example' }, { env });
  await secure.whyNot();
  assert.deepEqual(asked.splice(0), ['prometheus.example:443']);
  const { origin } = await fakeService(t, () => five);
  const loopback = await openPrometheus(t, { address: origin }, { env });
  assert.deepEqual(await loopback.session.query('up', halfMinute, never), answered);
  assert.deepEqual(asked, []);
});
