import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { listen } from '../../../../src/nomad-server/listen.ts';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

/** Follows a stream while `act` runs. @returns its lines. */
async function follow(nomad: TestNomad, query: string, act: () => Promise<unknown>) {
  const stop = new AbortController();
  const answered = nomad.read({ url: `/v1/event/stream${query}`, signal: stop.signal });
  await nomad.clock.advance(0);
  await act();
  await nomad.clock.advance(0);
  stop.abort();
  const { text } = await answered;
  assert.ok(text.endsWith('\n'));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const typesOf = (lines: Awaited<ReturnType<typeof follow>>): string[] =>
  lines.flatMap((line) => line.Events ?? []).map((event: { Topic: string; Type: string }) => event.Type);

test('nomad-api #90: who follows the nodes hears of a drain, after an empty line', async () => {
  const nomad = testNomad();
  const [node] = (await nomad.get('/v1/nodes')).json;
  const lines = await follow(nomad, '?topic=Node', () =>
    nomad.put(`/v1/node/${node.ID}/drain`, { DrainSpec: { Deadline: 0 } }),
  );
  assert.deepEqual(lines[0], {});
  const [event] = lines.flatMap((line) => line.Events ?? []).filter((one) => one.Type === 'NodeDrain');
  assert.equal(event.Key, node.ID);
  assert.equal(event.Payload.Node.Drain, true);
});

test('nomad-api #91: who follows one job hears nothing of another', async () => {
  const nomad = testNomad();
  assert.deepEqual(await follow(nomad, '?topic=Job:web', () => nomad.put('/v1/jobs', jobBody('other'))), [{}]);
  const lines = await follow(nomad, '?topic=Job:web', () => nomad.put('/v1/jobs', jobBody('web')));
  assert.deepEqual(typesOf(lines).slice(0, 1), ['JobRegistered']);
});

test('nomad-api #106: without an index the kept events come first, the oldest of more than 100 writes are lost', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('first'));
  await nomad.put('/v1/jobs', jobBody('second'));
  const keys = async (query: string) =>
    (await follow(nomad, query, async () => undefined)).flatMap((line) => line.Events ?? []).map((one) => one.Key);
  assert.deepEqual(new Set(await keys('?topic=Job')), new Set(['first', 'second']));
  const { ModifyIndex } = (await nomad.get('/v1/job/second')).json;
  assert.deepEqual(new Set(await keys(`?topic=Job&index=${ModifyIndex}`)), new Set(['second']));
  for (let at = 0; at < 200; at++) await nomad.put('/v1/node/pools', { Name: 'gpu', Description: `${at}` });
  assert.deepEqual(await keys('?topic=Job'), []);
});

test('who follows the pools of nodes hears of one that the first node in it makes, and of its end', async () => {
  const nomad = testNomad();
  const { simulation } = nomad.server;
  const lines = await follow(nomad, '?topic=NodePool', async () => {
    const id = simulation.join({ name: 'n2', nodePool: 'gpu' });
    await nomad.put(`/v1/node/${id}/purge`);
    await nomad.delete('/v1/node/pool/gpu');
  });
  const [made, gone] = lines.flatMap((line) => line.Events ?? []);
  assert.deepEqual([made.Type, made.Key, made.Payload.NodePool.CreateIndex], ['NodeRegistration', 'gpu', made.Index]);
  assert.deepEqual([gone.Type, gone.Key], ['NodePoolDeleted', 'gpu']);
});

test('events of other namespaces are heard when all are asked for', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/namespace', { Name: 'qa' });
  await nomad.put('/v1/jobs', jobBody('web', { job: { Namespace: 'qa' } }));
  const keys = async (query: string) => typesOf(await follow(nomad, `?topic=Job${query}`, async () => undefined));
  assert.deepEqual(await keys(''), []);
  assert.ok((await keys('&namespace=qa')).includes('JobRegistered'));
  assert.ok((await keys('&namespace=*')).includes('JobRegistered'));
});

test('a quiet stream sends an empty line every 30 seconds', async () => {
  const nomad = testNomad();
  const lines = await follow(nomad, '?topic=Job', () => nomad.clock.advance(61_000));
  assert.deepEqual(lines, [{}, {}, {}]);
});

test('a deployment that fails and a purge are called by their names', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(500);
  const [deployment] = (await nomad.get('/v1/job/web/deployments')).json;
  const types = typesOf(
    await follow(nomad, '', async () => {
      await nomad.put(`/v1/deployment/fail/${deployment.ID}`, {});
      await nomad.delete('/v1/job/web?purge=true');
    }),
  );
  assert.ok(types.includes('DeploymentStatusUpdate'));
  assert.ok(types.includes('JobDeregistered'));
});

test('behind a port the stream comes piece by piece and ends with its connection', async () => {
  const nomad = testNomad();
  const listening = await listen(nomad.server, { host: '127.0.0.1', port: 0 });
  const first = await new Promise<string>((resolve, reject) => {
    const asked = request({ port: listening.port, path: '/v1/event/stream?topic=Job' }, (incoming) => {
      incoming.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
        asked.destroy();
      });
      incoming.on('error', () => undefined);
    });
    asked.on('error', reject).end();
  });
  assert.equal(first, '{}\n');
  await listening.close();
  nomad.server.close();
});
