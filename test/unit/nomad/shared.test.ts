import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import { noLog } from '../../../src/lib/log.ts';
import { settingsFromTexts } from '../../../src/nomad/settings.ts';
import { openNomad, shareNomad } from '../../../src/nomad/shared.ts';
import { readTls } from '../../../src/nomad/tls.ts';
import { never } from '../../support/nomad.ts';
import { serveHttp } from '../../support/nomad-http.ts';

const world = { clock: systemClock, random: () => 0.5, log: noLog };

test('who reaches Nomad the same way shares one view and its connections, and the last one closes it', async (t) => {
  const asked: string[] = [];
  const { origin, sockets } = await serveHttp(t, (request, response) => {
    asked.push(request.url ?? '');
    const body = request.url?.startsWith('/v1/jobs')
      ? []
      : { JobID: 'web', JobStopped: false, TaskGroups: { g: { Running: 1 } } };
    if (!request.url?.includes('index=')) response.setHeader('X-Nomad-Index', '5').end(JSON.stringify(body));
  });
  const target = await shareNomad(settingsFromTexts({ address: origin }), world);
  const apm = await shareNomad(settingsFromTexts({ address: origin }), world);
  const other = await shareNomad(settingsFromTexts({ address: origin, token: 't' }), world);
  assert.equal(target.jobs, apm.jobs);
  assert.notEqual(target.jobs, other.jobs);

  const web = { namespace: 'default', id: 'web' };
  await Promise.all([target.jobs.status(web, never), apm.jobs.status(web, never)]);
  assert.equal(asked.filter((path) => path.includes('/scale')).length, 1);
  assert.ok(sockets.opened <= 5);

  await target.close();
  await target.close();
  await apm.jobs.status({ namespace: 'default', id: 'other' }, never);
  await apm.close();
  await assert.rejects(async () => apm.jobs.status({ namespace: 'default', id: 'third' }, never));
  await other.close();
});

test('usage of one allocation that many ask for at the same moment is one request', async (t) => {
  let count = 0;
  const { origin } = await serveHttp(t, (_, response) => {
    count++;
    response.end('{"ResourceUsage":{"CpuStats":{"Percent":70,"TotalTicks":700},"MemoryStats":null}}');
  });
  const nomad = await shareNomad(settingsFromTexts({ address: origin }), world);
  const usage = await Promise.all(Array.from({ length: 50 }, () => nomad.usage.of('a', 'default', never)));
  assert.deepEqual(usage[49], { cpuPercent: 70, cpuMhz: 700, memoryBytes: undefined });
  assert.equal(count, 1);
  await nomad.close();
});

test('settings that cannot work are refused before anything is asked', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nomad-'));
  t.after(() => rm(folder, { recursive: true }));
  const noPem = join(folder, 'no.pem');
  await writeFile(noPem, 'nothing');
  await assert.rejects(readTls({ clientCert: noPem }), { message: 'Both client cert and client key must be provided' });
  await assert.rejects(readTls({ caCert: noPem }), { message: `failed to decode PEM file ${noPem}` });
  await assert.rejects(readTls({ caPath: join(folder, 'absent') }), { code: 'invalid_nomad_settings' });
  await assert.rejects(shareNomad(settingsFromTexts({ address: 'nowhere' }), world), { code: 'invalid_address' });

  await writeFile(join(folder, 'no.pem'), '-----BEGIN CERTIFICATE-----\n');
  assert.equal((await readTls({ caPath: folder })).ca?.length, 1);
});

test('a Nomad elsewhere is asked through the proxy of the environment, with and without TLS; settings and proxy make the way', async (t) => {
  const asked: string[] = [];
  const proxy = await serveHttp(t, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('[]');
  });
  proxy.server.on('connect', (request, socket) => {
    asked.push(`${request.method} ${request.url}`);
    socket.end('HTTP/1.1 502 no\r\n\r\n');
  });
  const env = { HTTP_PROXY: proxy.origin, HTTPS_PROXY: proxy.origin };
  const settings = settingsFromTexts({ address: 'http://nomad.example:4646', wait: '0s' });
  const direct = await shareNomad(settings, world);
  const nomad = await shareNomad(settings, { ...world, env });
  assert.notEqual(nomad.client, direct.client);
  assert.deepEqual((await nomad.client.list('/v1/nodes', {}, never)).value, []);
  const secure = await shareNomad(settingsFromTexts({ address: 'https://nomad.example', wait: '0s' }), {
    ...world,
    env,
  });
  await assert.rejects(secure.client.list('/v1/nodes', {}, never), { code: 'connection_failed' });
  assert.deepEqual(asked, ['GET http://nomad.example:4646/v1/nodes', 'CONNECT nomad.example:443']);
  await Promise.all([direct, nomad, secure].map((one) => one.close()));
});

test('a client of one’s own holds many queries at once, and other requests pass them by', async (t) => {
  const held: string[] = [];
  const { origin } = await serveHttp(t, (request, response) => {
    if (request.url?.includes('index=')) held.push(request.url);
    else response.end('[]');
  });
  const nomad = await openNomad(settingsFromTexts({ address: origin }), {}, 20);
  const stop = new AbortController();
  const queries = Array.from({ length: 20 }, (_, at) => nomad.client.list(`/v1/node/${at}`, { index: 1 }, stop.signal));
  const ended = Promise.allSettled(queries);
  while (held.length < 20) await nomad.client.list('/v1/nodes', {}, never);
  stop.abort();
  assert.ok((await ended).every(({ status }) => status === 'rejected'));
  await nomad.close();
});

test('what a plugin opened before goes on with the token of its newest settings, and with no other plugin’s', async (t) => {
  const tokens: unknown[] = [];
  const { origin } = await serveHttp(t, (request, response) => {
    tokens.push(request.headers['x-nomad-token']);
    response.end('{}');
  });
  const settings = (token?: string) => settingsFromTexts({ address: origin, token });
  const [plugin, other] = [{ env: {} }, { env: {} }];
  const old = await openNomad(settings('old-hush'), plugin, 1);
  const foreign = await openNomad(settings('foreign-hush'), other, 1);
  await old.client.get('/v1/nodes', {}, never);
  const renewed = await openNomad(settings('new-hush'), plugin, 1);
  for (const nomad of [old, renewed, foreign]) await nomad.client.get('/v1/nodes', {}, never);
  assert.deepEqual(tokens, ['old-hush', 'new-hush', 'new-hush', 'foreign-hush']);
  for (const nomad of [old, renewed, foreign]) await nomad.close();
});
