/** How fast a node is emptied, and what may stay on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

interface Row {
  readonly NodeName: string;
  readonly DesiredStatus: string;
  readonly ClientStatus: string;
}

const idOf = (nomad: TestNomad, name: string) => nomad.server.simulation.find(name)?.ID;

async function drain(nomad: TestNomad, spec: object): Promise<void> {
  await nomad.put(`/v1/node/${idOf(nomad, 'n1')}/drain`, { DrainSpec: spec });
}

/** A job `web` with all of its allocations healthy on `n1`; `n2` is free. */
async function onFirst(count: number, migrate: object, facts: object = {}): Promise<TestNomad> {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  await nomad.put(`/v1/node/${idOf(nomad, 'n2')}/eligibility`, { Eligibility: 'ineligible' });
  const group = { Migrate: { MinHealthyTime: 5e9, HealthyDeadline: 60e9, ...migrate }, ...facts };
  await nomad.put('/v1/jobs', jobBody('web', { count, group }));
  await nomad.clock.advance(8000);
  await nomad.put(`/v1/node/${idOf(nomad, 'n2')}/eligibility`, { Eligibility: 'eligible' });
  await nomad.clock.advance(100);
  return nomad;
}

async function rows(nomad: TestNomad): Promise<readonly Row[]> {
  return (await nomad.get('/v1/job/web/allocations')).json;
}

const onNode = async (nomad: TestNomad, name: string) =>
  (await rows(nomad)).filter((one) => one.NodeName === name && one.DesiredStatus === 'run').length;

test('nomad-scheduler #58: with migrate.max_parallel 2 two move at a time', async () => {
  const nomad = await onFirst(4, { MaxParallel: 2 });
  await drain(nomad, { Deadline: 3600e9 });
  await nomad.clock.advance(3000);
  assert.deepEqual([await onNode(nomad, 'n1'), await onNode(nomad, 'n2')], [2, 2]);
});

test('a group moves at its pace also when two of its nodes drain at once', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }] });
  const apart = { Constraints: [{ LTarget: '', Operand: 'distinct_hosts', RTarget: 'true' }] };
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, group: { ...apart, Migrate: { MaxParallel: 1 } } }));
  await nomad.clock.advance(8000);
  for (const name of ['n1', 'n2']) {
    await nomad.put(`/v1/node/${idOf(nomad, name)}/drain`, { DrainSpec: { Deadline: 3600e9 } });
  }
  await nomad.clock.advance(60_000);
  assert.equal((await rows(nomad)).filter((one) => one.ClientStatus === 'running').length, 2);
});

test('nomad-scheduler #59: the only allocation of a job is replaced at once', async () => {
  const nomad = await onFirst(1, { MaxParallel: 1 });
  await drain(nomad, { Deadline: 3600e9 });
  await nomad.clock.advance(2000);
  assert.deepEqual([await onNode(nomad, 'n1'), await onNode(nomad, 'n2')], [0, 1]);
});

test('nomad-scheduler #60: while a replacement is not healthy the next one stays until the deadline', async () => {
  const nomad = await onFirst(2, { MaxParallel: 1, MinHealthyTime: 3600e9, HealthyDeadline: 7200e9 });
  await drain(nomad, { Deadline: 120e9 });
  await nomad.clock.advance(60_000);
  assert.equal(await onNode(nomad, 'n1'), 1);
  await nomad.clock.advance(70_000);
  assert.equal(await onNode(nomad, 'n1'), 0);
});

test('what has to stay for its job moves once the job wants fewer', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2', memoryMb: 1 }] });
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, cpu: 2000 })); // there is room for two
  await nomad.clock.advance(5000);
  await nomad.put(`/v1/node/${idOf(nomad, 'n1')}/drain`, { DrainSpec: { Deadline: 0 } });
  await nomad.clock.advance(5000);
  assert.equal(await onNode(nomad, 'n1'), 2);
  await nomad.put('/v1/jobs', jobBody('web', { count: 2, cpu: 1900 }));
  await nomad.clock.advance(5000);
  assert.equal(await onNode(nomad, 'n1'), 1);
});

test('nomad-scheduler #62: a negative deadline moves everything at once', async () => {
  const nomad = await onFirst(3, { MaxParallel: 1 });
  await drain(nomad, { Deadline: -1 });
  await nomad.clock.advance(2000);
  assert.deepEqual([await onNode(nomad, 'n1'), await onNode(nomad, 'n2')], [0, 3]);
});

test('nomad-scheduler #63: without a deadline nothing is forced', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }] });
  await nomad.put('/v1/jobs', jobBody('web', { type: 'batch' }));
  await nomad.clock.advance(1000);
  await drain(nomad, { Deadline: 0 });
  await nomad.clock.advance(48 * 3600_000);
  assert.equal(await onNode(nomad, 'n1'), 1);
  assert.notEqual(nomad.server.simulation.find('n1')?.DrainStrategy, null);
});

test('nomad-scheduler #64: a drain that passes over system jobs leaves them running, and completes', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }] });
  await nomad.put('/v1/jobs', jobBody('web', { type: 'system' }));
  await nomad.clock.advance(5000);
  await drain(nomad, { Deadline: 3600e9, IgnoreSystemJobs: true });
  await nomad.clock.advance(5000);
  assert.equal(nomad.server.simulation.find('n1')?.DrainStrategy, null);
  assert.deepEqual(
    (await rows(nomad)).map((one) => [one.DesiredStatus, one.ClientStatus]),
    [['run', 'running']],
  );
});

test('a node that has nothing but system jobs is drained at once', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', { type: 'system' }));
  await nomad.clock.advance(2000);
  await drain(nomad, { Deadline: 0 });
  await nomad.clock.advance(500);
  assert.equal(nomad.server.simulation.find('n1')?.DrainStrategy, null);
  assert.equal(await onNode(nomad, 'n1'), 0);
});

const drainEvaluations = async (nomad: TestNomad, job: string) => {
  const { json } = await nomad.get(`/v1/job/${job}/evaluations`);
  const ofDrain = json.filter((one: { TriggeredBy: string }) => one.TriggeredBy === 'node-drain');
  return ofDrain.map((one: { PlanAnnotations: { DesiredTGUpdates: { g: object } } }) => {
    const counts = Object.entries(one.PlanAnnotations.DesiredTGUpdates.g).filter(([, count]) => count > 0);
    return Object.fromEntries(counts);
  });
};

test('a drain by force moves first what the pace allows, then everything, and evaluates what goes already once more', async () => {
  const nomad = await onFirst(3, { MaxParallel: 1 });
  await nomad.put(`/v1/node/${idOf(nomad, 'n2')}/eligibility`, { Eligibility: 'ineligible' });
  await drain(nomad, { Deadline: -1 });
  await nomad.clock.advance(1500);
  assert.equal(await onNode(nomad, 'n1'), 2);
  assert.notEqual(nomad.server.simulation.find('n1')?.DrainStrategy, null);
  await nomad.clock.advance(600);
  assert.equal(await onNode(nomad, 'n1'), 0);
  assert.equal(nomad.server.simulation.find('n1')?.DrainStrategy, null);
  assert.deepEqual(await drainEvaluations(nomad, 'web'), [
    { Ignore: 2, Migrate: 1 },
    { Migrate: 2, Place: 1 },
  ]);
});

test('what was named to move goes even when the drain is taken back before it is written', async () => {
  const nomad = await onFirst(3, { MaxParallel: 1 });
  await drain(nomad, { Deadline: 3600e9 });
  await nomad.clock.advance(500);
  await nomad.put(`/v1/node/${idOf(nomad, 'n1')}/drain`, { DrainSpec: null, MarkEligible: true });
  await nomad.clock.advance(1000);
  assert.deepEqual(await drainEvaluations(nomad, 'web'), [{ Ignore: 2, Migrate: 1 }]);
});

test('a drain that another one takes the place of while it forces does not end that one', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('every', { type: 'system' }));
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(500); // it is not healthy yet: only force moves it
  await drain(nomad, { Deadline: -1, IgnoreSystemJobs: true });
  await nomad.clock.advance(10);
  await drain(nomad, { Deadline: 0 });
  await nomad.clock.advance(10_000);
  const left = (await nomad.get('/v1/job/every/allocations')).json;
  assert.deepEqual(
    left.map((one: Row) => [one.DesiredStatus, one.ClientStatus]),
    [['stop', 'complete']],
  );
});

test('an evaluation of a system job counts what a draining node still serves among its places', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  await nomad.put('/v1/jobs', jobBody('agent', { type: 'system' }));
  await nomad.put('/v1/jobs', jobBody('work', { type: 'batch', job: { Constraints: [onlyFirst] } }));
  await nomad.clock.advance(5000);
  await drain(nomad, { Deadline: 0 });
  await nomad.clock.advance(2000);
  await nomad.put('/v1/job/agent/evaluate', {});
  await nomad.clock.advance(100);
  const { json } = await nomad.get('/v1/job/agent/evaluations');
  const { Place, Ignore } = json.at(-1).PlanAnnotations.DesiredTGUpdates.g;
  assert.deepEqual([Place, Ignore], [2, 2]);
});

const onlyFirst = { LTarget: '$' + '{node.unique.name}', RTarget: 'n1', Operand: '=' };
