/** The life of a service job on the embedded Nomad, from registering to scaling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

test('nomad-scheduler #2: a registered service job is placed, runs, and its deployment succeeds', async () => {
  const nomad = testNomad();
  const registered = await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  assert.equal(registered.status, 200);
  const pending = await nomad.get(`/v1/evaluation/${registered.json.EvalID}`);
  assert.equal(pending.json.Status, 'pending');
  assert.equal(pending.json.TriggeredBy, 'job-register');

  await nomad.clock.advance(0);
  const placed = await nomad.get('/v1/job/web/allocations');
  assert.deepEqual(
    placed.json.map((one: { ClientStatus: string; Name: string }) => [one.Name, one.ClientStatus]),
    [
      ['web.g[0]', 'pending'],
      ['web.g[1]', 'pending'],
    ],
  );
  assert.equal((await nomad.get(`/v1/evaluation/${registered.json.EvalID}`)).json.Status, 'complete');

  await nomad.clock.advance(400);
  assert.equal((await nomad.get('/v1/job/web/scale')).json.TaskGroups.g.Running, 2);
  await nomad.clock.advance(3000);
  const deployment = await nomad.get('/v1/job/web/deployment');
  assert.equal(deployment.json.Status, 'successful');
  const job = await nomad.get('/v1/job/web');
  assert.equal(job.json.Status, 'running');
  assert.equal(job.json.Stable, true);
  assert.equal(job.json.Version, 0);
  nomad.server.close();
});

test('nomad-api #40: scaling a healthy job makes a version, an evaluation and an event', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.clock.advance(4000);
  const body = { Count: 3, Target: { Job: 'web', Group: 'g' }, Message: 'm', Meta: { a: 1 } };
  const scaled = await nomad.put('/v1/job/web/scale', body);
  assert.equal(scaled.status, 200);
  assert.equal(scaled.json.EvalCreateIndex, scaled.json.JobModifyIndex + 1);
  assert.equal(scaled.json.Index, scaled.json.JobModifyIndex + 2);
  const { json } = await nomad.get('/v1/job/web/scale');
  assert.equal(json.TaskGroups.g.Desired, 3);
  const [event] = json.TaskGroups.g.Events;
  assert.deepEqual(
    { previous: event.PreviousCount, count: event.Count, message: event.Message, meta: event.Meta, eval: event.EvalID },
    { previous: 2, count: 3, message: 'm', meta: { a: 1 }, eval: scaled.json.EvalID },
  );
  nomad.server.close();
});

test('nomad-api #39: scaling is refused while a deployment is active', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(0);
  const refused = await nomad.put('/v1/job/web/scale', { Count: 2, Target: { Job: 'web', Group: 'g' } });
  assert.equal(refused.status, 400);
  assert.equal(refused.text, 'job scaling blocked due to active deployment');
  nomad.server.close();
});

test('clients can be told to call an allocation healthy sooner than its job says', async () => {
  const nomad = testNomad({ healthyMs: 200 });
  await nomad.put('/v1/jobs', jobBody('web')); // healthy after a second
  await nomad.clock.advance(700);
  assert.equal((await nomad.get('/v1/job/web/allocations')).json[0].DeploymentStatus.Healthy, true);
});
