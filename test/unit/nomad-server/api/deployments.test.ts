import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

const update = {
  ...{ MaxParallel: 1, HealthCheck: 'task_states', MinHealthyTime: 1e9, HealthyDeadline: 20e9, ProgressDeadline: 60e9 },
  Canary: 1,
};
const revision = (text: string) => jobBody('web', { task: { Env: { revision: text } }, group: { Update: update } });

async function withCanary() {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', revision('a'));
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', revision('b'));
  await nomad.clock.advance(10);
  return { nomad, deployment: (await nomad.get('/v1/job/web/deployment')).json };
}

test('nomad-api #71: a canary that is not healthy yet is not promoted', async () => {
  const { nomad, deployment } = await withCanary();
  const promote = () =>
    nomad.put(`/v1/deployment/promote/${deployment.ID}`, { DeploymentID: deployment.ID, All: true });
  const refused = await promote();
  assert.equal(refused.status, 500);
  assert.match(refused.text, /Task group "g" has 0\/1 healthy allocations/);
  await nomad.clock.advance(5000);
  assert.equal((await promote()).status, 200);
});

test('nomad-api #72: a deployment that is over cannot fail', async () => {
  const { nomad, deployment } = await withCanary();
  const fail = () => nomad.put(`/v1/deployment/fail/${deployment.ID}`, { DeploymentID: deployment.ID });
  assert.equal((await fail()).status, 200);
  const again = await fail();
  assert.equal(again.status, 500);
  assert.equal(again.text, "can't fail terminal deployment");
});

test('a promotion and a failure are called so in the event stream', async () => {
  const { nomad, deployment } = await withCanary();
  await nomad.clock.advance(5000);
  await nomad.put(`/v1/deployment/promote/${deployment.ID}`, { DeploymentID: deployment.ID, All: true });
  const stop = new AbortController();
  const answered = nomad.read({ url: '/v1/event/stream?topic=Deployment', signal: stop.signal });
  await nomad.clock.advance(0);
  stop.abort();
  assert.match((await answered).text, /"Type":"DeploymentPromotion"/);
});
