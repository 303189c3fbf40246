/** Logs and files of tasks that really run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeMachine } from '../../../support/machine.ts';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

async function running(logs: object = {}) {
  const machine = fakeMachine();
  const nomad = testNomad({ machine });
  const task = { Driver: 'raw_exec', Config: { command: '/bin/app' }, LogConfig: logs };
  const group = { EphemeralDisk: { SizeMB: 300 } };
  await nomad.put('/v1/jobs', jobBody('web', { type: 'batch', task, group }));
  await nomad.clock.advance(1000);
  const [{ ID: id }] = (await nomad.get('/v1/job/web/allocations')).json;
  const [process] = machine.processes;
  assert.ok(process);
  return { machine, nomad, id, process, url: `/v1/client/fs/logs/${id}?task=t&type=stdout` };
}

const megabyte = 2 ** 20;
/** Eight bytes. */
const line = 'a line.\n';

test('a log that is followed comes as frames, with signs of life between them, until the task is over', async () => {
  const { nomad, process, url } = await running();
  const pieces: string[] = [];
  const reading = nomad.read({ url: `${url}&follow=true`, onPiece: (piece) => pieces.push(piece) });
  await process.print('one\n');
  await nomad.clock.advance(300);
  assert.deepEqual(
    pieces.map((piece) => JSON.parse(piece)),
    [{ Data: 'b25lCg==', File: 'alloc/logs/t.stdout.0', Offset: 4 }],
  );
  await nomad.clock.advance(2100);
  assert.deepEqual(pieces.slice(1), ['{}', '{}']);
  await process.print('two\n');
  await nomad.clock.advance(20);
  assert.deepEqual(JSON.parse(pieces[3] ?? ''), { Data: 'dHdvCg==', File: 'alloc/logs/t.stdout.0', Offset: 8 });
  await process.print('end\n');
  process.exit(0);
  await nomad.clock.advance(1000);
  await reading;
  assert.equal(JSON.parse(pieces.filter((piece) => piece !== '{}').at(-1) ?? '').Offset, 12);
});

test('a plain log that is followed is what was written, without anything between', async () => {
  const { nomad, process, url } = await running();
  const reading = nomad.read({ url: `${url}&follow=true&plain=true` });
  await process.print('one\n');
  await nomad.clock.advance(3000);
  await process.print('two\n');
  process.exit(0);
  await nomad.clock.advance(1000);
  assert.equal((await reading).text, 'one\ntwo\n');
});

test('a log goes on through its files, and both ends are those of what is kept', async () => {
  const { machine, nomad, id, process, url } = await running({ MaxFiles: 2, MaxFileSizeMB: 1 });
  const full = line.repeat(megabyte / line.length);
  await process.print(full);
  await process.print(full);
  await process.print('the end\n');
  assert.equal(machine.text(`alloc/${id}/alloc/logs/t.stdout.0`), undefined);
  const all = (await nomad.read({ url: `${url}&plain=true` })).text;
  assert.equal(all.length, megabyte + 8);
  const end = await nomad.read({ url: `${url}&plain=true&origin=end&offset=16` });
  assert.equal(end.text, `${line}the end\n`);
  assert.equal((await nomad.get(`${url}&plain=true&offset=${megabyte + 4}`)).text, 'end\n');
});

test('a log that nobody follows ends where it ended when it was asked for', async () => {
  const { machine, nomad, process, url } = await running();
  await process.print(line.repeat(100_000));
  const { read: readFile } = machine.disk;
  machine.disk.read = async (...all) => {
    await process.print('more\n'); // as fast as it is read
    return readFile(...all);
  };
  assert.equal((await nomad.read({ url: `${url}&plain=true` })).text.length, 800_000);
});

test('secrets cannot be read, nor what lies outside of the allocation', async () => {
  const { machine, nomad, id } = await running();
  await machine.disk.write(`/data/alloc/${id}/t/secrets/key`, 'x', 0o600);
  await machine.disk.write('/data/other', 'x', 0o600);
  const ask = async (path: string) => {
    const { status, text } = await nomad.get(`/v1/client/fs/${path}`);
    return `${status} ${text}`;
  };
  assert.equal(await ask(`cat/${id}?path=t/secrets/key`), '500 Reading secret file prohibited: t/secrets/key');
  assert.equal(
    await ask(`cat/${id}?path=t/local/../secrets/key`),
    '500 Reading secret file prohibited: t/local/../secrets/key',
  );
  assert.equal(await ask(`ls/${id}?path=t/secrets`), '500 Reading secret file prohibited: t/secrets');
  assert.equal(await ask(`cat/${id}?path=../../other`), '500 Path escapes the alloc directory');
});

test('files are listed and read as they are, also those that are no text', async () => {
  const { machine, nomad, id } = await running();
  await machine.disk.write(`/data/alloc/${id}/t/local/b`, Buffer.from([0xff, 0x00, 0x41]), 0o640);
  const rows = (await nomad.get(`/v1/client/fs/ls/${id}?path=/t/local`)).json;
  assert.deepEqual(
    rows.map(({ Name, Size, FileMode }: Record<string, unknown>) => [Name, Size, FileMode]),
    [['b', 3, '-rw-r-----']],
  );
  const { body } = await nomad.server.handle({
    ...{ method: 'GET', url: `/v1/client/fs/cat/${id}?path=t/local/b`, body: '', headers: {}, signal: undefined },
  });
  assert.notEqual(typeof body, 'string');
  const pieces: unknown[] = [];
  for await (const piece of body as AsyncIterable<unknown>) pieces.push(piece);
  assert.deepEqual(pieces, [Buffer.from([0xff, 0x00, 0x41])]);
  assert.equal((await nomad.get(`/v1/client/fs/readat/${id}?path=t/local/b&offset=2&limit=5`)).text, 'A');
});
