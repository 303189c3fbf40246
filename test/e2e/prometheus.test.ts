/** The prometheus plugin against the real thing, which scrapes a small endpoint of ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { asProcess, inProcess, testWorld } from 'nomad-autoscaler/sdk/testing';
import { plugin } from '../../plugins/apm/prometheus/index.ts';
import { sleep, systemClock } from '../../src/lib/clock.ts';
import { explain } from '../../src/lib/error.ts';
import type { ApmSession } from '../../src/model/plugin.ts';
import { never } from '../support/nomad.ts';
import { serveHttp } from '../support/nomad-http.ts';

const binary = '/usr/bin/prometheus';
const options = { skip: !existsSync(binary) && `left out: ${binary} is not there (apt-get install prometheus)` };
const deadlineMs = 60_000;

const exposed = ['jobs_waiting 42', 'shard_load{shard="1"} 1', 'shard_load{shard="2"} 3', 'nothing_known NaN', ''].join(
  '\n',
);

/** @returns a port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a Prometheus of our own, with storage of its own, that scrapes once a second. */
async function startPrometheus(t: TestContext): Promise<string> {
  const { origin } = await serveHttp(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposed);
  });
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const config = join(folder, 'prometheus.yml');
  const scrape = { job_name: 'test', static_configs: [{ targets: [origin.replace('http://', '')] }] };
  await writeFile(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [scrape] }));
  const port = await freePort();
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(binary, flags, { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${port}`;
}

const lastMinute = () => ({ from: systemClock.now() - 60_000, to: systemClock.now() });
const atOnce = () => ({ from: systemClock.now(), to: systemClock.now() }) as const;

/** Waits until what was scraped can be seen. */
async function scraped(session: ApmSession): Promise<void> {
  const until = systemClock.now() + deadlineMs;
  for (;;) {
    const points = await Promise.resolve(session.query('jobs_waiting', lastMinute(), never)).catch(() => []);
    if (points.length >= 2) return;
    assert.ok(systemClock.now() < until, 'Prometheus did not scrape');
    await sleep(systemClock, 200);
  }
}

test('a real Prometheus is asked by range and by instant, and its refusals read as upstream’s', options, async (t) => {
  const address = await startPrometheus(t);
  const session = plugin.open(testWorld());
  t.after(() => session.close());
  await session.setConfig({ address, basic_auth_user: 'nobody', header_X_Test: '1' }, never);
  await scraped(session);
  const query = async (text: string, range = lastMinute()) => session.query(text, range, never);
  const whyNot = (text: string, range = lastMinute()) =>
    query(text, range).then(() => assert.fail('it answered'), explain);

  const points = await query('jobs_waiting');
  assert.ok(points.every(({ value, at }) => value === 42 && at % 1_000 === 0));
  const now = systemClock.now();
  assert.deepEqual(
    (await query('sum(shard_load) * 2', { from: now, to: now })).map(({ value }) => value),
    [8],
  );
  assert.equal((await query('scalar(jobs_waiting)', atOnce()))[0]?.value, 42);
  assert.equal((await query('vector(1) / vector(0)', atOnce()))[0]?.value, Number.POSITIVE_INFINITY);
  assert.deepEqual(await query('no_such_metric'), []);
  assert.equal((await session.queryMultiple('shard_load', lastMinute(), never)).length, 2);
  const aDay = { from: now - 24 * 3_600_000, to: now };
  assert.ok((await query('jobs_waiting', aDay)).length > 0, 'a window with too many points for steps of a second');

  assert.equal(await whyNot('shard_load'), 'query returned 2 metric streams, only 1 is expected');
  assert.equal(await whyNot('nothing_known'), 'query result value is not-a-number');
  assert.equal(await whyNot('"text"', atOnce()), 'result type (`string`) is not supported');
  assert.match(String(await whyNot('sum(')), /^failed to query: bad_data: /);
});

test('the plugin as a process of its own gives the same points', options, async (t) => {
  const address = await startPrometheus(t);
  const main = new URL('../../plugins/apm/prometheus/main.ts', import.meta.url).pathname;
  const command = { path: process.execPath, args: ['--conditions=source', main], env: process.env };
  const inside = await inProcess(plugin).open();
  const outside = await asProcess('apm', command).open();
  t.after(() => Promise.all([inside.session.close(), outside.session.close()]));
  for (const { session } of [inside, outside]) await session.setConfig({ address }, never);
  await scraped(inside.session);
  const until = systemClock.now() - 1_000;
  const range = { from: until - 30_000, to: until };
  const expected = await inside.session.query('jobs_waiting', range, never);
  assert.deepEqual(await outside.session.query('jobs_waiting', range, never), expected);
});
