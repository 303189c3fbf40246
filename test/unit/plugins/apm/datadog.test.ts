import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { apmConformance, inProcess, testWorld } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../../../plugins/apm/datadog/index.ts';
import { virtualClock } from '../../../../src/lib/clock.ts';
import { AutoscalerError } from '../../../../src/lib/error.ts';
import { datadogOn, fakeDatadog, keys, timeSeries } from '../../../support/datadog.ts';
import { fakeService, halfMinute, openApm, refusalOfApm } from '../../../support/http-apm.ts';
import { never } from '../../../support/nomad.ts';

const apiMissing = '"dd_api_key" config value cannot be empty';
const appMissing = '"dd_app_key" config value cannot be empty';
const failed = 'error querying metrics from datadog';

test('plugins #99: the keys come from the settings, else from the environment; what is missing is named, API key first', async (t) => {
  const env = { DD_API_KEY: 'api-env', DD_APP_KEY: 'app-env' };
  const { origin, seen } = await fakeService(t, () => timeSeries([]));
  const sent = async (config: Record<string, string>, world = env) => {
    const { session } = await openApm(t, datadogOn(origin), config, { env: world }, 'm');
    await session.query('m', halfMinute, never);
    const { headers } = seen.at(-1) ?? { headers: {} as Record<string, string> };
    return [headers['dd-api-key'], headers['dd-application-key']];
  };
  assert.deepEqual(await sent({ dd_api_key: 'api', dd_app_key: 'app' }), ['api', 'app']);
  assert.deepEqual(await sent({ dd_api_key: 'api' }), ['api', 'app-env']);
  assert.deepEqual(await sent({ dd_app_key: 'app' }), ['api-env', 'app']);
  assert.deepEqual(await sent({ dd_api_key: '' }), ['api-env', 'app-env']);
  const { DD_API_KEY, DD_APP_KEY } = env;
  assert.equal(await refusalOfApm(plugin, {}), `${apiMissing}; ${appMissing}`);
  assert.equal(await refusalOfApm(plugin, { dd_app_key: 'app' }), apiMissing);
  assert.equal(await refusalOfApm(plugin, { dd_api_key: 'api' }), appMissing);
  assert.equal(await refusalOfApm(plugin, {}, { DD_APP_KEY }), apiMissing);
  assert.equal(await refusalOfApm(plugin, {}, { DD_API_KEY }), appMissing);
});

test('a window is asked in whole seconds', async (t) => {
  const { session, seen } = await fakeDatadog(t, () => timeSeries([[1_600_000_000_000, 1]]));
  const query = 'avg:nginx.requests{service:web,!env:test}.rollup(avg, 60)';
  await session.query(query, { from: 1_600_000_000_900, to: 1_600_000_030_100 }, never);
  const [one] = seen;
  assert.deepEqual([one?.method, one?.path], ['GET', '/api/v1/query']);
  assert.deepEqual(one?.parameters, { from: '1600000000', query, to: '1600000030' });
});

test('plugins #100: points with nulls, and of another length, are skipped; times are whole seconds', async (t) => {
  const points = [[1_600_000_000_999, 1.5], [1_600_000_001_000, null], [null, 2], [1_600_000_002_000], [1, 2, 3]];
  const { session } = await fakeDatadog(t, () => timeSeries([...points, [1_600_000_003_000, 0]]));
  assert.deepEqual(await session.query('m', halfMinute, never), [
    { at: 1_600_000_000_000, value: 1.5 },
    { at: 1_600_000_003_000, value: 0 },
  ]);
});

test('every series with a list of points counts, also an empty one; a query for one takes no two', async (t) => {
  let body = timeSeries([[1_000, 1]], [], null);
  const { session, whyNot, said } = await fakeDatadog(t, () => body);
  assert.deepEqual(await session.queryMultiple('m', halfMinute, never), [[{ at: 1_000, value: 1 }], []]);
  assert.equal(await whyNot(), 'query returned 2 metric streams, only 1 is expected');
  assert.deepEqual(said, []);

  const empty = 'empty time series response from datadog, try a wider query window';
  for (body of [timeSeries(), '{"status":"ok"}', '{"status":"ok","series":null}']) {
    assert.deepEqual(await session.query('m', halfMinute, never), []);
    assert.deepEqual(said.splice(0), [['warn', empty, undefined]]);
  }
  body = timeSeries(null);
  assert.deepEqual(await session.query('m', halfMinute, never), []);
  const pointless = 'no data points found in time series response from datadog, try a wider query window';
  assert.deepEqual(said, [['warn', pointless, undefined]]);
});

test('an instant is refused, and nothing is asked', async (t) => {
  const { whyNot, seen } = await fakeDatadog(t, () => timeSeries());
  assert.equal(await whyNot('m', { from: 5, to: 5 }), 'query_window = "instant" is not supported by datadog');
  assert.equal(seen.length, 0);
});

test('plugins #101: a limit of Datadog is told with the time at which it ends', async (t) => {
  const headers = { 'X-Ratelimit-Reset': '42' };
  const { failure, seen } = await fakeDatadog(t, () => ({ status: 429, body: '{"errors":["slow"]}', headers }));
  const error = await failure();
  assert.ok(error instanceof AutoscalerError);
  const text = 'metric queries are ratelimited in current time period by datadog, resets in 42 sec';
  assert.deepEqual([error.message, error.code, error.retryable], [text, 'datadog_failed', true]);
  assert.equal(seen.length, 1);
});

test('every other answer is an error that says what Datadog said, and whose turn it is', async (t) => {
  const cases = [
    [403, '{"errors":["Forbidden"]}', '403 Forbidden: Forbidden', 'usage'],
    [400, '{"errors":["Error parsing query","at 3"]}', '400 Bad Request: Error parsing query, at 3', 'usage'],
    [408, '', '408 Request Timeout', 'remote'],
    [502, '<html>nginx</html>', '502 Bad Gateway', 'remote'],
    [599, '', '599', 'remote'],
    [200, '{"status":"error","error":"unknown function f"}', 'unknown function f', 'usage'],
    [200, '{"status":"error"}', 'the query failed', 'usage'],
    [200, '<html>', 'the answer is no JSON object, or not all of it: <html>', 'remote'],
    [200, '', 'the answer is no JSON object, or not all of it: it is empty', 'remote'],
    [200, timeSeries([['1', 5]]), 'a point is no pair of a time and a number', 'remote'],
    [200, timeSeries([[1e300, 5]]), 'a point is no pair of a time and a number', 'remote'],
  ] as const;
  let reply = { status: 0, body: '' };
  const { failure, whyNot } = await fakeDatadog(t, () => reply);
  for (const [status, body, text, blame] of cases) {
    reply = { status, body };
    assert.equal(await whyNot(), `${failed}: ${text}`);
    const error = await failure();
    assert.ok(error instanceof AutoscalerError && error.blame === blame, body);
    assert.equal(error.retryable, blame === 'remote' && status !== 200, body);
  }
});

test('a redirect is not followed, and says where it leads', async (t) => {
  const headers = { location: 'https://login.example/start?token=geheim' };
  const { whyNot } = await fakeDatadog(t, () => ({ status: 302, body: '', headers }));
  assert.equal(await whyNot(), `${failed}: 302 Found: it leads to https://login.example/start`);
});

test('a server that is not there is an error that says so', async (t) => {
  const { whyNot } = await openApm(t, datadogOn('http://127.0.0.1:1'), keys, {}, 'm');
  const url = 'http://127.0.0.1:1/api/v1/query?from=1600000000&query=m&to=1600000030';
  assert.equal(await whyNot(), `${failed}: Get "${url}": dial tcp 127.0.0.1:1: connect: connection refused`);
});

test('no key is repeated, whoever says it', async (t) => {
  let status = 403;
  const { whyNot } = await fakeDatadog(t, ({ headers }) => {
    const echo = `${headers['dd-api-key']} ${headers['dd-application-key']}`;
    const body = status === 200 ? { status: 'error', error: echo } : { errors: [echo] };
    return { status, body: status === 201 ? echo : JSON.stringify(body) };
  });
  for (status of [403, 200, 201]) assert.match(await whyNot(), /: <redacted> <redacted>$/);
  assert.match(
    await refusalOfApm(plugin, { ...keys, dd_api_key: 'geh\neim' }),
    /^(?!.*geh).*DD-API-KEY holds a character/,
  );
});

test('an answer that takes too long is given up after 10 s', async (t) => {
  for (const limit of [{}, { dd_api_rate_per_sec: '1' }]) {
    const clock = virtualClock();
    const { failure, seen } = await fakeDatadog(t, () => undefined, limit, { clock });
    const failing = failure();
    while (seen.length === 0) await clock.advance(0);
    await clock.advance(10_000);
    const error = await failing;
    assert.ok(error instanceof AutoscalerError);
    assert.deepEqual([error.code, error.retryable, clock.pending], ['no_answer', true, 0]);
  }
});

test('a site is asked at its API; one that nobody knows fails each query, and starts all the same', async (t) => {
  const asked: (string | undefined)[] = [];
  const tunnel = createServer();
  tunnel.on('connect', (request, socket) => {
    asked.push(request.url);
    socket.end('HTTP/1.1 502 no\r\n\r\n');
  });
  tunnel.listen(0, '127.0.0.1');
  await once(tunnel, 'listening');
  t.after(() => tunnel.close());
  const env = { HTTPS_PROXY: `http://127.0.0.1:${(tunnel.address() as AddressInfo).port}` };
  for (const site of ['', 'datadoghq.eu', 'us3.datadoghq.com']) {
    await (await openApm(t, plugin, { ...keys, site }, { env }, 'm')).whyNot();
  }
  assert.deepEqual(asked.splice(0), ['api.datadoghq.com:443', 'api.datadoghq.eu:443', 'api.us3.datadoghq.com:443']);

  const unknown = await openApm(t, plugin, { ...keys, site: 'datadoghq.example' }, { env }, 'm');
  assert.deepEqual(unknown.said, [
    ['warn', 'unknown datadog site, every query will fail', { site: 'datadoghq.example' }],
  ]);
  const why = 'the variable site in the server URL has invalid value datadoghq.example. Must be [datadoghq.com ';
  assert.ok((await unknown.whyNot()).startsWith(`${failed}: ${why}`));
  assert.deepEqual(asked, []);
});

const suiteOf = (origin: string) =>
  apmConformance(inProcess(datadogOn(origin), testWorld({ env: {} })), {
    name: 'datadog',
    agentConfig: keys,
    badAgentConfig: { ...keys, dd_api_rate_per_sec: 'many' },
    query: 'avg:m{*}',
    range: halfMinute,
    badQuery: 'avg:(',
    emptyQuery: 'none',
  });
for (const { title } of suiteOf('http://127.0.0.1')) {
  test(`as any APM: ${title}`, async (t) => {
    const { origin } = await fakeService(t, ({ parameters: { query } }) => {
      if (query === 'avg:(') return { status: 400, body: '{"errors":["Error parsing query"]}' };
      return query === 'none' ? timeSeries() : timeSeries([[1_600_000_000_000, 1]]);
    });
    await suiteOf(origin)
      .find((one) => one.title === title)
      ?.run();
  });
}
