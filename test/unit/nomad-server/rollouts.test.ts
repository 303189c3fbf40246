/** Rollouts with canaries, promoted, given up, failed and rolled back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const update = {
  ...{ MaxParallel: 1, HealthCheck: 'task_states', MinHealthyTime: 1e9, HealthyDeadline: 20e9 },
  ProgressDeadline: 60e9,
};

/** A job `web` of three, in this revision. */
const revision = (text: string, facts: object = {}) =>
  jobBody('web', { count: 3, task: { Env: { revision: text } }, group: { Update: { ...update, ...facts } } });

/** A nomad whose job `web` is deployed; then this change is submitted. */
async function changed(facts: object): Promise<TestNomad> {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', revision('a', facts));
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', revision('b', facts));
  await nomad.clock.advance(10);
  return nomad;
}

interface Row {
  readonly JobVersion: number;
  readonly DesiredStatus: string;
  readonly Name: string;
}

const deployment = async (nomad: TestNomad) => (await nomad.get('/v1/job/web/deployment')).json;
const running = async (nomad: TestNomad): Promise<readonly Row[]> =>
  (await nomad.get('/v1/job/web/allocations')).json.filter((one: Row) => one.DesiredStatus === 'run');
const versions = async (nomad: TestNomad) => (await running(nomad)).map((one) => one.JobVersion).sort();

test('nomad-scheduler #32: a canary runs beside the old allocations until somebody promotes it', async () => {
  const nomad = await changed({ Canary: 1 });
  await nomad.clock.advance(30_000);
  assert.deepEqual(await versions(nomad), [0, 0, 0, 1]);
  const { StatusDescription, TaskGroups } = await deployment(nomad);
  assert.equal(StatusDescription, 'Deployment is running but requires manual promotion');
  assert.equal(TaskGroups.g.PlacedCanaries.length, 1);
});

test('what is stopped by hand while canaries wait is replaced in its own version and rollout', async () => {
  const nomad = await changed({ Canary: 1 });
  await nomad.clock.advance(5000);
  const [old] = (await nomad.get('/v1/job/web/allocations')).json.filter((one: Row) => one.JobVersion === 0);
  const { DeploymentID: rollout } = (await nomad.get(`/v1/allocation/${old.ID}`)).json;
  await nomad.put(`/v1/allocation/${old.ID}/stop`);
  await nomad.clock.advance(5000);
  assert.deepEqual(await versions(nomad), [0, 0, 0, 1]);
  const { NextAllocation: next } = (await nomad.get(`/v1/allocation/${old.ID}`)).json;
  assert.equal((await nomad.get(`/v1/allocation/${next}`)).json.DeploymentID, rollout);
});

test('what is replaced in a former version goes nowhere but where that version may run', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const group = { Update: { ...update, Canary: 1 } };
  const onFirst = { Constraints: [{ LTarget: `$\{node.unique.name}`, Operand: '=', RTarget: 'n1' }] };
  await nomad.put('/v1/jobs', jobBody('web', { group, job: onFirst }));
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', jobBody('web', { group, cpu: 60 }));
  await nomad.clock.advance(5000);
  assert.deepEqual(await versions(nomad), [0, 1]);
  await nomad.put(`/v1/node/${nomad.server.simulation.find('n1')?.ID}/drain`, { DrainSpec: { Deadline: 60e9 } });
  await nomad.clock.advance(5000);
  assert.deepEqual(await versions(nomad), [1]);
  const evaluations = (await nomad.get('/v1/job/web/evaluations')).json;
  const drain = evaluations.find((one: { TriggeredBy: string }) => one.TriggeredBy === 'node-drain');
  assert.deepEqual(drain.FailedTGAllocs.g.ConstraintFiltered, { [`$\{node.unique.name} = n1`]: 1 });
});

test('nomad-scheduler #33: after promotion the namesake goes first, the rest is updated, and the rollout succeeds', async () => {
  const nomad = await changed({ Canary: 1 });
  await nomad.clock.advance(3000);
  const { ID } = await deployment(nomad);
  assert.equal((await nomad.put(`/v1/deployment/promote/${ID}`, { DeploymentID: ID, All: true })).status, 200);
  await nomad.clock.advance(200);
  assert.equal((await running(nomad)).filter((one) => one.Name === 'web.g[0]').length, 1);
  await nomad.clock.advance(20_000);
  assert.deepEqual(await versions(nomad), [1, 1, 1]);
  assert.equal((await deployment(nomad)).Status, 'successful');
});

test('nomad-scheduler #34: with auto_promote healthy canaries are promoted by nobody', async () => {
  const nomad = await changed({ Canary: 1, AutoPromote: true });
  const { StatusDescription } = await deployment(nomad);
  assert.equal(StatusDescription, 'Deployment is running pending automatic promotion');
  await nomad.clock.advance(20_000);
  assert.deepEqual(await versions(nomad), [1, 1, 1]);
});

test('nomad-scheduler #35: a newer version stops the canary that nobody promoted and cancels its rollout', async () => {
  const nomad = await changed({ Canary: 1 });
  await nomad.clock.advance(3000);
  const { ID } = await deployment(nomad);
  await nomad.put('/v1/jobs', revision('c', { Canary: 1 }));
  await nomad.clock.advance(100);
  assert.deepEqual(await versions(nomad), [0, 0, 0, 2]);
  assert.equal(
    (await nomad.get(`/v1/deployment/${ID}`)).json.StatusDescription,
    'Cancelled due to newer version of job',
  );
});

const crashing = {
  ...{ RestartPolicy: { Attempts: 0, Interval: 5e9, Delay: 1e9, Mode: 'fail' } },
  ReschedulePolicy: { Attempts: 0, Unlimited: false },
};

const revert = { ...update, AutoRevert: true };

test('nomad-scheduler #36: an unhealthy update goes back to the newest stable version, as a new one', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { group: { ...crashing, Update: revert } }));
  await nomad.clock.advance(5000);
  const crash = { Config: { run_for: '50ms', exit_code: 1 } };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group: { ...crashing, Update: revert } }));
  await nomad.clock.advance(10_000);
  const descriptions = (await nomad.get('/v1/job/web/deployments')).json.map(
    (one: { StatusDescription: string }) => one.StatusDescription,
  );
  assert.ok(descriptions.includes('Failed due to unhealthy allocations - rolling back to job version 0'));
  const { Version, TaskGroups } = (await nomad.get('/v1/job/web')).json;
  assert.deepEqual([Version, TaskGroups[0].Tasks[0].Config.run_for], [2, '100h']);
});

test('nomad-scheduler #37: without a stable version there is nothing to go back to', async () => {
  const nomad = testNomad();
  const crash = { Config: { run_for: '50ms', exit_code: 1 } };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group: { ...crashing, Update: revert } }));
  await nomad.clock.advance(5000);
  const expected = 'Failed due to unhealthy allocations - no stable job version to auto revert to';
  assert.equal((await deployment(nomad)).StatusDescription, expected);
});

test('nomad-scheduler #95: health that nobody tells is waited for until the progress deadline', async () => {
  const nomad = testNomad();
  const manual = { ...update, HealthCheck: 'manual', ProgressDeadline: 30e9, HealthyDeadline: 20e9 };
  await nomad.put('/v1/jobs', jobBody('web', { group: { Update: manual } }));
  await nomad.clock.advance(29_000);
  assert.equal((await deployment(nomad)).Status, 'running');
  await nomad.clock.advance(2000);
  assert.equal((await deployment(nomad)).StatusDescription, 'Failed due to progress deadline');
});

test('a paused rollout stands still until it goes on', async () => {
  const nomad = await changed({ MaxParallel: 1 });
  const { ID } = await deployment(nomad);
  const paused = await nomad.put(`/v1/deployment/pause/${ID}`, { DeploymentID: ID, Pause: true });
  assert.equal(paused.json.EvalID, '');
  await nomad.clock.advance(20_000);
  assert.deepEqual(await versions(nomad), [0, 0, 1]);
  await nomad.put(`/v1/deployment/pause/${ID}`, { DeploymentID: ID, Pause: false });
  await nomad.clock.advance(20_000);
  assert.deepEqual(await versions(nomad), [1, 1, 1]);
});
