/** Jobs that run in copies: dispatched ones and periodic ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const hourMs = 3_600_000;

async function withJob(job: object, task: object = { Config: { run_for: '1s' } }): Promise<TestNomad> {
  const nomad = testNomad();
  const answer = await nomad.put('/v1/jobs', jobBody('web', { type: 'batch', job: { ...job }, task: { ...task } }));
  assert.equal(answer.status, 200, answer.text);
  return nomad;
}

const ids = async (nomad: TestNomad) =>
  (await nomad.get('/v1/jobs?prefix=web/')).json.map((one: { ID: string }) => one.ID);
const children = async (nomad: TestNomad) => (await nomad.get('/v1/job/web/summary')).json.Children;

test('a dispatched job is a job of its own, with payload and meta, and its parent counts it', async () => {
  const nomad = await withJob({ ParameterizedJob: { MetaRequired: ['who'] }, Meta: { a: '1' } });
  const { json } = await nomad.put('/v1/job/web/dispatch', { Payload: 'aGk=', Meta: { who: 'me' }, Priority: 70 });
  assert.match(json.DispatchedJobID, /^web\/dispatch-\d+-[0-9a-f]{8}$/);
  const child = (await nomad.get(`/v1/job/${json.DispatchedJobID}`)).json;
  assert.deepEqual(
    [child.ParentID, child.Dispatched, child.Payload, child.Meta, child.Priority],
    ['web', true, 'aGk=', { a: '1', who: 'me' }, 70],
  );
  assert.deepEqual(await children(nomad), { Pending: 1, Running: 0, Dead: 0 });
  await nomad.clock.advance(500);
  assert.deepEqual(await children(nomad), { Pending: 0, Running: 1, Dead: 0 });
  await nomad.clock.advance(5000);
  assert.deepEqual(await children(nomad), { Pending: 0, Running: 0, Dead: 1 });
  await nomad.put('/v1/system/gc');
  assert.deepEqual([await ids(nomad), await children(nomad)], [[], { Pending: 0, Running: 0, Dead: 1 }]);
});

test('nomad-scheduler #90: the same token dispatches once', async () => {
  const nomad = await withJob({ ParameterizedJob: {} });
  const first = (await nomad.put('/v1/job/web/dispatch?idempotency_token=t', {})).json;
  const second = (await nomad.put('/v1/job/web/dispatch?idempotency_token=t', {})).json;
  assert.equal(second.DispatchedJobID, first.DispatchedJobID);
  assert.equal(second.EvalID, '');
  assert.equal((await ids(nomad)).length, 1);
});

test('nomad-scheduler #91: a periodic job is launched when it is due, again and again, until it is stopped', async () => {
  const nomad = await withJob({ Periodic: { Specs: ['@hourly'] } });
  await nomad.clock.advance(hourMs - 1);
  assert.deepEqual(await ids(nomad), []);
  await nomad.clock.advance(1);
  const firstAt = Date.UTC(2026, 0, 1, 1) / 1000;
  assert.deepEqual(await ids(nomad), [`web/periodic-${firstAt}`]);
  const [evaluation] = (await nomad.get(`/v1/job/web%2Fperiodic-${firstAt}/evaluations`)).json;
  assert.equal(evaluation.TriggeredBy, 'periodic-job');
  await nomad.clock.advance(hourMs);
  assert.equal((await ids(nomad)).length, 2);
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(1.5 * hourMs);
  assert.equal((await ids(nomad)).length, 2);
});

test('nomad-scheduler #91: a periodic job that may not overlap waits for its last launch to end', async () => {
  const periodic = { Specs: ['@hourly'], ProhibitOverlap: true };
  const nomad = await withJob({ Periodic: periodic }, { Config: { run_for: '90m' } });
  await nomad.clock.advance(2.2 * hourMs);
  assert.equal((await ids(nomad)).length, 1);
  await nomad.clock.advance(hourMs);
  assert.equal((await ids(nomad)).length, 2);
});

test('a launch is forced whatever the hour, but not of a job that is disabled', async () => {
  const nomad = await withJob({ Periodic: { Specs: ['@yearly'] } });
  const forced = await nomad.put('/v1/job/web/periodic/force');
  assert.notEqual(forced.json.EvalID, '');
  assert.equal((await ids(nomad)).length, 1);
  const off = await withJob({ Periodic: { Specs: ['@yearly'], Enabled: false } });
  assert.match(
    (await off.put('/v1/job/web/periodic/force')).text,
    /can't force run non-tracked job "web" \(default\)$/,
  );
});
