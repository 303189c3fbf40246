/** Variables, and the locks that let one of several agents lead. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testNomad } from '../../../support/nomad-server.ts';

const lock = (facts: object = {}) => ({ Lock: { TTL: '15s', ...facts } });

test('nomad-api #73, #75, #76: a variable is written, read and deleted', async () => {
  const nomad = testNomad();
  const written = await nomad.put('/v1/var/a/b?cas=0', { Items: { k: 'v' } });
  assert.equal(written.status, 200);
  const { json } = await nomad.get('/v1/var/a/b');
  assert.deepEqual([json.Items, json.ModifyIndex], [{ k: 'v' }, written.json.ModifyIndex]);
  assert.equal((await nomad.delete('/v1/var/a/b')).status, 204);
  const gone = await nomad.get('/v1/var/a/b');
  assert.deepEqual([gone.status, gone.text], [404, 'variable not found']);
});

test('nomad-api #74: a write against another index is refused with what is there', async () => {
  const nomad = testNomad();
  const { json } = await nomad.put('/v1/var/a/b', { Items: { k: 'v' } });
  const answer = await nomad.put(`/v1/var/a/b?cas=${json.ModifyIndex - 1}`, { Items: { k: 'w' } });
  assert.equal(answer.status, 409);
  assert.deepEqual(JSON.parse(answer.text).Items, { k: 'v' });
});

test('nomad-api #77, #78, #82, #81: a lock keeps others out until its holder releases it', async () => {
  const nomad = testNomad();
  const { json } = await nomad.put('/v1/var/l?lock-acquire', lock());
  assert.match(json.Lock.ID, /^[0-9a-f-]{36}$/);
  assert.equal(json.Lock.LockDelay, '15s');
  assert.equal((await nomad.put('/v1/var/l?lock-acquire', lock())).status, 409);
  const stranger = { Lock: { ID: 'ffffffff-0000-4000-8000-000000000000' } };
  assert.equal((await nomad.put('/v1/var/l?lock-release', stranger)).status, 409);
  assert.equal((await nomad.put('/v1/var/l?lock-release', { Lock: { ID: json.Lock.ID } })).status, 200);
  assert.equal((await nomad.put('/v1/var/l?lock-acquire', lock())).status, 200);
});

test('nomad-api #79, #80: a lease lapses after twice its TTL, and is free after its delay', async () => {
  const nomad = testNomad();
  const { json } = await nomad.put('/v1/var/l?lock-acquire', lock({ LockDelay: '5s' }));
  await nomad.clock.advance(29_000);
  const renewal = { Lock: { ID: json.Lock.ID } };
  assert.equal((await nomad.put('/v1/var/l?lock-renew', renewal)).status, 200);
  await nomad.clock.advance(30_100);
  assert.equal((await nomad.put('/v1/var/l?lock-renew', renewal)).status, 409);
  assert.equal((await nomad.put('/v1/var/l?lock-acquire', lock())).status, 409);
  await nomad.clock.advance(5000);
  assert.equal((await nomad.put('/v1/var/l?lock-acquire', lock())).status, 200);
});

test('nomad-api #83: a lease is at least ten seconds', async () => {
  const answer = await testNomad().put('/v1/var/l?lock-acquire', lock({ TTL: '5s' }));
  assert.equal(answer.status, 400);
  assert.match(answer.text, /TTL must be between 10 seconds and 24 hours/);
});
