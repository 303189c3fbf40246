/** What the scheduler decides, seen from outside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSpec } from '../../../src/nomad-server/node-record.ts';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

async function placedOn(nodes: readonly NodeSpec[], options = {}): Promise<TestNomad> {
  const nomad = testNomad({ nodes });
  await nomad.put('/v1/jobs', jobBody('web', options));
  await nomad.clock.advance(0);
  return nomad;
}

async function firstEvaluation(nomad: TestNomad) {
  return (await nomad.get('/v1/job/web/evaluations')).json[0];
}

async function names(nomad: TestNomad, status: string): Promise<readonly string[]> {
  const { json } = await nomad.get('/v1/job/web/allocations');
  return json
    .filter((one: { DesiredStatus: string }) => one.DesiredStatus === status)
    .map((one: { Name: string }) => one.Name)
    .sort();
}

const small = { name: 'n1', cpuMhz: 100, nodeClass: 'small' };

test('nomad-scheduler #16: what finds no room waits, with the reason', async () => {
  const nomad = await placedOn([small], { count: 3 });
  const evaluation = await firstEvaluation(nomad);
  assert.deepEqual(evaluation.QueuedAllocations, { g: 1 });
  const { DimensionExhausted: dimensions, CoalescedFailures: more } = evaluation.FailedTGAllocs.g;
  assert.deepEqual([dimensions, more], [{ cpu: 1 }, 0]);
  const blocked = (await nomad.get(`/v1/evaluation/${evaluation.BlockedEval}`)).json;
  assert.deepEqual(
    [blocked.Status, blocked.StatusDescription, blocked.TriggeredBy],
    ['blocked', 'created to place remaining allocations', 'queued-allocs'],
  );
});

test('nomad-scheduler #17, #19: a node that joins releases what waits, of a known class and of a new one', async () => {
  for (const nodeClass of ['small', 'never-seen']) {
    const nomad = await placedOn([small], { count: 3 });
    const { BlockedEval: blocked } = await firstEvaluation(nomad);
    nomad.server.simulation.join({ ...small, name: 'n2', nodeClass });
    await nomad.clock.advance(0);
    assert.equal((await nomad.get(`/v1/evaluation/${blocked}`)).json.Status, 'complete', nodeClass);
    assert.equal((await names(nomad, 'run')).length, 3);
  }
});

test('nomad-scheduler #18: a node of a class that cannot run the job releases nothing', async () => {
  const constraint = { LTarget: '${node.class}', Operand: '=', RTarget: 'small' };
  const nomad = testNomad({ nodes: [small, { name: 'big', nodeClass: 'big' }] });
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, job: { Constraints: [constraint] } }));
  await nomad.clock.advance(0);
  const { BlockedEval: blocked } = await firstEvaluation(nomad);
  const before = (await nomad.get(`/v1/evaluation/${blocked}`)).json.ModifyIndex;
  nomad.server.simulation.join({ name: 'big2', nodeClass: 'big' });
  await nomad.clock.advance(0);
  assert.equal((await nomad.get(`/v1/evaluation/${blocked}`)).json.ModifyIndex, before);
});

test('nomad-scheduler #20: an allocation that ends makes room for what waits', async () => {
  const nomad = testNomad({ nodes: [small] });
  await nomad.put('/v1/jobs', jobBody('other'));
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.clock.advance(5000);
  assert.equal((await names(nomad, 'run')).length, 1);
  await nomad.delete('/v1/job/other');
  await nomad.clock.advance(1000);
  assert.equal((await names(nomad, 'run')).length, 2);
});

test('nomad-scheduler #21, #102: a job that fits again gives up its blocked evaluation', async () => {
  const nomad = await placedOn([small], { count: 3 });
  const { BlockedEval: blocked } = await firstEvaluation(nomad);
  const answer = await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.clock.advance(0);
  const { Status, StatusDescription } = (await nomad.get(`/v1/evaluation/${blocked}`)).json;
  assert.deepEqual([Status, StatusDescription], ['canceled', `evaluation "${answer.json.EvalID}" successful`]);
});

test('nomad-scheduler #22: a newer blocked evaluation of a job replaces the older one', async () => {
  const nomad = await placedOn([small], { count: 3 });
  const { BlockedEval: blocked } = await firstEvaluation(nomad);
  await nomad.put('/v1/jobs', jobBody('web', { count: 4 }));
  await nomad.clock.advance(0);
  const { Status, StatusDescription } = (await nomad.get(`/v1/evaluation/${blocked}`)).json;
  assert.deepEqual([Status, StatusDescription], ['canceled', 'existing blocked evaluation exists for job "web"']);
});

test('nomad-scheduler #23: a demand for one node by name waits for any', async () => {
  const constraint = { LTarget: '${node.unique.name}', Operand: '=', RTarget: 'n9' };
  const nomad = await placedOn([{ name: 'n1' }], { job: { Constraints: [constraint] } });
  const { BlockedEval: blocked } = await firstEvaluation(nomad);
  assert.equal((await nomad.get(`/v1/evaluation/${blocked}`)).json.EscapedComputedClass, true);
  nomad.server.simulation.join({ name: 'n9' });
  await nomad.clock.advance(0);
  assert.deepEqual(await names(nomad, 'run'), ['web.g[0]']);
});

test('nomad-scheduler #25: scaling in stops the highest names', async () => {
  const nomad = await placedOn([{ name: 'n1' }], { count: 3 });
  await nomad.clock.advance(5000);
  await nomad.put('/v1/job/web/scale', { Count: 1, Target: { Group: 'g' } });
  await nomad.clock.advance(0);
  assert.deepEqual(await names(nomad, 'stop'), ['web.g[1]', 'web.g[2]']);
  assert.deepEqual(await names(nomad, 'run'), ['web.g[0]']);
});

test('nomad-scheduler #26: scaling out adds the next names and updates the old one in place', async () => {
  const nomad = await placedOn([{ name: 'n1' }]);
  await nomad.clock.advance(5000);
  const [before] = (await nomad.get('/v1/job/web/allocations')).json;
  await nomad.put('/v1/job/web/scale', { Count: 3, Target: { Group: 'g' } });
  await nomad.clock.advance(0);
  assert.deepEqual(await names(nomad, 'run'), ['web.g[0]', 'web.g[1]', 'web.g[2]']);
  const after = (await nomad.get(`/v1/allocation/${before.ID}`)).json;
  assert.equal(after.Job.Version, 1);
});

test('nomad-scheduler #4, #27: a changed task is replaced one at a time, the next when that is healthy', async () => {
  const nomad = await placedOn([{ name: 'n1' }], { count: 3 });
  await nomad.clock.advance(8000);
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, task: { Env: { A: '1' } } }));
  await nomad.clock.advance(0);
  assert.deepEqual(await names(nomad, 'stop'), ['web.g[0]']);
  await nomad.clock.advance(1000);
  assert.equal((await names(nomad, 'stop')).length, 1);
  await nomad.clock.advance(15_000);
  assert.equal((await names(nomad, 'stop')).length, 3);
  const job = (await nomad.get('/v1/job/web')).json;
  assert.deepEqual([job.Version, job.Stable], [1, true]);
});

test('nomad-scheduler #28: without a pace all are replaced at once', async () => {
  const update = { group: { Update: { MaxParallel: 0 } } };
  const nomad = await placedOn([{ name: 'n1' }], { count: 3, ...update });
  await nomad.clock.advance(2000);
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, ...update, task: { Env: { A: '1' } } }));
  await nomad.clock.advance(0);
  assert.equal((await names(nomad, 'stop')).length, 3);
});

test('nomad-scheduler #29, #30: meta of the job replaces, its priority does not', async () => {
  for (const [job, stopped] of [
    [{ Meta: { a: '1' } }, 1],
    [{ Priority: 60 }, 0],
  ] as const) {
    const nomad = await placedOn([{ name: 'n1' }]);
    await nomad.clock.advance(5000);
    await nomad.put('/v1/jobs', jobBody('web', { job }));
    await nomad.clock.advance(0);
    assert.equal((await names(nomad, 'stop')).length, stopped);
  }
});

test('nomad-scheduler #71: allocations of a group keep apart where they can', async () => {
  const nomad = await placedOn([{ name: 'n1' }, { name: 'n2' }], { count: 2 });
  const { json } = await nomad.get('/v1/job/web/allocations');
  assert.equal(new Set(json.map((one: { NodeID: string }) => one.NodeID)).size, 2);
});

test('nomad-scheduler #72, #73: the score of an ask of 500/256 on an empty node of 4000/8192', async () => {
  for (const [algorithm, expected] of [
    ['binpack', 0.177519],
    ['spread', 0.822481],
  ] as const) {
    const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 4000, memoryMb: 8192 }] });
    await nomad.put('/v1/operator/scheduler/configuration', { SchedulerAlgorithm: algorithm });
    await nomad.put('/v1/jobs', jobBody('web', { cpu: 500, memory: 256 }));
    await nomad.clock.advance(0);
    const [stub] = (await nomad.get('/v1/job/web/allocations')).json;
    const [score] = (await nomad.get(`/v1/allocation/${stub.ID}`)).json.Metrics.ScoreMetaData;
    assert.ok(Math.abs(score.NormScore - expected) < 1e-6, `${algorithm}: ${score.NormScore}`);
  }
});

test('nomad-scheduler #74: an affinity draws to its datacenter', async () => {
  const nodes = ['dc1', 'dc2', 'dc1'].map((datacenter, at) => ({ name: `n${at}`, datacenter }));
  const affinity = { LTarget: '${node.datacenter}', Operand: '=', RTarget: 'dc2', Weight: 100 };
  const nomad = await placedOn(nodes, { job: { Datacenters: ['*'], Affinities: [affinity] } });
  const [stub] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.equal(stub.NodeName, 'n1');
  const [score] = (await nomad.get(`/v1/allocation/${stub.ID}`)).json.Metrics.ScoreMetaData;
  assert.equal(score.Scores['node-affinity'], 1);
});

test('nomad-scheduler #77: distinct hosts leave over what has no host of its own', async () => {
  const distinct = { Constraints: [{ Operand: 'distinct_hosts', RTarget: 'true' }] };
  const nomad = await placedOn([{ name: 'n1' }, { name: 'n2' }], { count: 3, job: distinct });
  assert.equal((await names(nomad, 'run')).length, 2);
  const { ConstraintFiltered: why } = (await firstEvaluation(nomad)).FailedTGAllocs.g;
  assert.ok(why.distinct_hosts > 0);
});

const filtered: readonly (readonly [string, object, object, string])[] = [
  [
    'nomad-scheduler #79: an old Nomad',
    { attributes: { 'nomad.version': '1.7.9' } },
    { job: { Constraints: [{ LTarget: '${attr.nomad.version}', Operand: 'version', RTarget: '>= 1.8' }] } },
    '${attr.nomad.version} version >= 1.8',
  ],
  [
    'nomad-scheduler #105: an attribute that is not there',
    {},
    { job: { Constraints: [{ LTarget: '${meta.x}', Operand: 'is_set', RTarget: '' }] } },
    '${meta.x} is_set ',
  ],
  ['nomad-scheduler #82: a driver that is not there', { drivers: ['exec'] }, {}, 'missing drivers'],
];
for (const [title, node, options, text] of filtered) {
  test(`${title} is told as "${text}"`, async () => {
    const nomad = await placedOn([{ name: 'n1', ...node }], options);
    assert.deepEqual((await firstEvaluation(nomad)).FailedTGAllocs.g.ConstraintFiltered, { [text]: 1 });
  });
}

test('nomad-scheduler #80, #81: datacenters are patterns, and only nodes of the pool count', async () => {
  const nodes = [
    { name: 'n1', datacenter: 'eu-1', nodePool: 'gpu' },
    { name: 'n2', datacenter: 'eu-2' },
    { name: 'n3', datacenter: 'us-1', nodePool: 'gpu' },
  ];
  const nomad = await placedOn(nodes, { job: { Datacenters: ['eu-*'], NodePool: 'gpu' } });
  const [stub] = (await nomad.get('/v1/job/web/allocations')).json;
  assert.equal(stub.NodeName, 'n1');
  const { NodesInPool, NodesAvailable } = (await nomad.get(`/v1/allocation/${stub.ID}`)).json.Metrics;
  assert.deepEqual([NodesInPool, NodesAvailable], [1, { 'eu-1': 1 }]);
});

test('nomad-scheduler #87: what is to stop still occupies its node until it has ended', async () => {
  const nomad = testNomad({ nodes: [small], stopMs: 10_000 });
  await nomad.put('/v1/jobs', jobBody('other', { cpu: 100 }));
  await nomad.clock.advance(5000);
  await nomad.delete('/v1/job/other');
  await nomad.put('/v1/jobs', jobBody('web', { cpu: 100 }));
  await nomad.clock.advance(5000);
  assert.equal((await names(nomad, 'run')).length, 0);
  await nomad.clock.advance(6000);
  assert.equal((await names(nomad, 'run')).length, 1);
});

test('nomad-scheduler #103: two failures of one kind are told together', async () => {
  const nomad = await placedOn([{ name: 'n1', memoryMb: 4000 }], { count: 2, memory: 6000 });
  const { CoalescedFailures, ResourcesExhausted } = (await firstEvaluation(nomad)).FailedTGAllocs.g;
  assert.equal(CoalescedFailures, 1);
  assert.deepEqual([ResourcesExhausted.t.MemoryMB, ResourcesExhausted.t.CPU], [12_000, 0]);
});

test('nomad-scheduler #97: nodes that differ in what is unique to them, or in size, are of one class', async () => {
  const nomad = testNomad({
    nodes: [{ name: 'n1', cpuMhz: 4000, attributes: { 'cpu.totalcompute': '1', 'cpu.usablecompute': '1' } }],
  });
  nomad.server.simulation.join({
    name: 'n2',
    cpuMhz: 8000,
    attributes: { 'cpu.totalcompute': '1', 'cpu.usablecompute': '1' },
  });
  const classes = new Set([...nomad.server.store.nodes()].map((node) => node.ComputedClass));
  assert.equal(classes.size, 1);
});

test('nomad-scheduler #44: a batch task that ends well is complete and not replaced', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('b', { type: 'batch', task: { Config: { run_for: '1s' } } }));
  await nomad.clock.advance(5000);
  const { json } = await nomad.get('/v1/job/b/allocations');
  assert.deepEqual([json.length, json[0].ClientStatus], [1, 'complete']);
  assert.equal((await nomad.get('/v1/job/b/summary')).json.Summary.g.Complete, 1);
  assert.equal((await nomad.get('/v1/job/b')).json.Status, 'dead');
});

test('nomad-scheduler #6: a batch job that is done does not run again when it is registered again', async () => {
  const nomad = testNomad();
  const body = jobBody('b', { type: 'batch', task: { Config: { run_for: '1s' } } });
  await nomad.put('/v1/jobs', body);
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', body);
  await nomad.clock.advance(5000);
  assert.equal((await nomad.get('/v1/job/b/allocations')).json.length, 1);
});

test('nomad-scheduler #8: a stopped job that is registered again runs again', async () => {
  const nomad = await placedOn([{ name: 'n1' }]);
  await nomad.delete('/v1/job/web');
  await nomad.clock.advance(1000);
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(1000);
  assert.equal((await nomad.get('/v1/job/web')).json.Stop, false);
  assert.equal((await nomad.get('/v1/job/web/scale')).json.TaskGroups.g.Running, 1);
});

test("ports of a task's own network are told with the allocation, not in lists, and are taken all the same", async () => {
  const nomad = testNomad();
  const resources = { CPU: 50, MemoryMB: 32, Networks: [{ MBits: 1, ReservedPorts: [{ Label: 'db', Value: 3306 }] }] };
  for (const id of ['a', 'b', 'c']) await nomad.put('/v1/jobs', jobBody(id, { task: { Resources: resources } }));
  await nomad.clock.advance(500);
  const [node] = (await nomad.get('/v1/nodes')).json;
  const listed = (await nomad.get(`/v1/node/${node.ID}/allocations`)).json;
  assert.deepEqual(
    listed.map((one: { AllocatedResources: { Shared: { Ports: unknown } } }) => one.AllocatedResources.Shared.Ports),
    [null, null],
  );
  const single = (await nomad.get(`/v1/allocation/${listed[0].ID}`)).json;
  assert.deepEqual(single.AllocatedResources.Shared.Ports, [{ Label: 'db', Value: 3306, HostIP: '127.0.0.1' }]);
});
