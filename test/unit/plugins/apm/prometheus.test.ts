import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { apmConformance, inProcess, testWorld } from 'nomad-autoscaler/sdk/testing';
import { readAnswer, seriesOf } from '../../../../plugins/apm/prometheus/answer.ts';
import { plugin } from '../../../../plugins/apm/prometheus/index.ts';
import { onlySeries, requestFor } from '../../../../plugins/apm/prometheus/query.ts';
import { makeCertificate } from '../../../../src/goplugin/mtls.ts';
import { explain } from '../../../../src/lib/error.ts';
import { noLog } from '../../../../src/lib/log.ts';
import { never } from '../../../support/nomad.ts';
import { serveHttp } from '../../../support/nomad-http.ts';

interface Seen {
  readonly method: string | undefined;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

const minute = { from: 1_600_000_000_000, to: 1_600_000_030_000 };
const success = (resultType: string, result: unknown, warnings?: readonly string[]) =>
  JSON.stringify({ status: 'success', data: { resultType, result }, ...(warnings ? { warnings } : {}) });
const matrix = (...series: readonly (readonly [number, string])[][]) =>
  success(
    'matrix',
    series.map((values) => ({ metric: {}, values })),
  );

type Reply = (seen: Seen) => string | { readonly status: number; readonly body: string };

async function prometheus(t: TestContext, reply: Reply) {
  const seen: Seen[] = [];
  const { origin } = await serveHttp(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const form = request.method === 'POST' ? new URLSearchParams(Buffer.concat(parts).toString()) : url.searchParams;
      const one = {
        method: request.method,
        path: url.pathname,
        parameters: Object.fromEntries(form),
        headers: request.headers,
      };
      seen.push(one);
      const answer = reply(one);
      const { status, body } = typeof answer === 'string' ? { status: 200, body: answer } : answer;
      response.writeHead(status).end(body);
    });
  });
  return { origin, seen };
}

async function open(t: TestContext, config: Record<string, string>) {
  const warnings: unknown[] = [];
  const session = plugin.open(
    testWorld({ log: { ...noLog, warn: (message, fields) => warnings.push([message, fields]) } }),
  );
  t.after(() => session.close());
  await session.setConfig(config, never);
  const whyNot = (query = 'up', range = minute) =>
    Promise.resolve(session.query(query, range, never)).then(() => assert.fail('it answered'), explain);
  return { session, warnings, whyNot };
}

const refused = async (config: Record<string, string>) =>
  Promise.resolve(plugin.open(testWorld()))
    .then((session) => session.setConfig(config, never))
    .then(() => assert.fail('it was taken'), explain);

test('plugins #91: an address is needed, and has to be one', async () => {
  assert.equal(await refused({}), '"address" config value cannot be empty');
  assert.equal(await refused({ address: '' }), '"address" config value cannot be empty');
  assert.equal(
    await refused({ address: '\n\n' }),
    'failed to initialize Prometheus client: parse "\\n\\n": net/url: invalid control character in URL',
  );
  const shown = await refused({ address: 'ftp://root:geheim@x' });
  assert.match(String(shown), /^failed to initialize Prometheus client/);
  assert.ok(!String(shown).includes('geheim'));
});

test('plugins #92: a range is a form with start, end and step, by POST, with user and headers', async (t) => {
  const points = Array.from({ length: 31 }, (_, at): [number, string] => [1_600_000_000 + at, String(at)]);
  const { origin, seen } = await prometheus(t, () => matrix(points));
  const config = {
    address: `${origin}/base/`,
    basic_auth_user: 'user',
    basic_auth_password: 'secret',
    header_X_Scope: 'one',
  };
  const { session } = await open(t, { ...config, skip_verify: 'true' });
  const metrics = await session.query('sum(rate(x[1m]))', minute, never);
  assert.equal(metrics.length, 31);
  assert.deepEqual(metrics[30], { at: 1_600_000_030_000, value: 30 });
  const [one] = seen;
  assert.deepEqual([one?.method, one?.path], ['POST', '/base/api/v1/query_range']);
  assert.deepEqual(one?.parameters, { end: '1600000030', query: 'sum(rate(x[1m]))', start: '1600000000', step: '1' });
  assert.equal(one?.headers.authorization, `Basic ${Buffer.from('user:secret').toString('base64')}`);
  assert.equal(one?.headers['x_scope'], 'one');
  assert.equal(one?.headers['content-type'], 'application/x-www-form-urlencoded');
});

test('an Authorization header that was configured wins over a user', async (t) => {
  const { origin, seen } = await prometheus(t, () => matrix());
  const config = { address: origin, basic_auth_user: 'user', header_Authorization: 'Bearer tok' };
  const { session } = await open(t, config);
  assert.deepEqual(await session.query('up', minute, never), []);
  assert.equal(seen[0]?.headers.authorization, 'Bearer tok');
});

test('plugins #93: an instant is a query of its own', async (t) => {
  const { origin, seen } = await prometheus(t, () =>
    success('vector', [{ metric: {}, value: [1_600_000_000.7, '42'] }]),
  );
  const { session } = await open(t, { address: origin });
  const now = { from: 1_600_000_000_500, to: 1_600_000_000_500 };
  assert.deepEqual(await session.query('up', now, never), [{ at: 1_600_000_000_000, value: 42 }]);
  assert.equal(seen[0]?.path, '/api/v1/query');
  assert.deepEqual(seen[0]?.parameters, { query: 'up', time: '1600000000.5' });
});

test('the parameters are upstream’s byte for byte, with times as Go prints them', () => {
  const range = { from: 1_795_566_121_438, fromNanos: 567_400, to: 1_795_566_181_438, toNanos: 567_400 };
  assert.deepEqual(requestFor('sum(a b)', range), {
    path: '/api/v1/query_range',
    parameters: 'end=1795566181.4385674&query=sum%28a+b%29&start=1795566121.4385674&step=1',
  });
});

test('a window of days is asked in steps that Prometheus accepts', () => {
  const hours = (count: number) =>
    new URLSearchParams(requestFor('x', { from: 0, to: count * 3_600_000 }).parameters).get('step');
  assert.deepEqual([hours(1), hours(3), hours(4), hours(24)], ['1', '1', '2', '8']);
});

test('plugins #94: a certificate is believed when its authority is given, or when nobody asks', async (t) => {
  const { pem, keyPem } = await makeCertificate(Date.now(), randomBytes);
  const server = createTlsServer({ cert: pem, key: keyPem }, (_, response) => response.end(matrix([[1, '1']])));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  t.after(() => rm(folder, { recursive: true }));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, pem);
  const address = `https://localhost:${(server.address() as AddressInfo).port}`;
  assert.match(
    String(await (await open(t, { address })).whyNot()),
    /^failed to query: Post ".*": self-signed certificate/,
  );
  for (const tls of [{ skip_verify: 'true' }, { ca_cert: ca }]) {
    const { session } = await open(t, { address, ...tls });
    assert.equal((await session.query('up', minute, never)).length, 1);
  }
});

test('plugins #95: TLS settings that cannot work are refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  t.after(() => rm(folder, { recursive: true }));
  const noPem = join(folder, 'ca.pem');
  await writeFile(noPem, 'nothing');
  const address = 'https://localhost';
  assert.equal(
    await refused({ address, skip_verify: 'maybe' }),
    'failed to parse TLS configuration: failed to parse skip_verify value maybe: strconv.ParseBool: parsing "maybe": invalid syntax',
  );
  assert.match(
    String(await refused({ address, ca_cert: join(folder, 'absent') })),
    /^failed to parse TLS configuration: failed to load CA certificate .*absent: /,
  );
  assert.equal(
    await refused({ address, ca_cert: noPem }),
    `failed to parse TLS configuration: failed to decode PEM file ${noPem}`,
  );
});

test('plugins #96: several series are an error of a query for one, and an answer to a query for all', async (t) => {
  const { origin } = await prometheus(t, () => matrix([[1, '1']], [[1, '2']]));
  const { session, whyNot } = await open(t, { address: origin });
  assert.equal(await whyNot(), 'query returned 2 metric streams, only 1 is expected');
  assert.deepEqual(await session.queryMultiple('up', minute, never), [
    [{ at: 1_000, value: 1 }],
    [{ at: 1_000, value: 2 }],
  ]);
});

test('plugins #97: NaN is an error, infinities pass', async (t) => {
  const { origin } = await prometheus(t, ({ parameters }) => matrix([[1, parameters['query'] ?? '']]));
  const { session, whyNot } = await open(t, { address: origin });
  assert.equal(await whyNot('NaN'), 'query result value is not-a-number');
  assert.deepEqual(await session.query('+Inf', minute, never), [{ at: 1_000, value: Number.POSITIVE_INFINITY }]);
  assert.deepEqual(await session.query('-Inf', minute, never), [{ at: 1_000, value: Number.NEGATIVE_INFINITY }]);
});

test('plugins #98: a server that takes no POST is asked by GET', async (t) => {
  for (const status of [405, 501]) {
    const { origin, seen } = await prometheus(t, ({ method }) =>
      method === 'POST' ? { status, body: 'no' } : matrix([[1, '5']]),
    );
    const { session } = await open(t, { address: origin });
    assert.deepEqual(await session.query('sum(up)', minute, never), [{ at: 1_000, value: 5 }]);
    assert.deepEqual(
      seen.map(({ method }) => method),
      ['POST', 'GET'],
    );
    assert.deepEqual(seen[1]?.parameters, seen[0]?.parameters);
  }
});

test('warnings are logged, each of them', async (t) => {
  const { origin } = await prometheus(t, () => success('scalar', [1, '5'], ['one store is away', 'another']));
  const { session, warnings } = await open(t, { address: origin });
  assert.deepEqual(await session.query('5', minute, never), [{ at: 1_000, value: 5 }]);
  assert.deepEqual(warnings, [
    ['prometheus query returned warning', { warning: 'one store is away' }],
    ['prometheus query returned warning', { warning: 'another' }],
  ]);
});

const read = (status: number, body: string) => seriesOf(readAnswer(status, body));

test('every other answer is an error in upstream’s words', () => {
  const bad = JSON.stringify({
    status: 'error',
    errorType: 'bad_data',
    error: '1:5: parse error: unclosed left parenthesis',
  });
  const cases: readonly (readonly [number, string, RegExp])[] = [
    [400, bad, /^bad_data: 1:5: parse error: unclosed left parenthesis$/],
    [422, JSON.stringify({ status: 'error', errorType: 'execution', error: 'too many' }), /^execution: too many$/],
    [404, 'not found', /^client_error: client error: 404$/],
    [401, 'secret page', /^client_error: client error: 401$/],
    [503, JSON.stringify({ status: 'error', errorType: 'timeout', error: 'x' }), /^server_error: server error: 503$/],
    [302, '', /^bad_response: bad response code 302$/],
    [200, bad, /^bad_response: inconsistent body for response code$/],
    [400, success('vector', []), /^bad_response: inconsistent body for response code$/],
    [200, '<html>', /^bad_response: the answer is no JSON object/],
    [200, '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{}', /^bad_response: /],
    [200, success('string', [1, 'x']), /^result type \(`string`\) is not supported$/],
    [200, success('matrix', [{ metric: {}, values: [['1', 5]] }]), /^bad_response: a sample is no pair/],
    [200, success('matrix', 'x'), /^bad_response: a list was expected$/],
    [200, '{"status":"success"}', /is not supported$/],
  ];
  for (const [status, body, message] of cases) assert.throws(() => read(status, body), { message });
});

test('an empty vector is one empty series, an empty matrix none, a histogram a series without points', () => {
  assert.deepEqual(read(200, success('vector', [])), [[]]);
  assert.deepEqual(read(200, success('matrix', [])), []);
  assert.deepEqual(read(200, success('matrix', [{ metric: {}, histograms: [] }])), [[]]);
  assert.deepEqual(onlySeries([]), []);
  const two = [{ value: [1, '1'] }, { value: [2, '2'] }];
  assert.equal(read(200, success('vector', two))[0]?.length, 2);
});

test('an answer without end and a server that is not there are errors', async (t) => {
  const { origin } = await prometheus(t, () => 'x'.repeat(70 * 2 ** 20));
  assert.match(
    String(await (await open(t, { address: origin })).whyNot()),
    /^failed to query: Post ".*": the answer is larger than/,
  );
  const { whyNot } = await open(t, { address: 'http://127.0.0.1:1' });
  assert.equal(
    await whyNot(),
    'failed to query: Post "http://127.0.0.1:1/api/v1/query_range": dial tcp 127.0.0.1:1: connect: connection refused',
  );
});

const suiteOf = (agentConfig: Record<string, string>) =>
  apmConformance(inProcess(plugin), {
    name: 'prometheus',
    agentConfig,
    query: 'up',
    range: minute,
    badQuery: 'sum(',
    emptyQuery: 'none',
  });
for (const { title } of suiteOf({})) {
  test(`as any APM: ${title}`, async (t) => {
    const { origin } = await prometheus(t, ({ parameters: { query } }) => {
      if (query === 'sum(')
        return { status: 400, body: '{"status":"error","errorType":"bad_data","error":"parse error"}' };
      return query === 'none' ? matrix() : matrix([[1_600_000_000, '1']]);
    });
    await suiteOf({ address: origin })
      .find((one) => one.title === title)
      ?.run();
  });
}
