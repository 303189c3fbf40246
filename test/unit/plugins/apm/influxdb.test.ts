import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { apmConformance, inProcess } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../../../plugins/apm/influxdb/index.ts';
import { virtualClock } from '../../../../src/lib/clock.ts';
import { AutoscalerError, explain } from '../../../../src/lib/error.ts';
import { fakeService, halfMinute, openApm, type Reply, refusalOfApm } from '../../../support/http-apm.ts';
import { answer, fakeInfluxdb, table } from '../../../support/influxdb.ts';
import { never } from '../../../support/nomad.ts';

const good = { address: 'http://127.0.0.1:8086', database: 'telegraf' };
const one = answer(table(['time', 'value'], [1_600_000_000, 5]));
const five = [{ at: 1_600_000_000_000, value: 5 }];
const sharedRefusal = 'auth configuration error: shared_secret requires username (used as the JWT username claim)';
const conflict = 'conflicting auth configuration: shared_secret cannot be used together with password';
const nameAlone = 'auth configuration error: username requires password for Basic authentication';
const passwordAlone = 'auth configuration error: password requires username for Basic authentication';
const absolute = 'address must be a valid absolute URL';
const unsupported = (version: string) =>
  `influxdb version "${version}" is not yet supported: only version "1" is currently implemented`;

const refusals: readonly (readonly [settings: Record<string, string>, text: string])[] = [
  [{ database: 'x' }, 'address config value cannot be empty'],
  [{ address: ' \t', database: 'x' }, 'address config value cannot be empty'],
  [{}, 'address config value cannot be empty'],
  [{ address: good.address }, 'database config value cannot be empty'],
  [{ address: good.address, database: ' ', db: ' ' }, 'database config value cannot be empty'],
  [{ ...good, shared_secret: 's' }, sharedRefusal],
  [{ ...good, shared_secret: 's', password: 'p' }, sharedRefusal],
  [{ ...good, shared_secret: 's', username: 'u', password: 'p' }, conflict],
  [{ ...good, username: 'u', version: '2' }, nameAlone],
  [{ ...good, username: 'u', password: ' ' }, nameAlone],
  [{ ...good, password: 'p' }, passwordAlone],
  [{ ...good, address: 'relative', version: '2' }, unsupported('2')],
  [{ ...good, version: ' 3 ' }, unsupported('3')],
  [{ ...good, version: '1.8' }, 'invalid influxdb version "1.8": only version "1" is supported'],
  [{ ...good, address: 'influxdb.local' }, absolute],
  [{ ...good, address: '/query' }, absolute],
  [{ ...good, address: 'localhost:8086' }, absolute],
  [{ ...good, address: 'http:/one-slash' }, absolute],
  [{ ...good, address: 'http://' }, absolute],
];

test('plugins #102: settings that cannot work are refused by the first rule that they break', async () => {
  for (const [settings, text] of refusals) assert.equal(await refusalOfApm(plugin, settings), text);
  const parse = (shown: string) =>
    `failed to parse address: parse "${shown}": expected http://host:port or https://host:port`;
  assert.equal(await refusalOfApm(plugin, { ...good, address: 'http://[::1' }), parse('http://[::1'));
  assert.equal(
    await refusalOfApm(plugin, { ...good, address: 'ftp://root:geheim@x/y' }),
    parse('ftp://<redacted>@x/y'),
  );
});

test('plugins #102: settings that are refused change nothing', async (t) => {
  const { session, seen } = await fakeInfluxdb(t, () => one, { username: 'u', password: 'p' });
  for (const [settings] of refusals) await assert.rejects(async () => session.setConfig(settings, never));
  assert.deepEqual(await session.query('q', halfMinute, never), five);
  assert.match(seen[0]?.headers.authorization ?? '', /^Basic /);
});

test('values are trimmed, `db` stands in for `database`, and version 1 may be said', async (t) => {
  const service = await fakeService(t, () => one);
  const settings = { address: ` ${service.origin}/ `, database: ' ', db: ' metrics\n', version: ' 1 ', username: ' ' };
  const { session } = await openApm(t, plugin, settings, {}, 'q');
  await session.query('q', halfMinute, never);
  assert.equal(service.seen[0]?.parameters['db'], 'metrics');
});

test('a query goes by GET, with what the address holds beside it', async (t) => {
  const { origin, seen } = await fakeService(t, () => one);
  const address = `${origin}/influx/?retention=a%20b&db=wrong&epoch=ns`;
  const { session } = await openApm(t, plugin, { address, database: 'telegraf' }, {}, 'q');
  const query = `SELECT mean("value") FROM "cpu" WHERE time > now() - 5m AND host =~ /a&b/`;
  assert.deepEqual(await session.query(query, halfMinute, never), five);
  assert.deepEqual([seen[0]?.method, seen[0]?.path], ['GET', '/influx/query']);
  assert.deepEqual(seen[0]?.parameters, { retention: 'a b', db: 'telegraf', epoch: 's', q: query });
});

test('plugins #103: who asks goes in a header and never in the URL', async (t) => {
  const clock = virtualClock();
  const asked = async (config: Record<string, string>) => {
    const { session, seen } = await fakeInfluxdb(t, () => one, config, { clock });
    await session.query('q', halfMinute, never);
    await clock.advance(60_000);
    await session.query('q', halfMinute, never);
    for (const { parameters } of seen) assert.deepEqual(Object.keys(parameters).sort(), ['db', 'epoch', 'q']);
    return seen.map(({ headers }) => headers.authorization);
  };
  const basic = `Basic ${Buffer.from('scaler:päss:word').toString('base64')}`;
  assert.deepEqual(await asked({ username: 'scaler', password: 'päss:word' }), [basic, basic]);
  assert.deepEqual(await asked({}), [undefined, undefined]);

  const startedAt = Math.floor(clock.now() / 1000);
  const tokens = await asked({ username: 'scaler', shared_secret: 'very secret' });
  for (const [nth, header = ''] of tokens.entries()) {
    const [, head = '', claims = '', signature] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(header) ?? [];
    const text = (part: string) => Buffer.from(part, 'base64url').toString();
    assert.equal(text(head), '{"alg":"HS256","typ":"JWT"}');
    assert.deepEqual(JSON.parse(text(claims)), { username: 'scaler', exp: startedAt + nth * 60 + 120 });
    assert.equal(signature, createHmac('sha256', 'very secret').update(`${head}.${claims}`).digest('base64url'));
  }
});

test('a user in the address is sent in the header, unless another one is configured', async (t) => {
  const { origin, seen } = await fakeService(t, () => one);
  const header = async (address: string, more = {}) => {
    const { session } = await openApm(t, plugin, { address, database: 'x', ...more }, {}, 'q');
    await session.query('q', halfMinute, never);
    const { parameters, headers } = seen.at(-1) ?? { parameters: {}, headers: { authorization: '' } };
    assert.ok(!('u' in parameters) && !('p' in parameters));
    return headers.authorization;
  };
  const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`;
  assert.equal(await header(origin.replace('//', '//root:p%40ss@')), basic('root:p@ss'));
  assert.equal(await header(`${origin}?u=root&p=pass`), basic('root:pass'));
  assert.equal(await header(`${origin}?u=root&p=pass`, { username: 'a', password: 'b' }), basic('a:b'));
});

test('plugins #104: a status that is no success is told with the beginning of what was said', async (t) => {
  let reply = { status: 500, body: ' {"error":"timeout"}\n', headers: {} };
  const { failure, whyNot } = await fakeInfluxdb(t, () => reply);
  assert.equal(await whyNot(), 'influxdb query failed with status 500: {"error":"timeout"}');
  reply = { ...reply, body: `${'ü'.repeat(600)}` };
  assert.equal(await whyNot(), `influxdb query failed with status 500: ${'ü'.repeat(512)}`);
  reply = { status: 307, body: 'moved', headers: { location: 'https://other.example/query?token=geheim' } };
  assert.equal(await whyNot(), 'influxdb query failed with status 307: it leads to https://other.example/query');
  for (const [status, blame] of [
    [400, 'usage'],
    [401, 'usage'],
    [429, 'remote'],
    [503, 'remote'],
  ] as const) {
    reply = { status, body: '', headers: {} };
    const error = await failure();
    assert.ok(error instanceof AutoscalerError);
    assert.deepEqual([error.code, error.blame, error.retryable], ['influxdb_failed', blame, blame === 'remote']);
  }
});

test('an instant is refused, and nothing is asked', async (t) => {
  const { whyNot, seen } = await fakeInfluxdb(t, () => one);
  assert.equal(await whyNot('q', { from: 5, to: 5 }), 'query_window = "instant" is not supported by influxdb');
  assert.equal(seen.length, 0);
});

test('a server that is not there is an error that shows no secret of its address', async (t) => {
  const address = 'http://127.0.0.1:1/?api_key=geheim%20geheim&p=passwort&u=root';
  const { failure, whyNot } = await openApm(t, plugin, { address, database: 'x' }, {}, 'q');
  const url = 'http://127.0.0.1:1/query?api_key=<redacted>&db=x&epoch=s&q=q';
  const why = `Get "${url}": dial tcp 127.0.0.1:1: connect: connection refused`;
  assert.equal(await whyNot(), `error querying metrics from influxdb: ${why}`);
  const error = await failure();
  assert.ok(error instanceof AutoscalerError && error.code === 'connection_failed' && error.retryable);
});

test('no secret is repeated, whoever says it', async (t) => {
  let status = 401;
  const reply: Reply = ({ headers }) => {
    const echo = `${headers.authorization} secret-secret`;
    if (status === 201) return { status, body: echo };
    const body = JSON.stringify(status === 200 ? { error: echo } : { results: [{ error: echo }] });
    return { status: status === 202 ? 200 : status, body: status === 401 ? echo : body };
  };
  for (const own of ['password', 'shared_secret']) {
    const { whyNot } = await fakeInfluxdb(t, reply, { username: 'scaler', [own]: 'secret-secret' });
    for (status of [401, 200, 201, 202]) assert.match(await whyNot(), /: (Basic|Bearer) <redacted> <redacted>$/);
  }
});

test('an answer that takes too long is given up after 10 s', async (t) => {
  const clock = virtualClock();
  const { failure, seen } = await fakeInfluxdb(t, () => undefined, {}, { clock });
  const failing = failure();
  while (seen.length === 0) await clock.advance(0);
  await clock.advance(10_000);
  const error = await failing;
  assert.equal(explain(error), 'error querying metrics from influxdb: no answer within 10000 ms');
  assert.ok(error instanceof AutoscalerError && error.code === 'no_answer' && error.retryable);
});

const suiteOf = (address: string) =>
  apmConformance(inProcess(plugin), {
    name: 'influxdb',
    agentConfig: { address, database: 'telegraf' },
    badAgentConfig: { address, database: 'telegraf', version: '2' },
    query: 'SELECT v FROM cpu',
    range: halfMinute,
    badQuery: 'SELECT',
    emptyQuery: 'SELECT v FROM nothing',
  });
for (const { title } of suiteOf('http://127.0.0.1')) {
  test(`as any APM: ${title}`, async (t) => {
    const { origin } = await fakeService(t, ({ parameters: { q } }) => {
      if (q === 'SELECT') return { status: 400, body: '{"error":"error parsing query: found EOF"}' };
      return q === 'SELECT v FROM nothing' ? '{"results":[{"statement_id":0}]}' : one;
    });
    await suiteOf(origin)
      .find(({ title: other }) => other === title)
      ?.run();
  });
}
