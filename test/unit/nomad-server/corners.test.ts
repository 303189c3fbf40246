/** Corners of the embedded Nomad that random courses of events found; see test/fuzz/nomad-server.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation } from '../../../src/nomad-server/allocation.ts';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const allocationsOf = (nomad: TestNomad, job: string): readonly Allocation[] => [
  ...nomad.server.store.allocationsOfJob('default', job),
];

const isMeant = (one: Allocation) => one.DesiredStatus === 'run';

const noRestarts = { RestartPolicy: { Attempts: 0, Interval: 60e9, Delay: 1e9, Mode: 'fail' } };
const fails = { Config: { run_for: '50ms', exit_code: 1 } };

test('a failed allocation that waits for another try and is replaced by an update is not wanted again', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { task: fails, group: noRestarts }));
  await nomad.clock.advance(1500);
  const failed = allocationsOf(nomad, 'web').find((one) => one.ClientStatus === 'failed');
  await nomad.put('/v1/jobs', jobBody('web', { group: noRestarts }));
  await nomad.clock.advance(10);
  assert.equal(nomad.server.store.allocation(failed?.ID ?? '')?.DesiredStatus, 'stop');
  assert.equal(allocationsOf(nomad, 'web').filter(isMeant).length, 1);
});

test('what one replacement frees is not given away before its own turn', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 1000 }] });
  const body = (cpu: number) => jobBody('work', { type: 'batch', count: 2, cpu });
  await nomad.put('/v1/jobs', body(500));
  await nomad.clock.advance(1000);
  await nomad.put('/v1/jobs', body(900));
  await nomad.clock.advance(1000);
  const statuses = [...nomad.server.store.state.evaluations.values()].map((one) => one.Status);
  assert.deepEqual(statuses.sort(), ['blocked', 'complete', 'complete']);
});

test('a rollout that is paused beyond its deadline fails when it goes on, not before', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { task: { Config: { start_block_for: '1h', run_for: '1h' } } }));
  await nomad.clock.advance(100);
  const id = nomad.server.store.latestDeployment('default', 'web')?.ID ?? '';
  const pause = (Pause: boolean) => nomad.put(`/v1/deployment/pause/${id}`, { DeploymentID: id, Pause });
  await pause(true);
  await nomad.clock.advance(300_000);
  assert.equal(nomad.server.store.state.deployments.get(id)?.Status, 'paused');
  await pause(false);
  await nomad.clock.advance(100);
  assert.equal(nomad.server.store.state.deployments.get(id)?.Status, 'failed');
});

test('what a purged job left behind counts for its successor only once that took it over', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.clock.advance(5000);
  await nomad.delete('/v1/job/web?purge=true');
  const nowhere = [{ LTarget: '${node.class}', Operand: '=', RTarget: 'none' }];
  await nomad.put('/v1/jobs', jobBody('web', { group: { Count: 1, Constraints: nowhere }, task: { Env: { a: 'b' } } }));
  await nomad.clock.advance(5000);
  const summary = (await nomad.get('/v1/job/web/summary')).json.Summary.g;
  assert.deepEqual([summary.Complete, summary.Running, summary.Queued], [0, 0, 1]);
});
