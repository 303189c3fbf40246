/** Indexes, waits, updates that need more room, penalties and what is cleared away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

const crash = { Config: { run_for: '50ms', exit_code: 1 } };
const failing = {
  RestartPolicy: { Attempts: 0, Interval: 60e9, Delay: 1e9, Mode: 'fail' },
  Update: { MaxParallel: 0 },
};

test('nomad-scheduler #1: every write takes a higher index, and what it touches carries it', async () => {
  const nomad = testNomad();
  const before = nomad.server.store.index;
  const { json } = await nomad.put('/v1/jobs', jobBody('web'));
  assert.ok(json.JobModifyIndex > before);
  const job = (await nomad.get('/v1/job/web')).json;
  const evaluation = (await nomad.get(`/v1/evaluation/${json.EvalID}`)).json;
  assert.deepEqual([job.ModifyIndex, evaluation.ModifyIndex], [json.JobModifyIndex, json.EvalCreateIndex]);
});

test('nomad-scheduler #13: an evaluation that is to wait is not processed before its time', async () => {
  const nomad = testNomad();
  const policy = { Unlimited: true, Delay: 5e9, DelayFunction: 'constant' };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group: { ...failing, ReschedulePolicy: policy } }));
  await nomad.clock.advance(1000);
  const waiting = async () =>
    (await nomad.get('/v1/job/web/evaluations')).json.find(
      (one: { TriggeredBy: string }) => one.TriggeredBy === 'alloc-reschedule',
    );
  const untilMs = Date.parse((await waiting()).WaitUntil) - nomad.clock.now();
  await nomad.clock.advance(untilMs - 20);
  assert.equal((await waiting()).Status, 'pending');
  await nomad.clock.advance(40);
  assert.equal((await waiting()).Status, 'complete');
});

test('nomad-scheduler #31: more CPU than the node has left is no update in place', async () => {
  const nomad = testNomad({
    nodes: [
      { name: 'n1', cpuMhz: 1000 },
      { name: 'n2', cpuMhz: 4000 },
    ],
  });
  await nomad.put('/v1/jobs', jobBody('web', { cpu: 900 }));
  await nomad.clock.advance(5000);
  const { json } = await nomad.put('/v1/jobs', jobBody('web', { cpu: 2000 }));
  await nomad.clock.advance(10);
  const { PlanAnnotations } = (await nomad.get(`/v1/evaluation/${json.EvalID}`)).json;
  const { DestructiveUpdate, InPlaceUpdate } = PlanAnnotations.DesiredTGUpdates.g;
  assert.deepEqual([DestructiveUpdate, InPlaceUpdate], [1, 0]);
});

test('nomad-scheduler #48: the node of a failure is rated one lower, and taken all the same when there is no other', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }] });
  const policy = { Unlimited: true, Delay: 5e9, DelayFunction: 'constant' };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group: { ...failing, ReschedulePolicy: policy } }));
  await nomad.clock.advance(7000);
  const [first, second] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.equal(second.NodeID, first.NodeID);
  const [score] = (await nomad.get(`/v1/allocation/${second.ID}`)).json.Metrics.ScoreMetaData;
  assert.equal(score.Scores['node-reschedule-penalty'], -1);
  assert.ok(Math.abs(score.NormScore - (score.Scores.binpack - 1) / 2) < 1e-12);
});

test('nomad-scheduler #92: a forced collection clears a stopped job away, and keeps what lives', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('gone'));
  await nomad.put('/v1/jobs', jobBody('here'));
  await nomad.clock.advance(5000);
  await nomad.delete('/v1/job/gone');
  await nomad.clock.advance(5000);
  await nomad.put('/v1/system/gc');
  await nomad.clock.advance(1000);
  assert.equal((await nomad.get('/v1/job/gone')).status, 404);
  for (const list of ['evaluations', 'allocations', 'deployments']) {
    const jobs = (await nomad.get(`/v1/${list}`)).json.map((one: { JobID: string }) => one.JobID);
    assert.ok(!jobs.includes('gone'), list);
  }
  assert.equal((await nomad.get('/v1/job/here')).status, 200);
  assert.equal((await nomad.get('/v1/job/here/allocations')).json.length, 1);
});

test('nomad-scheduler #93: evaluations an hour old are cleared away by themselves', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('gone'));
  await nomad.clock.advance(5000);
  await nomad.delete('/v1/job/gone');
  await nomad.clock.advance(30 * 60_000);
  assert.notEqual((await nomad.get('/v1/evaluations')).json.length, 0);
  await nomad.clock.advance(45 * 60_000);
  assert.equal((await nomad.get('/v1/evaluations')).json.length, 0);
});
