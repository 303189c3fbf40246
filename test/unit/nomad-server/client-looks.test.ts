import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

/** A client that looks every 200 ms at what it has to tell, and tells what has time at each fifth look. */
const slow = { startMs: 100, stopMs: 50, lookMs: 200, calmLooks: 5 };

async function one(nomad: TestNomad, job: string) {
  const { json } = await nomad.get(`/v1/job/${job}/allocations`);
  return json[0];
}

test('a client tells of its first start when it looks for the fifth time', async () => {
  const nomad = testNomad(slow);
  await nomad.clock.advance(300);
  await nomad.put('/v1/jobs', jobBody('a'));
  await nomad.clock.advance(740);
  assert.equal((await one(nomad, 'a')).ClientStatus, 'pending');
  await nomad.clock.advance(20);
  const told = await one(nomad, 'a');
  assert.equal(told.ClientStatus, 'running');
  const startedMs = Date.parse(told.TaskStates.t.StartedAt);
  assert.equal(Math.round(told.ModifyTime / 1e6) - startedMs, 650, 'it started long before it was told');
});

test('a client tells at its next look of a status that the server has to act on', async () => {
  const nomad = testNomad(slow);
  await nomad.put('/v1/jobs', jobBody('a'));
  await nomad.clock.advance(1060);
  assert.equal((await one(nomad, 'a')).ClientStatus, 'running');
  await nomad.delete('/v1/job/a');
  await nomad.clock.advance(190);
  assert.equal((await one(nomad, 'a')).ClientStatus, 'running');
  await nomad.clock.advance(60);
  assert.equal((await one(nomad, 'a')).ClientStatus, 'complete');
});

test('a client tells of running and of health at once when both come between two looks', async () => {
  const nomad = testNomad(slow);
  const soon = { MaxParallel: 1, HealthCheck: 'task_states', MinHealthyTime: 300e6, HealthyDeadline: 20e9 };
  await nomad.put('/v1/jobs', jobBody('a', { group: { Update: { ...soon, ProgressDeadline: 60e9 } } }));
  await nomad.clock.advance(1040);
  assert.equal((await one(nomad, 'a')).DeploymentStatus, null);
  await nomad.clock.advance(20);
  const told = await one(nomad, 'a');
  assert.equal(told.DeploymentStatus.Healthy, true);
  assert.equal(Date.parse(told.DeploymentStatus.Timestamp) - Date.parse(told.TaskStates.t.StartedAt), 300);
});

test('a client that comes back begins its beat anew, and what the one before did not tell is lost', async () => {
  const nomad = testNomad({ ...slow, nodes: [{ name: 'n1' }, { name: 'n2' }] });
  await nomad.put('/v1/jobs', jobBody('a'));
  await nomad.clock.advance(500);
  const { simulation } = nomad.server;
  const node = simulation.find((await one(nomad, 'a')).NodeName);
  assert.ok(node);
  simulation.leave(node);
  await nomad.clock.advance(5000);
  const { json } = await nomad.get('/v1/job/a/allocations');
  const lost = json.find((each: { NodeID: string }) => each.NodeID === node.ID);
  assert.equal(lost.ClientStatus, 'lost');
  assert.equal(lost.TaskStates, null);
});

test('an end that comes while the start is being told is told at the next look', async () => {
  const nomad = testNomad(slow);
  await nomad.clock.advance(800);
  const task = { Config: { run_for: '120ms' } };
  await nomad.put('/v1/jobs', jobBody('a', { type: 'batch', task }));
  await nomad.clock.advance(260);
  assert.equal((await one(nomad, 'a')).ClientStatus, 'running');
  await nomad.clock.advance(250);
  assert.equal((await one(nomad, 'a')).ClientStatus, 'complete');
});

test('an evaluation that changes something takes as long as its server does, others are done at once', async () => {
  const nomad = testNomad({ evaluateMs: 5 });
  const { json } = await nomad.put('/v1/jobs', jobBody('a'));
  const status = async (id: string) => (await nomad.get(`/v1/evaluation/${id}`)).json.Status;
  await nomad.clock.advance(4);
  assert.equal(await status(json.EvalID), 'pending');
  await nomad.clock.advance(1);
  assert.equal(await status(json.EvalID), 'complete');
  const again = (await nomad.put('/v1/job/a/evaluate', { JobID: 'a' })).json;
  await nomad.clock.advance(0);
  assert.equal(await status(again.EvalID), 'complete');
});
