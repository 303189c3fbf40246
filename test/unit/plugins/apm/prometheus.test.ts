import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { apmConformance, inProcess } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../../../plugins/apm/prometheus/index.ts';
import { requestFor } from '../../../../plugins/apm/prometheus/query.ts';
import { makeCertificate } from '../../../../src/goplugin/mtls.ts';
import { fakeService, halfMinute } from '../../../support/http-apm.ts';
import { never } from '../../../support/nomad.ts';
import { matrix, openPrometheus, refusalOf, success } from '../../../support/prometheus.ts';

test('plugins #91: an address is needed, and has to be one', async () => {
  assert.equal(await refusalOf({}), '"address" config value cannot be empty');
  assert.equal(await refusalOf({ address: '' }), '"address" config value cannot be empty');
  assert.equal(
    await refusalOf({ address: '\n\n' }),
    'failed to initialize Prometheus client: parse "\\n\\n": net/url: invalid control character in URL',
  );
  const shown = await refusalOf({ address: 'ftp://root:geheim@x' });
  assert.match(String(shown), /^failed to initialize Prometheus client/);
  assert.ok(!String(shown).includes('geheim'));
});

test('plugins #92: a range is a form with start, end and step, by POST, with user and headers', async (t) => {
  const points = Array.from({ length: 31 }, (_, at): [number, string] => [1_600_000_000 + at, String(at)]);
  const { origin, seen } = await fakeService(t, () => matrix(points));
  const config = {
    address: `${origin}/base/`,
    basic_auth_user: 'user',
    basic_auth_password: 'secret',
    header_X_Scope: 'one',
  };
  const { session } = await openPrometheus(t, { ...config, skip_verify: 'true' });
  const metrics = await session.query('sum(rate(x[1m]))', halfMinute, never);
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
  const { origin, seen } = await fakeService(t, () => matrix());
  const config = { address: origin, basic_auth_user: 'user', header_Authorization: 'Bearer tok' };
  const { session } = await openPrometheus(t, config);
  assert.deepEqual(await session.query('up', halfMinute, never), []);
  assert.equal(seen[0]?.headers.authorization, 'Bearer tok');
});

test('plugins #93: an instant is a query of its own', async (t) => {
  const { origin, seen } = await fakeService(t, () =>
    success('vector', [{ metric: {}, value: [1_600_000_000.7, '42'] }]),
  );
  const { session } = await openPrometheus(t, { address: origin });
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

test('a window of days is asked in steps that Prometheus accepts, and its newest point is the end of the window', () => {
  const hours = (count: number) => {
    const range = { from: 1_600_000_000_000, to: 1_600_000_000_000 + count * 3_600_000 };
    const asked = new URLSearchParams(requestFor('x', range).parameters);
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(asked.get(name))) as [
      number,
      number,
      number,
    ];
    assert.ok((end - start) / step + 1 < 11_000, `${count} hours`);
    assert.equal((end - start) % step, 0, `${count} hours`);
    assert.equal(end * 1_000, range.to);
    assert.ok(start * 1_000 - range.from < step * 1_000 && start * 1_000 >= range.from);
    return step;
  };
  assert.deepEqual([1, 3, 4, 24, 30 * 24].map(hours), [1, 1, 2, 8, 236]);
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
    String(await (await openPrometheus(t, { address })).whyNot()),
    /^failed to query: Post ".*": self-signed certificate/,
  );
  for (const tls of [{ skip_verify: 'true' }, { ca_cert: ca }]) {
    const { session } = await openPrometheus(t, { address, ...tls });
    assert.equal((await session.query('up', halfMinute, never)).length, 1);
  }
});

test('plugins #95: TLS settings that cannot work are refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  t.after(() => rm(folder, { recursive: true }));
  const noPem = join(folder, 'ca.pem');
  await writeFile(noPem, 'nothing');
  const address = 'https://localhost';
  assert.equal(
    await refusalOf({ address, skip_verify: 'maybe' }),
    'failed to parse TLS configuration: failed to parse skip_verify value maybe: strconv.ParseBool: parsing "maybe": invalid syntax',
  );
  assert.match(
    String(await refusalOf({ address, ca_cert: join(folder, 'absent') })),
    /^failed to parse TLS configuration: failed to load CA certificate .*absent: /,
  );
  assert.equal(
    await refusalOf({ address, ca_cert: noPem }),
    `failed to parse TLS configuration: failed to decode PEM file ${noPem}`,
  );
});

test('plugins #96: several series are an error of a query for one, and an answer to a query for all', async (t) => {
  const { origin } = await fakeService(t, () => matrix([[1, '1']], [[1, '2']]));
  const { session, whyNot } = await openPrometheus(t, { address: origin });
  assert.equal(await whyNot(), 'query returned 2 metric streams, only 1 is expected');
  assert.deepEqual(await session.queryMultiple('up', halfMinute, never), [
    [{ at: 1_000, value: 1 }],
    [{ at: 1_000, value: 2 }],
  ]);
});

test('plugins #97: NaN is an error, infinities pass', async (t) => {
  const { origin } = await fakeService(t, ({ parameters }) => matrix([[1, parameters['query'] ?? '']]));
  const { session, whyNot } = await openPrometheus(t, { address: origin });
  assert.equal(await whyNot('NaN'), 'query result value is not-a-number');
  assert.deepEqual(await session.query('+Inf', halfMinute, never), [{ at: 1_000, value: Number.POSITIVE_INFINITY }]);
  assert.deepEqual(await session.query('-Inf', halfMinute, never), [{ at: 1_000, value: Number.NEGATIVE_INFINITY }]);
});

const suiteOf = (agentConfig: Record<string, string>) =>
  apmConformance(inProcess(plugin), {
    name: 'prometheus',
    agentConfig,
    query: 'up',
    range: halfMinute,
    badQuery: 'sum(',
    emptyQuery: 'none',
  });
for (const { title } of suiteOf({})) {
  test(`as any APM: ${title}`, async (t) => {
    const { origin } = await fakeService(t, ({ parameters: { query } }) => {
      if (query === 'sum(')
        return { status: 400, body: '{"status":"error","errorType":"bad_data","error":"parse error"}' };
      return query === 'none' ? matrix() : matrix([[1_600_000_000, '1']]);
    });
    await suiteOf({ address: origin })
      .find((one) => one.title === title)
      ?.run();
  });
}
