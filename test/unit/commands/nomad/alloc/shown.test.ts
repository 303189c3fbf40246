/** What `nomad alloc logs` and `nomad alloc fs` write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nomadCli } from '../../../../support/nomad-cli.ts';
import { jobBody, testNomad } from '../../../../support/nomad-server.ts';

async function stage() {
  const nomad = testNomad();
  const config = { command: '/bin/sh', args: ['-c', 'echo one; echo two; echo three; sleep 300'] };
  await nomad.put('/v1/jobs', jobBody('web', { task: { Driver: 'raw_exec', Config: config } }));
  await nomad.clock.advance(1000);
  const [{ ID: id }] = (await nomad.get('/v1/job/web/allocations')).json;
  const ask = async (line: string) => (await nomadCli(nomad, line.split(' '))).stdout;
  return { nomad, id, ask };
}

test('a log and its file are shown whole, or their last lines or bytes', async () => {
  const { id, ask } = await stage();
  for (const [command, what] of [
    ['logs', `${id} t`],
    ['fs', `${id} alloc/logs/t.stdout.0`],
  ]) {
    assert.equal(await ask(`alloc ${command} ${what}`), 'one\ntwo\nthree\n');
    assert.equal(await ask(`alloc ${command} -n 2 ${what}`), 'two\nthree\n');
    assert.equal(await ask(`alloc ${command} -tail ${what}`), 'one\ntwo\nthree\n');
    assert.equal(await ask(`alloc ${command} -c 4 ${what}`), 'ree\n');
  }
});

test('what is followed ends with its allocation, and begins with the last lines if those are asked for', async () => {
  const { nomad, id, ask } = await stage();
  const all = ['-f', '-f -n 1'].flatMap((flags) => [
    ask(`alloc logs ${flags} ${id} t`),
    ask(`alloc fs ${flags} ${id} alloc/logs/t.stdout.0`),
  ]);
  await nomad.delete('/v1/job/web');
  const whole = 'one\ntwo\nthree\n';
  assert.deepEqual(await Promise.all(all), [whole, whole, 'three\n', 'three\n']);
});
