/** Reads that wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test('nomad-api #8: without a change a read answers after its wait, with the same index', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const index = (await nomad.get('/v1/jobs')).headers['X-Nomad-Index'];
  const waiting = nomad.get(`/v1/jobs?index=${index}&wait=300ms`);
  await nomad.clock.advance(299);
  assert.equal(await isSettled(waiting), false);
  await nomad.clock.advance(21 + 10);
  const answer = await waiting;
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['X-Nomad-Index'], index);
});

test('nomad-api #9, #10: a registration wakes the list of jobs; an older index answers at once', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const index = Number((await nomad.get('/v1/jobs')).headers['X-Nomad-Index']);
  assert.equal((await nomad.get(`/v1/jobs?index=${index - 1}`)).status, 200);
  const waiting = nomad.get(`/v1/jobs?index=${index}&wait=60s`);
  await nomad.clock.advance(100);
  assert.equal(await isSettled(waiting), false);
  await nomad.put('/v1/jobs', jobBody('api'));
  const answer = await waiting;
  assert.ok(Number(answer.headers['X-Nomad-Index']) > index);
  assert.equal(answer.json.length, 2);
});

test('nomad-api #11: a registration wakes the lists; reads of other jobs stay parked', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const index = nomad.server.store.index;
  const lists = Array.from({ length: 250 }, () => nomad.get(`/v1/jobs?index=${index}&wait=60s`));
  const others = Array.from({ length: 250 }, () => nomad.get(`/v1/job/web/scale?index=${index}&wait=60s`));
  await nomad.put('/v1/jobs', jobBody('api'));
  assert.equal((await Promise.all(lists)).length, 250);
  assert.equal((await Promise.all(others.map(isSettled))).includes(true), false);
  await nomad.clock.advance(70_000);
  await Promise.all(others);
  assert.equal(nomad.server.store.watches.size, 0);
});

test('nomad-api #12: a caller that goes away leaves nothing behind', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const gone = new AbortController();
  const waiting = nomad.get(`/v1/jobs?index=${nomad.server.store.index}&wait=60s`, gone.signal);
  assert.ok(nomad.server.store.watches.size > 0);
  gone.abort();
  await waiting;
  assert.equal(nomad.server.store.watches.size, 0);
});

test('nomad-api #44: the scale status wakes when an allocation runs', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(0);
  const before = await nomad.get('/v1/job/web/scale');
  assert.equal(before.json.TaskGroups.g.Running, 0);
  const waiting = nomad.get(`/v1/job/web/scale?index=${before.headers['X-Nomad-Index']}&wait=60s`);
  await nomad.clock.advance(500);
  const after = await waiting;
  assert.equal(after.json.TaskGroups.g.Running, 1);
  assert.ok(Number(after.headers['X-Nomad-Index']) > Number(before.headers['X-Nomad-Index']));
});

test('nomad-api #50: policies that never were block at index 1', async () => {
  const nomad = testNomad();
  const waiting = nomad.get('/v1/scaling/policies?index=1&wait=200ms');
  await nomad.clock.advance(190);
  assert.equal(await isSettled(waiting), false);
  await nomad.clock.advance(40);
  const answer = await waiting;
  assert.ok(Number(answer.headers['X-Nomad-Index']) >= 1);
  assert.deepEqual(answer.json, []);
});

test('ten thousand parked reads share one timer of the clock', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const before = nomad.clock.pending;
  const stop = new AbortController();
  const index = nomad.server.store.index;
  const parked = Array.from({ length: 10_000 }, () => nomad.get(`/v1/job/web?index=${index}&wait=60s`, stop.signal));
  assert.ok(nomad.clock.pending <= before + 1);
  stop.abort();
  await Promise.all(parked);
});
