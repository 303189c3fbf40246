import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apmConformance, inProcess } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../../../plugins/apm/instana/index.ts';
import { virtualClock } from '../../../../src/lib/clock.ts';
import { AutoscalerError, explain } from '../../../../src/lib/error.ts';
import { fakeService, halfMinute, openApm, refusalOfApm } from '../../../support/http-apm.ts';
import { fakeInstana, items, usual } from '../../../support/instana.ts';
import { never } from '../../../support/nomad.ts';

const good = { endpoint: 'https://unit.example', api_token: 'token-geheim' };
const one = items({ 'cpu.used': [[1_600_000_000_123, 5]] });
const five = [{ at: 1_600_000_000_123, value: 5 }];
const path = '/api/infrastructure-monitoring/metrics';

test('plugins #105: the path of the API comes after that of the endpoint, whether or not it ends in a slash', async (t) => {
  const { origin, seen } = await fakeService(t, () => one);
  for (const base of ['', '/', '/instana', '/instana/', '/a/b//', ' ']) {
    const { session } = await openApm(t, plugin, { ...good, endpoint: `${origin}${base}` }, {}, usual);
    assert.deepEqual(await session.query(usual, halfMinute, never), five);
  }
  const paths = [path, path, `/instana${path}`, `/instana${path}`, `/a/b${path}`, path];
  assert.deepEqual(
    seen.map((request) => request.path),
    paths,
  );
});

const absolute = 'endpoint must be a valid absolute URL';
const refusals: readonly (readonly [settings: Record<string, string>, text: string])[] = [
  [{ api_token: 'x' }, 'endpoint config value cannot be empty'],
  [{ endpoint: ' ', api_token: 'x' }, 'endpoint config value cannot be empty'],
  [{ endpoint: good.endpoint }, 'api_token config value cannot be empty'],
  [{ endpoint: good.endpoint, api_token: ' \n' }, 'api_token config value cannot be empty'],
  [{ ...good, endpoint: 'unit.example' }, absolute],
  [{ ...good, endpoint: '/api' }, absolute],
  [{ ...good, endpoint: 'https:///api' }, absolute],
  [
    { ...good, endpoint: 'https://[::1' },
    'failed to parse endpoint: parse "https://[::1": expected http://host:port or https://host:port',
  ],
];

test('plugins #106: an absolute endpoint and a token are needed; what is refused changes nothing', async (t) => {
  for (const [settings, text] of refusals) assert.equal(await refusalOfApm(plugin, settings), text);
  const { session, seen } = await fakeInstana(t, () => one);
  for (const [settings] of refusals) await assert.rejects(async () => session.setConfig(settings, never));
  assert.deepEqual(await session.query(usual, halfMinute, never), five);
  assert.equal(seen[0]?.headers.authorization, 'apiToken token-geheim');
});

test('plugins #106: the token may come from the environment; both are trimmed, and the setting wins', async (t) => {
  const { origin, seen } = await fakeService(t, () => one);
  const sent = async (config: Record<string, string>, env: Record<string, string>) => {
    const { session } = await openApm(t, plugin, { endpoint: origin, ...config }, { env }, usual);
    await session.query(usual, halfMinute, never);
    return seen.at(-1)?.headers.authorization;
  };
  const env = { INSTANA_API_TOKEN: ' from-env\n' };
  assert.equal(await sent({}, env), 'apiToken from-env');
  assert.equal(await sent({ api_token: '  ' }, env), 'apiToken from-env');
  assert.equal(await sent({ api_token: ' own ' }, env), 'apiToken own');
  const blank = { INSTANA_API_TOKEN: ' ' };
  assert.equal(await refusalOfApm(plugin, { endpoint: origin }, blank), 'api_token config value cannot be empty');
});

test('the query is posted with the window of the check in place of its own', async (t) => {
  const { session, seen } = await fakeInstana(t, () => one);
  const query = `{ "plugin": "host", "metrics": ["cpu.used"], "snapshotIds": ["a"], "rollup": 1,
    "query": "entity.zone:ü", "timeFrame": { "to": 1, "windowSize": 2 } }`;
  await session.query(query, { from: 1_600_000_000_001, to: 1_600_000_030_000 }, never);
  assert.equal(seen[0]?.method, 'POST');
  assert.equal(seen[0]?.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), {
    plugin: 'host',
    metrics: ['cpu.used'],
    snapshotIds: ['a'],
    rollup: 1,
    query: 'entity.zone:ü',
    timeFrame: { windowSize: 29_999, to: 1_600_000_030_000 },
  });
});

test('plugins #107: each metric of each item is a series; zeros are values, nulls are not', async (t) => {
  let body = items({ a: [[1, 1]] }, { a: [[1, 2]] });
  const { session, whyNot, said } = await fakeInstana(t, () => body);
  const two = [[{ at: 1, value: 1 }], [{ at: 1, value: 2 }]];
  const tooMany = 'query returned 2 metric streams, only 1 is expected';
  assert.deepEqual(await session.queryMultiple(usual, halfMinute, never), two);
  assert.equal(await whyNot(), tooMany);
  body = items({ a: [[1, 1]], b: [[1, 2]], c: [], d: null });
  assert.deepEqual(await session.queryMultiple(usual, halfMinute, never), two);
  assert.equal(await whyNot(), tooMany);
  body = items({ a: [[1, null]] }, { a: [[1_600_000_000_001, 0], [2, null], [null, 3], [4], null] }, null);
  assert.deepEqual(await session.query(usual, halfMinute, never), [{ at: 1_600_000_000_001, value: 0 }]);
  assert.deepEqual(said, []);
});

test('no item, or none with points, is no data', async (t) => {
  let body = '';
  const { session, said } = await fakeInstana(t, () => body);
  for (body of ['{}', '{"items":null}', items(), items({}, { a: [] }, { a: [[1, null]] })]) {
    assert.deepEqual(await session.query(usual, halfMinute, never), []);
    const warning = 'empty time series response from instana, try a wider query window';
    assert.deepEqual(said.splice(0), [['warn', warning, undefined]]);
  }
});

test('plugins #108: a query that is no JSON object, or for an instant, is refused, and nothing is asked', async (t) => {
  const { failure, whyNot, seen, said } = await fakeInstana(t, () => one);
  assert.match(await whyNot('{ "plugin": '), /^failed to unmarshal instana query: \w/);
  for (const query of ['[]', '"x"', 'null']) {
    assert.equal(await whyNot(query), 'failed to unmarshal instana query: it is no JSON object');
  }
  const error = await failure('');
  assert.ok(error instanceof AutoscalerError && error.code === 'invalid_query' && error.blame === 'usage');
  const instant = { from: 5, to: 5 };
  assert.equal(await whyNot('no JSON', instant), 'query_window = "instant" is not supported by instana');
  assert.deepEqual([seen, said], [[], []]);
});

test('plugins #108: a refusal is told, and logged, with what Instana said', async (t) => {
  let reply = { status: 429, body: 'slow down', headers: { 'X-RateLimit-Reset': '1600000000' } as object };
  const { failure, whyNot, said } = await fakeInstana(t, () => ({ ...reply, headers: { ...reply.headers } }));
  const limited = 'metric queries are rate limited by instana, resets at 1600000000';
  assert.equal(await whyNot(), limited);
  assert.deepEqual(said.splice(0), [['error', 'error querying instana metrics', { error: limited }]]);

  const refused = async (status: number, body: string, headers: object = {}) => {
    reply = { status, body, headers };
    return whyNot();
  };
  const failed = (status: number) => `instana query failed with status ${status}: `;
  assert.equal(await refused(500, ' broken\n'), `${failed(500)}broken`);
  assert.equal(await refused(500, 'x'.repeat(2_000)), `${failed(500)}${'x'.repeat(1_024)}`);
  const headers = { location: '/login?token=geheim' };
  assert.equal(await refused(302, '', headers), `${failed(302)}it leads to /login`);
  for (const [status, blame] of [
    [401, 'usage'],
    [429, 'remote'],
    [500, 'remote'],
  ] as const) {
    reply = { status, body: '', headers: {} };
    const error = await failure();
    assert.ok(error instanceof AutoscalerError);
    assert.deepEqual([error.code, error.blame, error.retryable], ['instana_failed', blame, blame === 'remote']);
  }
});

test('what is no answer of Instana cannot be decoded', async (t) => {
  let body = '<html>';
  const { whyNot } = await fakeInstana(t, () => body);
  const failed = 'failed to decode instana response: ';
  assert.equal(await whyNot(), `${failed}the answer is no JSON object, or not all of it: <html>`);
  body = '{"items":{}}';
  assert.equal(await whyNot(), `${failed}items is no list`);
  for (body of [items({ a: [['1', 1]] }), items({ a: [[1, '1']] }), items({ a: [[1e300, 1]] })]) {
    assert.equal(await whyNot(), `${failed}a point is no pair of a time and a number`);
  }
});

test('a server that is not there is an error that says so', async (t) => {
  const { whyNot } = await openApm(t, plugin, { ...good, endpoint: 'http://127.0.0.1:1' }, {}, usual);
  const why = `Post "http://127.0.0.1:1${path}": dial tcp 127.0.0.1:1: connect: connection refused`;
  assert.equal(await whyNot(), `error querying metrics from instana: ${why}`);
});

test('the token is not repeated, whoever says it', async (t) => {
  let status = 0;
  const { whyNot, said } = await fakeInstana(t, ({ headers }) => ({ status, body: `${headers.authorization}` }));
  for (status of [200, 401, 500]) assert.match(await whyNot(), /: apiToken <redacted>$/);
  assert.ok(said.length === 3 && !JSON.stringify(said).includes('geheim'));
  assert.match(await refusalOfApm(plugin, { ...good, api_token: 'geh\neim' }), /^(?!.*geh).*holds a character/);
});

test('an answer that takes too long is given up after 10 s', async (t) => {
  const clock = virtualClock();
  const { failure, seen } = await fakeInstana(t, () => undefined, {}, { clock });
  const failing = failure();
  while (seen.length === 0) await clock.advance(0);
  await clock.advance(10_000);
  const error = await failing;
  assert.equal(explain(error), 'error querying metrics from instana: no answer within 10000 ms');
  assert.ok(error instanceof AutoscalerError && error.code === 'no_answer' && error.retryable);
});

test('a query that is called off is no error to log', async (t) => {
  const { session, seen, said } = await fakeInstana(t, () => undefined);
  const stop = new AbortController();
  const asking = session.query(usual, halfMinute, stop.signal);
  while (seen.length === 0) await new Promise(setImmediate);
  stop.abort();
  await assert.rejects(async () => asking, { name: 'AbortError' });
  assert.deepEqual(said, []);
});

const suiteOf = (endpoint: string) =>
  apmConformance(inProcess(plugin), {
    name: 'instana',
    agentConfig: { ...good, endpoint },
    badAgentConfig: { ...good, endpoint: 'relative' },
    query: usual,
    range: halfMinute,
    badQuery: '{',
    emptyQuery: '{"plugin":"none"}',
  });
for (const { title } of suiteOf('http://127.0.0.1')) {
  test(`as any APM: ${title}`, async (t) => {
    const { origin } = await fakeService(t, ({ body }) => (body.includes('none') ? items() : one));
    await suiteOf(origin)
      .find(({ title: other }) => other === title)
      ?.run();
  });
}
