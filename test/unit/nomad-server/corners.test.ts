/** Corners of the embedded Nomad that random courses of events found; see test/fuzz/nomad-server.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation } from '../../../src/nomad-server/allocation.ts';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const allocationsOf = (nomad: TestNomad, job: string): readonly Allocation[] => [
  ...nomad.server.store.allocationsOfJob('default', job),
];

const isMeant = (one: Allocation) => one.DesiredStatus === 'run';

const onlyLarge = [{ LTarget: '${node.class}', Operand: '=', RTarget: 'large' }];
const largeAndPlain = { nodes: [{ name: 'n1', nodeClass: 'large' }, { name: 'n2' }] };

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
  await nomad.put('/v1/jobs', jobBody('web', { job: { Constraints: onlyLarge }, task: { Env: { a: 'b' } } }));
  await nomad.clock.advance(5000);
  const summary = (await nomad.get('/v1/job/web/summary')).json.Summary.g;
  assert.deepEqual([summary.Complete, summary.Running, summary.Queued], [0, 0, 1]);
});

test('batch work that somebody stopped is done by its replacement', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('work', { type: 'batch' }));
  await nomad.clock.advance(1000);
  await nomad.put(`/v1/allocation/${allocationsOf(nomad, 'work')[0]?.ID}/stop`);
  await nomad.clock.advance(1000);
  await nomad.put('/v1/job/work/evaluate', { JobID: 'work' });
  await nomad.clock.advance(1000);
  assert.deepEqual(
    allocationsOf(nomad, 'work')
      .filter(isMeant)
      .map((one) => one.ClientStatus),
    ['running'],
  );
});

test('a rollout of a system job ends though some nodes do not suit it, and one over no node is told once', async () => {
  const nomad = testNomad(largeAndPlain);
  await nomad.put('/v1/jobs', jobBody('some', { type: 'system', job: { Constraints: onlyLarge } }));
  const none = [{ LTarget: '${node.class}', Operand: '=', RTarget: 'none' }];
  await nomad.put('/v1/jobs', jobBody('none', { type: 'system', job: { Constraints: none } }));
  await nomad.clock.advance(10_000);
  await nomad.put('/v1/job/none/evaluate', { JobID: 'none' });
  await nomad.clock.advance(10);
  const rollouts = [...nomad.server.store.state.deployments.values()].map((one) => `${one.JobID} ${one.Status}`);
  assert.deepEqual(rollouts, ['some successful', 'none successful']);
});

test('what a system job runs where its new version may not is stopped, and the rollout ends', async () => {
  const nomad = testNomad(largeAndPlain);
  await nomad.put('/v1/jobs', jobBody('every', { type: 'system' }));
  await nomad.clock.advance(10_000);
  await nomad.put('/v1/jobs', jobBody('every', { type: 'system', cpu: 60, job: { Constraints: onlyLarge } }));
  await nomad.clock.advance(10_000);
  assert.deepEqual(
    allocationsOf(nomad, 'every')
      .filter(isMeant)
      .map((one) => one.NodeName),
    ['n1'],
  );
  assert.equal(nomad.server.store.latestDeployment('default', 'every')?.Status, 'successful');
});

test('an update of a system job leaves alone what it runs on a node that drains', async () => {
  const nomad = testNomad();
  const id = [...nomad.server.store.nodes()][0]?.ID;
  await nomad.put('/v1/jobs', jobBody('work', { type: 'batch' }));
  await nomad.put('/v1/jobs', jobBody('every', { type: 'system' }));
  await nomad.clock.advance(10_000);
  await nomad.put(`/v1/node/${id}/drain`, { DrainSpec: { Deadline: 3600e9 } });
  const { json } = await nomad.put('/v1/jobs', jobBody('every', { type: 'system', cpu: 60 }));
  await nomad.clock.advance(1000);
  assert.equal(nomad.server.store.state.evaluations.get(json.EvalID)?.Status, 'complete');
  assert.equal(allocationsOf(nomad, 'every').filter(isMeant).length, 1);
});

test('sysbatch work that failed is not begun anew, and that which had to make way is', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 1000 }] });
  await nomad.put('/v1/jobs', jobBody('bad', { type: 'sysbatch', task: fails, group: noRestarts }));
  await nomad.put('/v1/jobs', jobBody('once', { type: 'sysbatch', cpu: 600 }));
  await nomad.clock.advance(1000);
  await nomad.put('/v1/jobs', jobBody('every', { type: 'system', cpu: 600, job: { Priority: 90 } }));
  await nomad.clock.advance(1000);
  await nomad.delete('/v1/job/every');
  for (const id of ['bad', 'once']) await nomad.put(`/v1/job/${id}/evaluate`, { JobID: id });
  await nomad.clock.advance(1000);
  assert.deepEqual(
    allocationsOf(nomad, 'bad').map((one) => one.ClientStatus),
    ['failed'],
  );
  assert.deepEqual(
    allocationsOf(nomad, 'once').map((one) => one.ClientStatus),
    ['complete', 'running'],
  );
});

test('without a pace of updates there are no canaries', async () => {
  const nomad = testNomad();
  const body = (revision: string) =>
    jobBody('web', { task: { Env: { revision } }, group: { Update: { MaxParallel: 0, Canary: 2 } } });
  await nomad.put('/v1/jobs', body('a'));
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', body('b'));
  await nomad.clock.advance(5000);
  assert.equal(allocationsOf(nomad, 'web').filter(isMeant).length, 1);
});

const patient = { Disconnect: { LostAfter: 3600e9 }, ReschedulePolicy: { Unlimited: true, Delay: 5e9 } };

/** One node is away, and what ran there runs on the other one for the time being. */
async function whileAway(): Promise<TestNomad> {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  await nomad.put('/v1/jobs', jobBody('web', { group: patient }));
  await nomad.clock.advance(10_000);
  const [first] = allocationsOf(nomad, 'web');
  const node = nomad.server.store.node(first?.NodeID ?? '');
  if (node !== undefined) nomad.server.simulation.leave(node);
  return nomad;
}

test('an update leaves alone what is away while another one has its place', async () => {
  const nomad = await whileAway();
  await nomad.clock.advance(60_000);
  await nomad.put('/v1/jobs', jobBody('web', { group: patient, task: { Env: { revision: 'b' } } }));
  await nomad.clock.advance(10_000);
  const wanted = allocationsOf(nomad, 'web').filter(isMeant);
  assert.deepEqual(
    wanted.map((one) => [one.ClientStatus, one.Job.Version]),
    [
      ['unknown', 0],
      ['running', 1],
    ],
  );
});

test('what is away hears of a new version when it is back', async () => {
  const nomad = await whileAway();
  await nomad.clock.advance(2000);
  await nomad.put('/v1/jobs', jobBody('web', { group: patient, job: { Priority: 60 } }));
  await nomad.clock.advance(100);
  const versions = () => allocationsOf(nomad, 'web').map((one) => one.Job.Version);
  assert.deepEqual(versions(), [0]);
  const node = nomad.server.store.node(allocationsOf(nomad, 'web')[0]?.NodeID ?? '');
  if (node !== undefined) nomad.server.simulation.comeBack(node);
  await nomad.clock.advance(1000);
  assert.deepEqual(versions(), [1]);
});

test('batch work of a former version that a drain ends is begun anew in the present one', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('work', { type: 'batch' }));
  await nomad.clock.advance(1000);
  const drained = allocationsOf(nomad, 'work')[0]?.NodeID;
  await nomad.put(`/v1/node/${drained}/drain`, { DrainSpec: { Deadline: -1 } });
  await nomad.put('/v1/jobs', jobBody('work', { type: 'batch', cpu: 60 }));
  await nomad.clock.advance(5000);
  nomad.server.simulation.join({ name: 'n2' });
  await nomad.clock.advance(1000);
  const wanted = allocationsOf(nomad, 'work').filter(isMeant);
  assert.deepEqual(
    wanted.map((one) => [one.Job.Version, one.NodeName]),
    [[1, 'n2']],
  );
});

test('a system job that waits for no client gives up what is on a node that is away', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('every', { type: 'system' }));
  await nomad.put('/v1/jobs', jobBody('web', { group: patient }));
  await nomad.clock.advance(10_000);
  const [node] = nomad.server.store.nodes();
  if (node !== undefined) nomad.server.simulation.leave(node);
  await nomad.clock.advance(1000);
  assert.deepEqual(
    ['every', 'web'].flatMap((id) => allocationsOf(nomad, id).map((one) => one.ClientStatus)),
    ['lost', 'unknown'],
  );
});

test('what was to stop when its client went away stops when that is back', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(10_000);
  const [node] = nomad.server.store.nodes();
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(20);
  if (node !== undefined) nomad.server.simulation.leave(node);
  await nomad.clock.advance(60_000);
  const left = nomad.server.store.node(node?.ID ?? '');
  if (left !== undefined) nomad.server.simulation.comeBack(left);
  await nomad.clock.advance(10_000);
  assert.deepEqual(
    allocationsOf(nomad, 'web').map((one) => one.ClientStatus),
    ['complete'],
  );
});

test('an allocation that others make way for finds its cores, or no node', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 12_000, cores: 1 }] });
  await nomad.put('/v1/jobs', jobBody('low', { count: 4, cpu: 2300, job: { Priority: 20 } }));
  await nomad.clock.advance(1000);
  const whole = { Resources: { Cores: 1, MemoryMB: 32 } };
  await nomad.put('/v1/jobs', jobBody('one', { type: 'system', job: { Priority: 90 }, task: whole }));
  await nomad.put('/v1/jobs', jobBody('two', { type: 'system', job: { Priority: 90 }, task: whole }));
  await nomad.clock.advance(1000);
  const cores = ['one', 'two'].flatMap((id) =>
    allocationsOf(nomad, id).map((one) => one.AllocatedResources.Tasks['t']?.Cpu.ReservedCores),
  );
  assert.deepEqual(cores, [[0]]);
});

test('whole cores that others have are not freed for anybody, also where memory would be', async () => {
  for (const memory of [100, 900]) {
    const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 12_000, cores: 1, memoryMb: 1024 }] });
    const whole = (MemoryMB: number) => ({ Resources: { Cores: 1, MemoryMB } });
    await nomad.put('/v1/jobs', jobBody('low', { job: { Priority: 20 }, task: whole(800) }));
    await nomad.clock.advance(1000);
    await nomad.put('/v1/jobs', jobBody('high', { type: 'system', job: { Priority: 90 }, task: whole(memory) }));
    await nomad.clock.advance(1000);
    const wanted = ['low', 'high'].map((id) => allocationsOf(nomad, id).filter(isMeant).length);
    assert.deepEqual(wanted, [1, 0], `${memory} MB`);
  }
});

test('a rollout over all nodes does not wait for what the same evaluation stops', async () => {
  const nomad = testNomad({ nodes: ['n1', 'n2', 'n3'].map((name) => ({ name })) });
  const body = (revision: string) => jobBody('every', { type: 'system', task: { Env: { revision } } });
  await nomad.put('/v1/jobs', body('1'));
  await nomad.clock.advance(10_000);
  await nomad.put('/v1/jobs', body('2'));
  await nomad.clock.advance(500);
  const isNew = (one: Allocation) => isMeant(one) && one.Job.Version === 1;
  const [first] = allocationsOf(nomad, 'every').filter(isNew);
  const node = nomad.server.store.node(first?.NodeID ?? '');
  assert.ok(node);
  nomad.server.simulation.leave(node); // before it is healthy
  await nomad.clock.advance(500);
  assert.equal(allocationsOf(nomad, 'every').filter(isNew).length, 1);
});

test('a failure that is to be tried again is not cleared away, and one that is not is', async () => {
  const nomad = testNomad();
  const register = (id: string, ReschedulePolicy: unknown) =>
    nomad.put(
      '/v1/jobs',
      jobBody(id, { task: fails, group: { ...noRestarts, ReschedulePolicy, Update: { MaxParallel: 0 } } }),
    );
  const later = { Unlimited: true, Delay: 300e9, DelayFunction: 'constant', MaxDelay: 3600e9 };
  await register('later', later);
  await register('never', { Attempts: 0, Unlimited: false });
  await nomad.clock.advance(120_000);
  await nomad.put('/v1/system/gc');
  assert.deepEqual(
    ['later', 'never'].map((id) => allocationsOf(nomad, id).map((one) => one.ClientStatus)),
    [['failed'], []],
  );
  await nomad.clock.advance(400_000);
  const [next] = allocationsOf(nomad, 'later').filter((one) => one.PreviousAllocation !== undefined);
  assert.equal(next?.RescheduleTracker?.Events?.length, 1);
});

test('what became of an allocation while its client was silent is told when that is back', async () => {
  const cases = [
    ['100h', 20, 3000, 'running'],
    ['100h', 350, 3000, 'running'],
    ['2s', 1500, 3000, 'complete'],
    ['2s', 2350, 20, 'complete'],
  ] as const;
  for (const [run_for, silentAtMs, silentMs, status] of cases) {
    for (const lookMs of [0, 200]) {
      const nomad = testNomad({ lookMs, calmLooks: 5 });
      await nomad.put('/v1/jobs', jobBody('work', { type: 'batch', task: { Config: { run_for } } }));
      await nomad.clock.advance(silentAtMs);
      const [node] = nomad.server.store.nodes();
      assert.ok(node);
      nomad.server.simulation.fallSilent(node);
      await nomad.clock.advance(silentMs);
      nomad.server.simulation.comeBack(node);
      await nomad.clock.advance(5000);
      const statuses = allocationsOf(nomad, 'work').map((one) => one.ClientStatus);
      assert.deepEqual(statuses, [status], `${run_for}, silent at ${silentAtMs}, a look each ${lookMs} ms`);
    }
  }
});

test('what a purged sysbatch job did counts for nothing when another one has its name', async () => {
  const nomad = testNomad();
  const body = (revision: string) =>
    jobBody('once', { type: 'sysbatch', task: { Env: { revision }, Config: { run_for: '2s' } } });
  await nomad.put('/v1/jobs', body('1'));
  await nomad.clock.advance(5000);
  await nomad.delete('/v1/job/once?purge=true');
  await nomad.put('/v1/jobs', body('2'));
  await nomad.clock.advance(5000);
  const created = nomad.server.store.job('default', 'once')?.CreateIndex;
  const done = allocationsOf(nomad, 'once').filter((one) => one.Job.CreateIndex === created);
  assert.deepEqual(
    done.map((one) => one.ClientStatus),
    ['complete'],
  );
});
