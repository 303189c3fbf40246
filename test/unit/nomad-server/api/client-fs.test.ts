import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const shell = (script: string) => ({ Driver: 'raw_exec', Config: { command: '/bin/sh', args: ['-c', script] } });
const mock = { Driver: 'mock_driver', Config: { run_for: '100h', stdout_string: 'hello\n' } };

async function withJob(task: Readonly<Record<string, unknown>>): Promise<{ nomad: TestNomad; id: string }> {
  const nomad = testNomad({ nodes: [{ name: 'n1', drivers: ['mock_driver', 'raw_exec'] }] });
  await nomad.put('/v1/jobs', jobBody('web', { task }));
  await nomad.clock.advance(1000);
  return { nomad, id: (await nomad.get('/v1/job/web/allocations')).json[0].ID };
}

test('nomad-api #66: what a task wrote comes as one frame, and the stream ends', async () => {
  const { nomad, id } = await withJob(mock);
  const { json } = await nomad.get(`/v1/client/fs/logs/${id}?task=t&type=stdout`);
  assert.equal(Buffer.from(json.Data, 'base64').toString(), 'hello\n');
  assert.deepEqual([json.Offset, json.File], [6, 'alloc/logs/t.stdout.0']);
  assert.equal((await nomad.get(`/v1/client/fs/logs/${id}?task=t&type=stderr&plain=true`)).text, '');
});

test('nomad-api #67: logs without a type are refused', async () => {
  const { nomad, id } = await withJob(mock);
  const refused = await nomad.get(`/v1/client/fs/logs/${id}?task=t`);
  assert.deepEqual([refused.status, refused.text], [400, 'must provide log type (stdout/stderr)']);
});

test("a shell's echoes go where they are sent, up to its loop", async () => {
  const { nomad, id } = await withJob(shell('trap "" USR1; echo hello; echo "oops" >&2; while true; do echo no; done'));
  const plain = async (type: string) =>
    (await nomad.get(`/v1/client/fs/logs/${id}?task=t&type=${type}&plain=true`)).text;
  assert.equal(await plain('stdout'), 'hello\n');
  assert.equal(await plain('stderr'), 'oops\n');
});

test('who follows a log waits with it until the allocation is over', async () => {
  const { nomad, id } = await withJob(mock);
  const pieces: string[] = [];
  const url = `/v1/client/fs/logs/${id}?task=t&type=stdout&follow=true`;
  const answered = nomad.read({ url, onPiece: (piece) => pieces.push(piece) });
  await nomad.clock.advance(1010);
  assert.equal(pieces.length, 2);
  assert.equal(pieces[1], '{}');
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(1000);
  assert.equal((await answered).status, 200);
});

test('a task that never started has no log, and paths lead nowhere else', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { task: mock }));
  await nomad.clock.advance(100);
  const [{ ID: id }] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.notEqual((await nomad.get(`/v1/client/fs/logs/${id}?task=t&type=stdout`)).status, 200);
  assert.equal((await nomad.get(`/v1/client/fs/ls/${id}?path=../../etc`)).status, 404);
  assert.match((await nomad.get(`/v1/client/fs/cat/${id}?path=/etc/passwd`)).text, /no such file or directory$/);
  assert.equal((await nomad.get(`/v1/client/fs/constructor/${id}`)).status, 404);
});

test('folders list what is in them', async () => {
  const { nomad, id } = await withJob(mock);
  const names = async (path: string) =>
    (await nomad.get(`/v1/client/fs/ls/${id}?path=${path}`)).json.map((one: { Name: string }) => one.Name);
  assert.deepEqual(await names('/'), ['alloc', 't']);
  assert.deepEqual(await names('/alloc/logs/'), ['t.stderr.0', 't.stdout.0']);
});
