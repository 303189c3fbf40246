/** When failed work is tried again, and how often. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const crash = { Config: { run_for: '50ms', exit_code: 1 } };
const noRestarts = { Attempts: 0, Interval: 60e9, Delay: 1e9, Mode: 'fail' };

const failing = (policy: object | undefined, facts: object = {}) => ({
  task: crash,
  group: { RestartPolicy: noRestarts, Update: { MaxParallel: 0 }, ...(policy && { ReschedulePolicy: policy }) },
  ...facts,
});

interface Followed {
  readonly RescheduleTracker: { readonly Events: readonly { readonly Delay: number }[] } | null;
}

/** Seconds between the tries, as the newest allocation remembers them. */
async function delays(nomad: TestNomad): Promise<readonly number[]> {
  const { json } = await nomad.get('/v1/job/web/allocations');
  const trackers = json.map((one: Followed) => one.RescheduleTracker?.Events ?? []);
  const longest = trackers.reduce((a: unknown[], b: unknown[]) => (b.length > a.length ? b : a), []);
  return longest.map((event: { readonly Delay: number }) => event.Delay / 1e9);
}

test('nomad-scheduler #41: a second failure waits twice as long as the first', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', failing(undefined)));
  await nomad.clock.advance(95_000);
  assert.deepEqual(await delays(nomad), [30, 60]);
});

test('nomad-scheduler #42: fibonacci delays are the sum of the two before', async () => {
  const nomad = testNomad();
  const policy = { Unlimited: true, Delay: 5e9, DelayFunction: 'fibonacci', MaxDelay: 3600e9 };
  await nomad.put('/v1/jobs', jobBody('web', failing(policy)));
  await nomad.clock.advance(65_000);
  assert.deepEqual(await delays(nomad), [5, 5, 10, 15, 25]);
});

test('nomad-scheduler #43: batch work with one attempt is tried once more, then it stays failed', async () => {
  const nomad = testNomad();
  const policy = { Attempts: 1, Interval: 600e9, Delay: 5e9, DelayFunction: 'constant', Unlimited: false };
  const { group, task } = failing(policy);
  await nomad.put('/v1/jobs', jobBody('web', { type: 'batch', task, group: { ...group, Update: null } }));
  await nomad.clock.advance(60_000);
  const { json } = await nomad.get('/v1/job/web/allocations');
  assert.deepEqual(
    json.map((one: { ClientStatus: string }) => one.ClientStatus),
    ['failed', 'failed'],
  );
  assert.equal((await nomad.get('/v1/job/web')).json.Status, 'dead');
});

test('nomad-scheduler #47, #101: a failure in a rollout is tried again through the deployment watcher', async () => {
  const nomad = testNomad();
  const policy = { Attempts: 2, Interval: 600e9, Delay: 5e9, DelayFunction: 'constant', Unlimited: false };
  const group = { RestartPolicy: noRestarts, ReschedulePolicy: policy };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group }));
  await nomad.clock.advance(7000);
  const evaluations = (await nomad.get('/v1/job/web/evaluations')).json;
  const triggers = evaluations.map((one: { TriggeredBy: string }) => one.TriggeredBy);
  for (const expected of ['alloc-failure', 'deployment-watcher', 'alloc-reschedule']) {
    assert.ok(triggers.includes(expected), expected);
  }
  const watcher = evaluations.find((one: { TriggeredBy: string }) => one.TriggeredBy === 'deployment-watcher');
  const later = evaluations.find((one: { TriggeredBy: string }) => one.TriggeredBy === 'alloc-reschedule');
  assert.equal(watcher.NextEval, later.ID);
  const [first] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.equal(first.DesiredTransition.Reschedule, true);
  assert.deepEqual([first.DesiredStatus, first.DesiredDescription], ['stop', '']);
  assert.notEqual(first.NextAllocation, '');
});

test('nomad-scheduler #96: batch work that runs for too long is ended, and its job is dead', async () => {
  const nomad = testNomad();
  const group = { MaxRunDuration: 1e9 };
  await nomad.put('/v1/jobs', jobBody('web', { type: 'batch', group }));
  await nomad.clock.advance(3000);
  const [one] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.deepEqual([one.ClientStatus, one.ClientDescription], ['complete', 'allocation exceeded max_run_duration']);
  assert.equal((await nomad.get('/v1/job/web')).json.Status, 'dead');
});

test('nomad-scheduler #106: of twelve events of a task the last ten are kept', async () => {
  const nomad = testNomad();
  const policy = { Attempts: 4, Interval: 600e9, Delay: 5e9, Mode: 'fail' };
  const group = { RestartPolicy: policy, ReschedulePolicy: { Attempts: 0, Unlimited: false } };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group }));
  await nomad.clock.advance(60_000);
  const [one] = (await nomad.get('/v1/job/web/allocations')).json;
  const events = one.TaskStates.t.Events;
  assert.equal(events.length, 10);
  assert.ok(!events.some((event: { Type: string }) => event.Type === 'Received'));
  assert.equal(events.at(-1).Type, 'Not Restarting');
});

test('health is measured from the latest start of a task', async () => {
  const nomad = testNomad();
  const policy = { Attempts: 3, Interval: 600e9, Delay: 2e9, Mode: 'fail' };
  const task = { Config: { run_for: '3s' } };
  const update = { MaxParallel: 1, HealthCheck: 'task_states', MinHealthyTime: 5e9, HealthyDeadline: 60e9 };
  const group = { RestartPolicy: policy, Update: { ...update, ProgressDeadline: 120e9 } };
  await nomad.put('/v1/jobs', jobBody('web', { task, group }));
  await nomad.clock.advance(9000);
  const health = async () => (await nomad.get('/v1/job/web/allocations')).json[0].DeploymentStatus?.Healthy ?? null;
  assert.equal(await health(), null);
});

test('in mode delay a task waits for the end of the interval', async () => {
  const nomad = testNomad();
  const policy = { Attempts: 1, Interval: 60e9, Delay: 0.5e9, Mode: 'delay' };
  await nomad.put('/v1/jobs', jobBody('web', { task: crash, group: { RestartPolicy: policy } }));
  await nomad.clock.advance(3000);
  const { t } = (await nomad.get('/v1/job/web/allocations')).json[0].TaskStates;
  assert.equal(t.State, 'pending');
  assert.match(t.Events.at(-1).DisplayMessage, /^Exceeded allowed attempts, applying a delay - Task restarting in 5\d/);
  await nomad.clock.advance(60_000);
  const again = (await nomad.get('/v1/job/web/allocations')).json[0].TaskStates.t;
  assert.ok(again.Restarts > t.Restarts);
});
