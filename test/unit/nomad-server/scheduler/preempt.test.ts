/** Who makes way for whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance } from '../../../../src/nomad-server/scheduler/preempt.ts';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

const configuration = (service: boolean) => ({
  SchedulerAlgorithm: 'binpack',
  PreemptionConfig: { SystemSchedulerEnabled: true, ServiceSchedulerEnabled: service },
});

/** A node of 1000 MHz, full with a job `low` of priority 20. */
async function full(service: boolean): Promise<TestNomad> {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 1000, memoryMb: 4096 }] });
  await nomad.put('/v1/operator/scheduler/configuration', configuration(service));
  await nomad.put('/v1/jobs', jobBody('low', { cpu: 900, job: { Priority: 20 } }));
  await nomad.clock.advance(2000);
  return nomad;
}

const allocations = async (nomad: TestNomad, job: string) => (await nomad.get(`/v1/job/${job}/allocations`)).json;

async function submit(nomad: TestNomad, priority: number): Promise<void> {
  await nomad.put('/v1/jobs', jobBody('high', { cpu: 500, job: { Priority: priority } }));
  await nomad.clock.advance(2000);
}

test('nomad-scheduler #83: without preemption nothing makes way', async () => {
  const nomad = await full(false);
  await submit(nomad, 70);
  assert.equal((await allocations(nomad, 'high')).length, 0);
  assert.equal((await allocations(nomad, 'low'))[0].DesiredStatus, 'run');
});

test('nomad-scheduler #84: an allocation of much lower priority makes way, and its job looks for another place', async () => {
  const nomad = await full(true);
  await submit(nomad, 70);
  const [placed] = await allocations(nomad, 'high');
  const [evicted] = await allocations(nomad, 'low');
  assert.equal(evicted.DesiredStatus, 'evict');
  assert.equal(evicted.DesiredDescription, `Preempted by alloc ID ${placed.ID}`);
  assert.deepEqual(placed.PreemptedAllocations, [evicted.ID]);
  const triggers = (await nomad.get('/v1/job/low/evaluations')).json.map(
    (one: { TriggeredBy: string }) => one.TriggeredBy,
  );
  assert.ok(triggers.includes('preemption'));
});

test('nomad-scheduler #85: a difference of five is too small', async () => {
  const nomad = await full(true);
  await submit(nomad, 25);
  assert.equal((await allocations(nomad, 'high')).length, 0);
});

test('an allocation that is like the ask makes way before others', () => {
  const ask = { cpuMhz: 1000, cores: 0, memoryMb: 1024, memoryMaxMb: 1024, diskMb: 300 };
  const half = { ...ask, cpuMhz: 500, memoryMb: 512 };
  assert.equal(distance(ask, half).toFixed(6), '0.707107');
  assert.equal(distance(ask, ask), 0);
});
