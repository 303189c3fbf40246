/** Tasks that end, and deployments that fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

const crash = { Config: { run_for: '2s', exit_code: 1 } };
const policies = (facts: object) => ({
  RestartPolicy: { Attempts: 0, Interval: 60e9, Delay: 1e9, Mode: 'fail' },
  ...facts,
});

test('nomad-scheduler #39: a task is restarted as often as its policy says, then its allocation fails', async () => {
  const nomad = testNomad();
  const restart = { Attempts: 2, Interval: 1800e9, Delay: 15e9, Mode: 'fail' };
  await nomad.put(
    '/v1/jobs',
    jobBody('web', { task: crash, group: { RestartPolicy: restart, Update: { MaxParallel: 0 } } }),
  );
  const state = async () => (await nomad.get('/v1/job/web/allocations')).json[0];
  await nomad.clock.advance(2500);
  assert.deepEqual([(await state()).ClientStatus, (await state()).TaskStates.t.Restarts], ['pending', 1]);
  await nomad.clock.advance(60_000);
  const failed = await state();
  assert.equal(failed.ClientStatus, 'failed');
  assert.match(failed.TaskStates.t.Events.at(-1).DisplayMessage, /mode is "fail"/);
});

test('nomad-scheduler #45: a service task that exits well is restarted all the same', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { task: { Config: { run_for: '2s', exit_code: 0 } } }));
  await nomad.clock.advance(2500);
  assert.equal((await nomad.get('/v1/job/web/allocations')).json[0].TaskStates.t.Restarts, 1);
});

test('nomad-scheduler #40: a failed allocation is tried again after the delay of its policy', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const group = policies({ Update: { MaxParallel: 0 } });
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group }));
  await nomad.clock.advance(3000);
  const evaluations = (await nomad.get('/v1/job/web/evaluations')).json;
  const followUp = evaluations.find((one: { TriggeredBy: string }) => one.TriggeredBy === 'alloc-reschedule');
  assert.equal(followUp?.Status, 'pending');
  await nomad.clock.advance(31_000);
  const [first, second] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.equal(first.DesiredStatus, 'stop');
  assert.equal(second.RescheduleTracker.Events[0].PrevAllocID, first.ID);
  assert.notEqual(second.NodeID, first.NodeID);
});

test('nomad-scheduler #46: without further tries a failure stays', async () => {
  const nomad = testNomad();
  const reschedule = { Attempts: 0, Unlimited: false };
  const group = policies({ Update: { MaxParallel: 0 }, ReschedulePolicy: reschedule });
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group }));
  await nomad.clock.advance(60_000);
  const { json } = await nomad.get('/v1/job/web/evaluations');
  assert.ok(json.every((one: { TriggeredBy: string }) => one.TriggeredBy !== 'alloc-reschedule'));
  assert.equal((await nomad.get('/v1/job/web/allocations')).json.length, 1);
});

test('nomad-scheduler #38: a deployment that does not move on by its deadline fails', async () => {
  const nomad = testNomad();
  const update = {
    MaxParallel: 1,
    HealthCheck: 'manual',
    MinHealthyTime: 1e9,
    HealthyDeadline: 5e9,
    ProgressDeadline: 10e9,
  };
  await nomad.put('/v1/jobs', jobBody('web', { group: { Update: update } }));
  await nomad.clock.advance(11_000);
  const { json } = await nomad.get('/v1/job/web/deployment');
  assert.deepEqual([json.Status, json.StatusDescription], ['failed', 'Failed due to progress deadline']);
});

test('what fails at its first run in the place of another one is unhealthy, and nobody says when', async () => {
  const nomad = testNomad();
  const policy = policies({ Update: { MaxParallel: 1, HealthCheck: 'task_states', MinHealthyTime: 1e9 } });
  await nomad.put('/v1/jobs', jobBody('web', { group: policy }));
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', jobBody('web', { group: policy, task: { Config: { run_for: '50ms', exit_code: 1 } } }));
  await nomad.clock.advance(5000);
  const { json } = await nomad.get('/v1/job/web/allocations');
  const failed = json.find((one: { ClientStatus: string }) => one.ClientStatus === 'failed');
  assert.deepEqual([failed.DeploymentStatus.Healthy, failed.DeploymentStatus.Timestamp], [false, null]);
  assert.equal(failed.TaskStates.t.Events.at(-1).Type, 'Not Restarting');
});
