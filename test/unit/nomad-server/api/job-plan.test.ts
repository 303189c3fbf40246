/** Dry runs, and what changed between versions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldDiff, JobPlan, ObjectDiff } from '../../../../src/nomad/plan-types.ts';
import { type JobOptions, jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

async function settled(options: JobOptions = {}): Promise<TestNomad> {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web', options));
  await nomad.clock.advance(5000);
  return nomad;
}

async function planned(nomad: TestNomad, options: JobOptions, id = 'web'): Promise<JobPlan> {
  const answer = await nomad.put(`/v1/job/${id}/plan`, { ...jobBody(id, options), Diff: true });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** `+Env[A] ''→'1'`, unchanged ones left out. */
const changes = (fields: readonly FieldDiff[] | null | undefined) =>
  (fields ?? []).filter((one) => one.Type !== 'None').map((one) => `${one.Type} ${one.Name} ${one.Old}>${one.New}`);
const names = (objects: readonly ObjectDiff[] | null | undefined) =>
  (objects ?? []).map((one) => `${one.Type} ${one.Name}`);

test('nomad-api #29: a plan to grow says what it would place, and leaves everything as it is', async () => {
  const nomad = await settled();
  const job = (await nomad.get('/v1/job/web')).json;
  const { index } = nomad.server.store;
  const plan = await planned(nomad, { count: 3 });
  assert.equal(plan.JobModifyIndex, job.JobModifyIndex);
  assert.equal(plan.Annotations.DesiredTGUpdates?.['g']?.Place, 2);
  assert.equal(plan.Diff?.Type, 'Edited');
  const [group] = plan.Diff?.TaskGroups ?? [];
  assert.deepEqual(group?.Updates, { create: 2, 'in-place update': 1 });
  assert.deepEqual(group?.Fields?.[0]?.Annotations, ['forces create']);
  assert.deepEqual(changes(group?.Fields), ['Edited Count 1>3']);
  assert.equal(nomad.server.store.index, index);
  assert.deepEqual((await nomad.get('/v1/job/web')).json, job);
});

test('nomad-api #30: the plan of a new job is added whole', async () => {
  const nomad = testNomad();
  const plan = await planned(nomad, { count: 2 });
  assert.equal(plan.JobModifyIndex, 0);
  assert.equal(plan.Diff?.Type, 'Added');
  assert.equal(plan.Annotations.DesiredTGUpdates?.['g']?.Place, 2);
  assert.deepEqual(plan.Diff?.TaskGroups?.[0]?.Tasks?.[0]?.Annotations, ['forces create']);
  assert.deepEqual((await nomad.get('/v1/jobs')).json, []);
});

test('nomad-api #31: a plan without room says why', async () => {
  const nomad = testNomad();
  const plan = await planned(nomad, { memory: 90_000 });
  const failed = plan.FailedTGAllocs?.['g'];
  assert.deepEqual([failed?.NodesEvaluated, failed?.NodesExhausted], [1, 1]);
  assert.deepEqual(failed?.DimensionExhausted, { memory: 1 });
  assert.deepEqual(
    plan.CreatedEvals?.map((one) => [one.Status, one.TriggeredBy]),
    [['blocked', 'queued-allocs']],
  );
  assert.deepEqual((await nomad.get('/v1/evaluations')).json, []);
});

test('jobspec #36: a plan shows a count and a changed command, beside what stays in the same block', async () => {
  const nomad = await settled({ task: { Config: { command: 'sh', args: ['-c', 'one'] } } });
  const plan = await planned(nomad, { count: 5, task: { Config: { command: 'sh', args: ['-c', 'two'] } } });
  const [group] = plan.Diff?.TaskGroups ?? [];
  assert.deepEqual(changes(group?.Fields), ['Edited Count 1>5']);
  const [task] = group?.Tasks ?? [];
  assert.deepEqual(task?.Annotations, ['forces create/destroy update']);
  const [config] = task?.Objects ?? [];
  assert.deepEqual(changes(config?.Fields), ['Edited args[1] one>two']);
  assert.deepEqual(
    config?.Fields?.map((one) => one.Name),
    ['args[0]', 'args[1]', 'command'],
  );
});

test('a job for a node pool that is not there is not planned', async () => {
  const answer = await testNomad().put('/v1/job/web/plan', jobBody('web', { job: { NodePool: 'x' } }));
  assert.deepEqual(
    [answer.status, answer.text],
    [500, '1 error occurred:\n\t* job "web" is in nonexistent node pool "x"\n\n'],
  );
});

test('a plan of the job as it is changes nothing', async () => {
  const nomad = await settled();
  const plan = await planned(nomad, {});
  assert.equal(plan.Diff?.Type, 'None');
  assert.deepEqual(plan.Diff?.TaskGroups?.[0]?.Updates, { ignore: 1 });
  assert.equal(plan.CreatedEvals, null);
});

test('a change that a running task can take is told from one that replaces it', async () => {
  const nomad = await settled();
  const annotations = async (task: JobOptions['task']) =>
    (await planned(nomad, { task: task ?? {} })).Diff?.TaskGroups?.[0]?.Tasks?.[0]?.Annotations;
  assert.deepEqual(await annotations({ KillTimeout: 7e9 }), ['forces in-place update']);
  assert.deepEqual(await annotations({ User: 'nobody' }), ['forces create/destroy update']);
});

test('blocks without names of their own come and go, named ones change, lists are sets', async () => {
  const constraint = (RTarget: string) => ({ LTarget: '${node.class}', Operand: '=', RTarget });
  const service = (PortLabel: string) => ({ Name: 's', Provider: 'nomad', PortLabel });
  const before = { Constraints: [constraint('a')], Datacenters: ['dc1', 'dc2'] };
  const nomad = await settled({ job: before, group: { Services: [service('a')] } });
  const plan = await planned(nomad, {
    job: { Constraints: [constraint('b')], Datacenters: ['dc1', 'dc3'] },
    group: { Services: [service('b')] },
  });
  assert.deepEqual(names(plan.Diff?.Objects), ['Edited Datacenters', 'Added Constraint', 'Deleted Constraint']);
  assert.deepEqual(changes(plan.Diff?.Objects?.[0]?.Fields), ['Deleted Datacenters dc2>', 'Added Datacenters >dc3']);
  assert.deepEqual(names(plan.Diff?.TaskGroups?.[0]?.Objects), ['Edited Service']);
  assert.deepEqual(changes(plan.Diff?.TaskGroups?.[0]?.Objects?.[0]?.Fields), ['Edited PortLabel a>b']);
});

test('the plan of a periodic job says when it is due, in its own time zone', async () => {
  const nomad = testNomad();
  const due = async (Periodic: object) =>
    (await planned(nomad, { type: 'batch', job: { Periodic } }, 'per')).NextPeriodicLaunch;
  const zone = { TimeZone: 'America/New_York' };
  assert.equal(await due({ Specs: ['0 12 * * *', '30 11 * * *'] }), '2026-01-01T11:30:00Z');
  assert.equal(await due({ Specs: ['0 12 * * *'], ...zone }), '2026-01-01T17:00:00Z');
  // Their clocks are put forward on 8 March.
  assert.equal(await due({ Specs: ['0 12 8 3 *'], ...zone }), '2026-03-08T16:00:00Z');
  assert.equal(await due({ Specs: ['0 12 * * *'], Enabled: false }), null);
});

test('versions show their differences, to the one before or to a tagged one, and a tag stands on one version', async () => {
  const nomad = await settled();
  for (const count of [2, 4]) await nomad.put('/v1/jobs', jobBody('web', { count }));
  const counts = async (query: string) => {
    const { json } = await nomad.get(`/v1/job/web/versions?diffs=true${query}`);
    return json.Diffs.map((one: { TaskGroups: ObjectDiff[] }) => changes(one.TaskGroups[0]?.Fields).join());
  };
  assert.deepEqual(await counts(''), ['Edited Count 2>4', 'Edited Count 1>2']);
  assert.equal((await nomad.put('/v1/job/web/versions/gold/tag', { Version: 1 })).json.Name, 'gold');
  assert.deepEqual(await counts('&diff_tag=gold'), ['Edited Count 2>4', '', 'Edited Count 2>1']);
  assert.equal(
    (await nomad.put('/v1/job/web/versions/gold/tag', { Version: 2 })).text,
    'tag "gold" already exists on a different version of job "web"',
  );
  assert.equal((await nomad.get('/v1/job/web')).json.Version, 2);
  await nomad.delete('/v1/job/web/versions/gold/tag');
  assert.equal((await nomad.get('/v1/job/web/versions')).json.Versions[1].VersionTag, null);
});

test('a job that went back by being called stable gets a new number with its next version', async () => {
  const nomad = await settled();
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.put('/v1/job/web/stable', { JobID: 'web', JobVersion: 0, Stable: true });
  assert.equal((await nomad.get('/v1/job/web')).json.Version, 0);
  await nomad.put('/v1/jobs', jobBody('web', { count: 3 }));
  const { Versions: versions } = (await nomad.get('/v1/job/web/versions')).json;
  assert.deepEqual(
    versions.map((one: { Version: number }) => one.Version),
    [2, 1, 0],
  );
});

test('a tag that asks for the latest version stands on it, whatever version it names', async () => {
  const nomad = await settled();
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.put('/v1/job/web/versions/newest/tag', { Version: 0, Latest: true });
  assert.equal((await nomad.get('/v1/job/web')).json.VersionTag.Name, 'newest');
});
